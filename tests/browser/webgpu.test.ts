// The whole of a short visit on WebGPU: a run is set up, trained, changed, stepped, reviewed and saved.

import { decode } from "fast-png";
import { strFromU8, unzipSync } from "fflate";
import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";

// The GPU is emulated on the CPU: every shader takes its time to compile, and a step takes a second.
const open = useChromium("software");

test("a run on WebGPU, from the first picture to the saved files", { timeout: 600_000 }, async () => {
  const playground = await open({ engine: "webgpu", patience: 300_000 });
  const { page, eventually } = playground;
  const pill = page.getByRole("button", { name: /^WebGPU/ });
  expect(await pill.innerText()).toContain("(software)");

  // The first resolution of the paper's run, with little in it.
  await playground.set({ channelsMax: 4, latent: 8, batch: 4, tickImages: 8 });
  await playground.setup.getByRole("button", { name: "New run" }).click();
  await playground.standsStill();
  const untrained = await playground.stillPicture();

  await playground.train();
  await eventually(() => playground.number("Step")).toBeGreaterThan(2);
  await eventually(() => playground.picture()).not.toBe(untrained);

  await playground.set({ minibatchStddev: false });
  await eventually(() => playground.changes()).toHaveLength(1);
  expect(await playground.changes()).toEqual([
    expect.stringMatching(/^Minibatch standard deviation from on to off at \d+ images, step \d+$/),
  ]);
  await page.getByText("⚑1").waitFor();

  await playground.pause();
  const stepped = await playground.number("Step");
  await page.keyboard.press(".");
  await eventually(() => playground.number("Step")).toBe(stepped + 1);
  await playground.standsStill();

  // D's steps leave G's pictures alone.
  const settled = await playground.stillPicture();
  await playground.takeStep("D only, 1 step");
  await eventually(() => playground.number("Step")).toBe(stepped + 2);
  await playground.standsStill();
  expect(await playground.stillPicture()).toBe(settled);

  // The first moment of the timeline is the picture that was there before training.
  await playground.slider.fill("0");
  await eventually(() => playground.picture()).toBe(untrained);
  await page.getByText("Reviewing 0 images").first().waitFor();
  await page.getByRole("button", { name: "Back to live" }).click();
  await eventually(() => playground.picture()).toBe(settled);

  const moments = Number(await playground.slider.getAttribute("max")) + 1;
  await page.getByRole("button", { name: "Export" }).click();
  await playground.dialog.getByRole("spinbutton", { name: /^Zoom/ }).fill("3");
  await playground.dialog.getByRole("spinbutton", { name: "Samples" }).fill("5");
  await playground.dialog.getByRole("spinbutton", { name: "Rows" }).fill("2");

  const grid = await playground.save("Save grid");
  expect(grid.name).toMatch(/^fakes_n\d{9}_r004_ema\.png$/);
  expect(sizeOf(grid.bytes)).toEqual({ width: 8 * 4 * 3, height: 8 * 4 * 3 });

  const strip = await playground.save("Save strip");
  expect(sizeOf(strip.bytes)).toEqual({ width: moments * 4 * 3, height: (10 + 2 * 4) * 3 });

  const { "config.json": config, ...samples } = unzipSync((await playground.save("Save zip")).bytes);
  expect(JSON.parse(strFromU8(config!))).toMatchObject({ channelsMax: 4, minibatchStddev: false });
  expect(Object.values(samples).map(sizeOf)).toEqual(Array(5).fill({ width: 4, height: 4 }));

  expect(await playground.alert.count()).toBe(0);
  expect(playground.complaints).toEqual([]);
});

function sizeOf(png: Uint8Array): { width: number; height: number } {
  const { width, height } = decode(png);
  return { width, height };
}
