// What goes wrong, in the page's own words, and that it goes on afterwards.

import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";

const open = useChromium();

test("data that can't be read are named, and other data train", async () => {
  const playground = await open();
  const { page, alert, eventually } = playground;
  await playground.newRun("quick");
  await page.route("**/*.idx3*", (route) => route.fulfill({ status: 404 }));
  await page.getByRole("combobox", { name: "Data" }).selectOption("digits");
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(
    /^The data file digits\/pack\/images\.idx3\.gz can't be read: the server answered 404\.\s+Check that the datasets folder is complete/,
  );
  expect(await playground.transport.isDisabled()).toBe(false); // the run before goes on

  await page.getByRole("combobox", { name: "Data" }).selectOption("shapes-16");
  await playground.standsStill();
  expect(await alert.count()).toBe(0);
  await playground.train();
  await eventually(() => playground.number("Step")).toBeGreaterThan(3);
});

test("a run that does not fit is refused before it starts, with what would fit", async () => {
  const playground = await open();
  await playground.newRun("quick");
  await playground.set({ to: 64, batch: 512, channelsBase: 4_096, channelsMax: 64 });
  const newRun = playground.setup.getByRole("button", { name: "New run" });
  await newRun.click();
  await playground.alert.waitFor();
  expect(await playground.alert.innerText()).toMatch(
    /^A batch of 512 with 64 channels at 64×64 needs .*; this device (allows|has room for) .* GB\.\s+Use a batch of \d+, or .*a lower resolution\./,
  );

  await playground.set({ to: 8, batch: 16, channelsMax: 16 });
  await newRun.click();
  await playground.standsStill();
  expect(await playground.alert.count()).toBe(0);
  await playground.train();
  await playground.eventually(() => playground.number("Step")).toBeGreaterThan(3);
});

const wild = { learningRateG: 1, learningRateD: 1, equalizedLr: false, pixelNorm: false, r1Gamma: 0 };

test("a run that diverges stops, names the first tensor, and offers smaller learning rates", async () => {
  const playground = await open();
  const { page, alert, eventually } = playground;
  await playground.newRun("quick", { ...wild, loss: "least-squares" });
  await playground.train();
  await alert.waitFor();
  const said = await alert.innerText();
  expect(said).toMatch(
    /^Training diverged at step [\d\u202f]+\.\s+First non-finite value: \S+\. Last good state: step [\d\u202f]+\. Smaller learning rates/,
  );
  expect(await playground.status("Health")).toBe("Diverged");
  expect(await playground.transport.isDisabled()).toBe(true);

  await page.getByRole("button", { name: "New run with half the learning rates" }).click();
  await playground.standsStill();
  expect(await playground.setting("learningRateG").inputValue()).toBe("0.5");
  expect(await alert.count()).toBe(0);
  await playground.train();
  await eventually(() => page.title()).not.toContain(" 0 images");
});

test("a run that diverged goes on in a branch from its last good step, with smaller learning rates", async () => {
  const playground = await open();
  const { page, alert, eventually } = playground;
  await playground.newRun("quick", { loss: "least-squares" });
  await playground.takeStep("10 steps");
  await eventually(() => playground.number("Step")).toBe(10);
  await playground.isSaved();
  await playground.set(wild);
  await eventually(() => playground.changes()).toHaveLength(5);
  await playground.train();
  await alert.waitFor();
  const branch = page.getByRole("button", { name: /^Branch from step .* with half the learning rates$/ });
  const [, good] = /from step (\d+)/.exec(await branch.innerText())!;
  await branch.click();
  await playground.standsStill();
  expect([await playground.number("Step"), await alert.count()]).toEqual([Number(good), 0]);
  expect(Number(await playground.setting("learningRateG").inputValue())).toBeLessThanOrEqual(0.5);
  await page.getByText(/^Branched from “shapes-16 to 8×8, seed 7” at step/).waitFor();
  await page.keyboard.press(".");
  await eventually(() => playground.number("Step")).toBe(Number(good) + 1);
});

test("where the browser keeps nothing that is said once, and the run goes on in memory", async () => {
  const playground = await open({ worker: "without a disk" });
  const { page, eventually } = playground;
  const notice = page.getByRole("status").filter({ hasText: "This browser keeps nothing for this page" });
  await notice.waitFor();
  await notice.getByRole("button", { name: "Close this message" }).click();
  await playground.newRun("quick");
  await playground.train();
  await eventually(() => playground.number("Step")).toBeGreaterThan(3);
  expect(await playground.runLine()).toContain("Kept in memory only");
  await playground.reload();
  expect([await notice.count(), await page.getByRole("region", { name: /^Continue/ }).count()]).toEqual([
    0, 0,
  ]);
});

test("a worker that can't be loaded is no silent page", async () => {
  const { page, alert } = await open({ worker: "missing" });
  await alert.waitFor();
  expect(await alert.innerText()).toContain("Reload the page.");
  expect(await page.getByRole("button", { name: "Train", exact: true }).isDisabled()).toBe(true);
});
