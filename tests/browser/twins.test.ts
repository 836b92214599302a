// Twins in the page: a run is forked, B is flipped alone, both grids go on, and B is kept.

import crypto from "node:crypto";
import { expect, test } from "vitest";
import { violations } from "./axe.ts";
import { useChromium } from "./chromium.ts";

const open = useChromium();

const fragment = "#v=1&preset=quick&seed=9&images=1000000&tickImages=64&batch=8&latent=8&channelsMax=8";
/** So high that all charts are in sight: others are not drawn. */
const viewport = { width: 1280, height: 1_900 };

test("a run is forked, B is flipped, both grids change, and B is kept", async () => {
  const playground = await open({ fragment, viewport });
  const { page, eventually } = playground;
  const twins = page.getByRole("region", { name: "Twins" });
  const button = (name: string) => twins.getByRole("button", { name });
  const badge = () => twins.locator(".badge").innerText();
  const figure = (name: string) =>
    page.getByRole("figure").filter({ has: page.getByRole("heading", { name }) });
  const caption = (name: string) => figure(name).locator("figcaption").innerText();
  const picture = async (name: string) => {
    const canvas = figure(name).locator("canvas");
    const pixels = await canvas.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    return crypto.createHash("sha256").update(pixels).digest("hex");
  };
  await playground.takeStep("10 steps");
  await eventually(() => playground.number("Step")).toBe(10);

  // With nothing changed they stay the same run, which is checked, and their pictures are the same.
  await button("Fork into twins").click();
  await eventually(badge).toMatch(/Identical until image 80, checked sha256 [0-9a-f]{8}…$/);
  expect(await twins.innerText()).toContain("B differs in nothing.");
  await playground.takeStep("10 steps");
  await eventually(badge).toContain("Identical until image 160,");
  for (const name of ["Fakes of A", "Fakes of B"])
    await eventually(() => caption(name)).toContain("at 160 images");
  await eventually(async () => (await picture("Fakes of A")) === (await picture("Fakes of B"))).toBe(true);

  // A change is made in B alone, and from there on its pictures are others.
  await playground.set({ minibatchStddev: false });
  await eventually(() => twins.innerText()).toContain(
    "B differs in: Minibatch standard deviation off (A: on).",
  );
  expect(await playground.changes()).toEqual([
    "B: Minibatch standard deviation from on to off at 160 images, step 20",
  ]);
  const before = { a: await picture("Fakes of A"), b: await picture("Fakes of B") };
  await playground.train();
  await eventually(() => picture("Fakes of A")).not.toBe(before.a);
  await eventually(() => picture("Fakes of B")).not.toBe(before.b);
  await eventually(() => playground.number("Images")).toBeGreaterThan(400);
  await playground.pause();
  await eventually(async () => (await picture("Fakes of A")) === (await picture("Fakes of B"))).toBe(false);
  expect(await badge()).toContain("Identical until image 160,");
  await figure("Losses").scrollIntoViewIfNeeded(); // out of sight it is not drawn
  const values = () => figure("Losses").getByRole("list").getByRole("listitem").allInnerTexts();
  await eventually(values).toEqual([
    expect.stringMatching(/^ ?D · A −?[\d.]+$/),
    expect.stringMatching(/^ ?G · A −?[\d.]+$/),
    expect.stringMatching(/^ ?D · B −?[\d.]+$/),
    expect.stringMatching(/^ ?G · B −?[\d.]+$/),
  ]);
  // Both were counted by the thread for that, as they stand still.
  const census = page.getByRole("region", { name: "Census of modes" });
  const at = (await playground.status("Images")).split(" of ")[0]!;
  for (const side of ["A", "B"])
    await eventually(() => census.innerText()).toContain(`${side}: 512 samples of EMA of G at ${at} images`);
  expect(await violations(page)).toEqual([]);

  // B is kept, as a run with a parent; A waits among the runs.
  const images = await playground.number("Images");
  await button("Keep B").click();
  await button("Fork into twins").waitFor();
  expect(await playground.setting("minibatchStddev").isChecked()).toBe(false);
  await eventually(() => playground.number("Images")).toBe(images);
  await page.getByText("Branched from “shapes-16 to 8×8, seed 9” at step 10, 80 images.").waitFor();
  await playground.openRuns();
  await eventually(() => playground.dialog.getByRole("listitem").count()).toBe(2);
  expect(playground.complaints).toEqual([]);
});
