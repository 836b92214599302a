// Coming back: a run of an earlier visit goes on as it was, is named, saved as a file, deleted, taken in again and branched.

import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";
import { type Playground, tiny } from "./playground.ts";

const open = useChromium();

/** So high that all charts are in sight: others are not drawn. */
const viewport = { width: 1280, height: 2_600 };

const sizes = "images=1000000&tickImages=64&batch=8&latent=8&channelsMax=8";
const fragment = `#v=1&preset=quick&seed=9&${sizes}&ev=800000:minibatchStddev=on`;

/** All that a person sees of a run that stands still. */
async function seen(playground: Playground) {
  const { page } = playground;
  const picture = await playground.stillPicture(); // by then the charts are drawn too
  const charts = page.getByRole("region", { name: "Charts" }).getByRole("img");
  return {
    step: await playground.number("Step"),
    images: await playground.number("Images"),
    seed: await page.getByRole("textbox", { name: "Seed" }).inputValue(),
    preset: await page.getByRole("combobox", { name: "Preset" }).inputValue(),
    pixelNorm: await playground.setting("pixelNorm").isChecked(),
    latent: await playground.setting("latent").inputValue(),
    changes: await playground.changes(),
    coming: await playground.coming(),
    moments: await playground.slider.getAttribute("max"),
    charts: (await charts.evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")))).filter(
      (label) => !label?.startsWith("Modes"), // the last census may come after the last save
    ),
    picture,
  };
}

/** Trains until so many images were shown, and waits until the run is safe. */
async function trainTo(playground: Playground, images: number): Promise<void> {
  await playground.train();
  await playground.eventually(() => playground.number("Images")).toBeGreaterThan(images);
  await playground.pause();
  await playground.isSaved();
}

test("a run goes on after a reload as it was, and exactly", async () => {
  const playground = await open({ fragment, viewport });
  const { page, eventually } = playground;
  await playground.train();
  await eventually(() => playground.number("Images")).toBeGreaterThan(300);
  await playground.set({ pixelNorm: false });
  await eventually(() => playground.changes()).toHaveLength(1);
  await playground.pause();
  await playground.isSaved();
  const before = await seen(playground);
  expect(before.charts.length).toBeGreaterThan(2);

  await playground.reload();
  const offer = page.getByRole("region", { name: /^Continue run “shapes-16 to 8×8, seed 9”\?$/ });
  await offer.waitFor();
  expect(await offer.innerText()).toMatch(/Step [\d\u202f]+, 8×8, saved \d\d:\d\d \(\d+ s ago\)\./);
  expect([await playground.number("Step"), await playground.changes()]).toEqual([0, []]); // nothing is taken up unasked

  await offer.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Resumed exactly").first().waitFor();
  await playground.standsStill();
  expect(await seen(playground)).toEqual(before);
  expect(await offer.count()).toBe(0);
  expect(await playground.runLine()).toMatch(/\(sha256 [0-9a-f]{4}…, 3 steps taken again\)/);

  await trainTo(playground, before.images + 200);
  expect((await playground.changes()).length).toBe(1);
  expect(playground.complaints).toEqual([]);
});

test("an offer that is turned down leaves the page as it is, and the run in the list", async () => {
  const playground = await open();
  const { page, dialog } = playground;
  await playground.newRun("quick", tiny);
  await trainTo(playground, 100);
  await playground.reload();
  await page.getByRole("button", { name: "Not now" }).click();
  expect(await page.getByRole("region", { name: /^Continue run/ }).count()).toBe(0);
  await playground.openRuns();
  await dialog.getByText("shapes-16 to 8×8, seed 7").waitFor();
  expect(await playground.number("Step")).toBe(0);
});

test("runs are named, saved as files, deleted and taken in again", async () => {
  const playground = await open({ viewport });
  const { page, dialog, eventually } = playground;
  await playground.newRun("quick", tiny);
  await trainTo(playground, 300);
  const before = await seen(playground);

  await playground.openRuns();
  await dialog.getByText("open now").waitFor();
  await dialog.getByRole("button", { name: "Rename…" }).click();
  const field = dialog.getByRole("textbox", { name: "Name of the run" });
  await field.press("Escape"); // ends the question, not the dialog
  await dialog.getByRole("button", { name: "Rename…" }).click();
  await field.fill("Mine");
  await dialog.getByRole("button", { name: "Rename", exact: true }).click();
  await dialog.getByRole("heading", { name: "Mine" }).waitFor();
  const { name, bytes } = await playground.save("Export");
  expect(name).toMatch(/^snapshot_n\d{9}\.pgan$/);
  expect(await dialog.getByRole("button", { name: "Delete…" }).isDisabled()).toBe(true); // it is open
  await page.keyboard.press("Escape");
  expect(await playground.runLine()).toContain("Run “Mine”");

  await playground.newRun("quick", tiny);
  await playground.openRuns();
  await dialog.getByRole("button", { name: "Delete…" }).click();
  await dialog.getByText("Delete “Mine” for good?").waitFor();
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog.getByText("None yet.").waitFor();

  await playground.import({ name, bytes });
  await eventually(() => playground.runLine()).toContain("Resumed exactly");
  await playground.standsStill();
  expect(await playground.runLine()).toContain("Run “Mine”");
  expect(await seen(playground)).toEqual(before);
  expect(playground.complaints).toEqual([]);
});

test("a file that is no run is refused in one sentence, and the run goes on", async () => {
  const playground = await open();
  const { page, alert } = playground;
  await playground.newRun("quick", tiny);
  await trainTo(playground, 100);
  const step = await playground.number("Step");
  await playground.drop({ name: "cat.pgan", bytes: new TextEncoder().encode("meow") });
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/checkpoint|\.pgan/);
  expect(await playground.number("Step")).toBe(step);
  await page.getByRole("button", { name: "Close this message" }).last().click();
  await playground.train();
  await playground.eventually(() => playground.number("Step")).toBeGreaterThan(step);
});

test("a moment under review becomes a run of its own, and the first one stays", async () => {
  const playground = await open();
  const { page, dialog, eventually } = playground;
  await playground.newRun("quick", tiny);
  await trainTo(playground, 600);
  await playground.slider.fill("5");
  const reviewed = await playground.stillPicture();
  const [, images] = /^Reviewing ([\d\u202f]+) images/.exec(
    await page
      .getByText(/^Reviewing .*images\.$/)
      .first()
      .innerText(),
  )!;
  await page.keyboard.press("b");
  await page.getByText(/^Branched from “shapes-16 to 8×8, seed 7” at step/).waitFor();
  await playground.standsStill();
  expect(await playground.number("Images")).toBe(Number(images!.replaceAll("\u202f", "")));
  expect(await playground.stillPicture()).toBe(reviewed); // the very samples that were under review
  expect(await playground.slider.getAttribute("max")).toBe("5");

  await playground.openRuns();
  await eventually(() => dialog.getByRole("heading", { level: 3 }).count()).toBe(2);
  await dialog.getByText(/^Branched from “shapes-16 to 8×8, seed 7” at step/).waitFor();
  await dialog.getByRole("button", { name: "Continue" }).and(page.locator(":enabled")).click();
  await eventually(() => playground.number("Images")).toBeGreaterThan(600);
  expect(playground.complaints).toEqual([]);
});
