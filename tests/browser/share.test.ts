// Runs as links, in a real browser: opening one, its changes at their images, and the link that the page gives.

import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";

const open = useChromium();

const sizes = "images=1000000&tickImages=64&batch=8&latent=8&channelsMax=8";
const minibatch = "Minibatch standard deviation";

test("a link is opened, makes its changes at their images, and is given back", async () => {
  const fragment = `#v=1&preset=quick&seed=9&${sizes}&ev=200:minibatchStddev=off,800000:minibatchStddev=on`;
  const playground = await open({ fragment, permissions: ["clipboard-read", "clipboard-write"] });
  const { page, eventually, dialog } = playground;
  expect(await page.getByRole("combobox", { name: "Preset" }).inputValue()).toBe("quick");
  expect(await page.getByRole("textbox", { name: "Seed" }).inputValue()).toBe("9");
  expect(await playground.setting("batch").inputValue()).toBe("8");
  expect(await playground.coming()).toBe(`To come (2), at 200 images: ${minibatch} off`);

  await playground.train();
  await eventually(() => playground.changes()).toEqual([
    `${minibatch} from on to off at 200 images, step 25`,
  ]);
  await playground.pause();
  expect(await playground.coming()).toBe(`To come (1), at 800 000 images: ${minibatch} on`);

  await page.getByRole("button", { name: "Share" }).click();
  const field = dialog.getByRole("textbox", { name: "Link to this run" });
  const home = await page.evaluate(() => location.origin + location.pathname);
  expect(await field.inputValue()).toBe(home + fragment);
  expect(await dialog.innerText()).toContain("Settings, seed and 2 changes.");
  await dialog.getByRole("button", { name: "Copy" }).click();
  await dialog.getByText("Copied.").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(home + fragment);

  // Where copying is not allowed, the person can.
  await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"))));
  await dialog.getByRole("button", { name: "Copy" }).click();
  await dialog.getByText("The link is selected").waitFor();
  expect(await page.evaluate(() => document.getSelection()?.toString())).toBe(home + fragment);
  await page.keyboard.press("Escape");

  await page.getByText("To come (1)").click();
  await page.getByRole("button", { name: "Forget them" }).click();
  expect(await playground.coming()).toBeUndefined();
  expect(playground.complaints).toEqual([]);
});

test("a twin of a link that is still to come when the page is reloaded comes at its image all the same", async () => {
  const changes = "ev=120:pixelNorm=off&fork=160&evB=160:minibatchStddev=off";
  const playground = await open({ fragment: `#v=1&preset=quick&seed=9&${sizes}&${changes}` });
  const { page, eventually } = playground;
  await playground.takeStep("10 steps");
  await eventually(() => playground.number("Step")).toBe(10);
  await playground.isSaved();
  await playground.reload(); // the link is still in the address, and sets up a run of its own
  const offer = page.getByRole("region", { name: /^Continue run/ });
  await offer.getByRole("button", { name: "Continue" }).click();
  await eventually(() => playground.number("Step")).toBe(10);
  expect(await playground.coming()).toBe("To come (3), at 120 images: PixelNorm in G off");
  await playground.takeStep("10 steps");
  await eventually(() => playground.number("Step")).toBe(20);
  const twins = page.getByRole("region", { name: "Twins" });
  await twins.getByText(`B differs in: ${minibatch} off (A: on).`).waitFor();
  expect(await playground.changes()).toEqual([
    "PixelNorm in G from on to off at 120 images, step 15",
    `B: ${minibatch} from on to off at 160 images, step 20`,
  ]);

  // Its link tells of the state at the fork, and whoever comes there is told whether it is the same.
  await page.getByRole("button", { name: "Share" }).click();
  const link = await playground.dialog.getByRole("textbox", { name: "Link to this run" }).inputValue();
  expect(link).toMatch(
    /&ev=120:pixelNorm=off&fork=160&forkState=wasm:[0-9a-f]{8}&evB=160:minibatchStddev=off$/,
  );
  await page.keyboard.press("Escape");
  await page.evaluate((hash) => (location.hash = hash), new URL(link).hash);
  await playground.alert.getByRole("button", { name: "New run" }).click();
  await eventually(() => playground.number("Step")).toBe(0);
  await playground.takeStep("10 steps");
  await eventually(() => playground.number("Step")).toBe(10);
  await playground.takeStep("10 steps");
  await twins.getByText("The same state as the sender's at image 160").waitFor();
  expect(playground.complaints).toEqual([]);
});

test("a link says what of it was changed, and one that is refused starts the usual run", async () => {
  const playground = await open({ fragment: `#v=1&preset=quick&${sizes}&r1Gamma=5000&fun=%3Cb%3E` });
  const { page } = playground;
  const notice = page
    .getByRole("status")
    .filter({ hasText: "Not all of this link could be taken as it is." });
  expect(await notice.getByRole("listitem").allInnerTexts()).toEqual([
    "r1Gamma 5000 was too large and became 1000.",
    "There is no setting “fun”, so it was left out.",
  ]);
  await notice.getByRole("button", { name: "Close this message" }).click();
  expect(await notice.count()).toBe(0);

  const refused = await open({ fragment: "#v=one" });
  await refused.page.getByText("This link is damaged: its version is “one”, not a whole number.").waitFor();
  expect(await refused.setting("batch").inputValue()).toBe("16");
});

test("a link in the address of an open page asks before it ends a run", async () => {
  const playground = await open({ fragment: `#v=1&preset=quick&seed=1&${sizes}` });
  const { page, eventually, alert } = playground;
  const seed = page.getByRole("textbox", { name: "Seed" });
  const go = (seed: number) =>
    page.evaluate((hash) => (location.hash = hash), `#v=1&preset=quick&seed=${seed}&${sizes}`);
  await go(2); // nothing is lost yet
  await eventually(() => seed.inputValue()).toBe("2");
  await playground.standsStill();

  await playground.takeStep("One tick");
  await eventually(() => playground.number("Images")).toBe(64);
  await go(3);
  await alert.getByRole("button", { name: "Keep this one" }).click();
  expect([await seed.inputValue(), await playground.number("Images")]).toEqual(["2", 64]);
  await go(4);
  await alert.getByRole("button", { name: "New run" }).click();
  await eventually(() => playground.number("Images")).toBe(0);
  expect(await seed.inputValue()).toBe("4");
});
