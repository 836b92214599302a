// The conversation between page and worker, over a real MessageChannel and with real training on WASM.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import type { Command } from "../../src/worker/protocol.ts";
import { connect, tiny } from "./page.ts";

let page: ReturnType<typeof connect>;

beforeEach(() => {
  page = connect();
});
afterEach(() => page.close());

test("a start reports the engine, the run, its first samples and its reals, and then stands still", async () => {
  page.send({ type: "start", config: tiny, planned: [], engine: "wasm" });
  expect(await page.next("engine")).toMatchObject({ engine: { name: "wasm", software: false } });
  expect(await page.next("started")).toMatchObject({ config: tiny, channels: 3, columns: 8 });
  expect((await page.next("frame")).frame).toMatchObject({ images: 0, step: 0, resolution: 4, events: [] });
  const { grid } = await page.next("samples");
  expect(grid).toMatchObject({ count: 64, resolution: 4, channels: 3 });
  expect(grid.pixels.length).toBe(64 * 4 * 4 * 3);
  expect((await page.next("reals")).grid.pixels.length).toBe(grid.pixels.length);
  expect(page.seen("training")).toHaveLength(0);
});

test("training reports every step in its statistics, and grows on schedule", async () => {
  await page.start(tiny);
  page.send({ type: "train" });
  await page.until(() => page.seen("frame").some(({ frame }) => frame.resolution === 8 && frame.alpha === 1));
  page.send({ type: "pause" });
  expect(await page.next("paused")).toEqual({ type: "paused", because: "asked" });
  const rows = page.seen("stats").map(({ row }) => row);
  expect(rows.reduce((steps, { stats }) => steps + stats.lossD!.n, 0)).toBe(rows.at(-1)!.step);
  expect(page.last("progress").progress).toMatchObject({ step: rows.at(-1)!.step, stepsPerSec: 0 });
});

test("a paused run stays where it is, and going on twice does not train twice", async () => {
  await page.start(tiny);
  page.send({ type: "train" });
  page.send({ type: "train" });
  await page.next("stats");
  page.send({ type: "pause" });
  await page.next("paused");
  const { step } = page.last("progress").progress;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(page.last("progress").progress.step).toBe(step);
  expect(page.seen("training")).toHaveLength(1);
});

test("commands that come while a run is set up are carried out on it", async () => {
  page.send({ type: "start", config: tiny, planned: [], engine: "wasm" });
  page.send({ type: "start", config: { ...tiny, seed: 8 }, planned: [], engine: "wasm" });
  page.send({ type: "flip", key: "r1Gamma", value: 2 });
  page.send({ type: "step", count: 2 });
  expect((await page.next("flipped")).event).toMatchObject({ key: "r1Gamma", to: 2 });
  await page.next("paused");
  expect(page.last("progress").progress.step).toBe(2);
  expect(page.last("started").config.seed).toBe(8);
  expect(page.seen("failed")).toEqual([]);
});

test("single steps: one, ten, to the tick, only D, only G", async () => {
  await page.start(tiny);
  const steps: [Command & { type: "step" }, number, number][] = [
    [{ type: "step", count: 1 }, 1, 16],
    [{ type: "step", count: 10 }, 11, 176],
    [{ type: "step", count: "tick" }, 15, 240],
    [{ type: "step", count: 1, only: "D" }, 16, 256],
    [{ type: "step", count: 1, only: "G" }, 17, 256],
  ];
  for (const [command, step, images] of steps) {
    page.send(command);
    await page.next("paused");
    expect(page.last("progress").progress).toMatchObject({ step, images });
  }
});

test("the very first step can be one of D alone", async () => {
  await page.start(tiny);
  page.send({ type: "step", count: 1, only: "D" });
  await page.next("paused");
  expect(Object.keys(page.last("stats").row.stats)).not.toContain("lossG");
});

test("what is asked for while the run comes to a halt is done", async () => {
  await page.start(tiny);
  page.send({ type: "step", count: 1 });
  await page.next("training");
  page.send({ type: "show", weights: "raw" });
  page.send({ type: "pause" });
  page.send({ type: "train" });
  page.send({ type: "pause" });
  page.send({ type: "step", count: 3 });
  await page.until(() => page.seen("samples").at(-1)?.weights === "raw");
  await page.until(() => page.last("progress").progress.step === 4);
  expect(page.seen("failed")).toEqual([]);
});

test("speed counts the time in which the engine catches up", async () => {
  await page.start(tiny);
  const { data } = tf.Tensor.prototype;
  const behind = async function (this: tf.Tensor) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return data.call(this);
  };
  tf.Tensor.prototype.data = behind as typeof data;
  try {
    page.send({ type: "step", count: 1 });
    await page.next("paused");
  } finally {
    tf.Tensor.prototype.data = data;
  }
  expect(page.last("stats").row.secPerStep).toBeGreaterThan(0.1);
});

test("a frame carries the changes that it shows, and no later ones", async () => {
  await page.start(tiny);
  page.send({ type: "train" });
  await page.next("stats");
  for (const [i, key] of (["pixelNorm", "latentNorm", "augment"] as const).entries()) {
    page.send({ type: "flip", key, value: i === 2 });
    await page.next("flipped");
  }
  await page.until(() => page.seen("frame").flatMap(({ frame }) => frame.events).length === 3);
  for (const { frame } of page.seen("frame"))
    for (const event of frame.events) expect(event.step).toBeLessThanOrEqual(frame.step);
});

test("a flip while training becomes an event, and is kept with the next frame", async () => {
  await page.start(tiny);
  page.send({ type: "train" });
  await page.next("stats");
  page.send({ type: "flip", key: "minibatchStddev", value: false });
  const { event } = await page.next("flipped");
  expect(event).toMatchObject({ key: "minibatchStddev", from: true, to: false });
  await page.until(() => page.seen("frame").some(({ frame }) => frame.events.length > 0));
  expect(page.last("frame").frame.events).toEqual([event]);
});

test("a planned flip happens at its image", async () => {
  page.send({
    type: "start",
    config: tiny,
    planned: [{ images: 64, key: "r1Gamma", to: 0 }],
    engine: "wasm",
  });
  await page.next("reals");
  page.send({ type: "step", count: 10 });
  expect((await page.next("flipped")).event).toEqual({ images: 64, step: 4, key: "r1Gamma", from: 1, to: 0 });
});

test("changes still to come can be called off, or others put in their place", async () => {
  const planned = [{ images: 64, key: "r1Gamma", to: 0 }] as const;
  page.send({ type: "start", config: tiny, planned: [...planned], engine: "wasm" });
  page.send({ type: "plan", planned: [{ images: 80, key: "loss", to: "hinge" }] });
  page.send({ type: "plan", planned: [{ images: 80, key: "batch", to: 8 }] });
  expect((await page.next("failed")).error.message).toContain("batch can't change");
  page.send({ type: "step", count: 10 });
  expect((await page.next("flipped")).event).toMatchObject({ images: 80, key: "loss", to: "hinge" });
  page.send({ type: "plan", planned: [] });
  await page.next("paused");
  expect(page.seen("flipped")).toHaveLength(1);
});

test("a run ends with its images, and goes on when it is given more", async () => {
  await page.start({ ...tiny, images: 100 });
  page.send({ type: "train" });
  expect(await page.next("paused")).toEqual({ type: "paused", because: "finished" });
  expect(page.last("progress").progress.images).toBe(112);
  page.send({ type: "flip", key: "images", value: 150 });
  page.send({ type: "train" });
  await page.next("paused");
  expect(page.last("progress").progress.images).toBe(160);
});

describe("what is refused", () => {
  const cases: [string, Command, RegExp][] = [
    [
      "a setting out of range",
      { type: "start", config: { ...tiny, batch: 6 }, planned: [], engine: "wasm" },
      /batch of 6/,
    ],
    [
      "data smaller than the run",
      { type: "start", config: { ...tiny, data: "digits", to: 64 }, planned: [], engine: "wasm" },
      /32 px/,
    ],
    ["a command without a run", { type: "train" }, /no run/],
  ];
  test.each(cases)("%s", async (_, command, message) => {
    page.send(command);
    const { error, during } = await page.next("failed");
    expect(during).toBe(command.type);
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(/\.$/);
  });

  test("a start, and the run before goes on", async () => {
    await page.start(tiny);
    page.send({ type: "start", config: { ...tiny, batch: 5 }, planned: [], engine: "wasm" });
    expect(await page.next("failed")).toMatchObject({ during: "start", live: true });
    page.send({ type: "step", count: 1 });
    await page.next("paused");
    expect(page.last("progress").progress.step).toBe(1);
  });

  test.each([
    [{ type: "step", count: "tick", only: "G" }, /tick is counted in images/],
    [{ type: "step", count: NaN }, /can't take NaN steps/],
  ] as [Command, RegExp][])("%o", async (command, message) => {
    await page.start(tiny);
    page.send(command);
    const failed = await page.next("failed");
    expect(failed.error.message).toMatch(message);
    expect(failed.live).toBe(true);
  });

  test("a planned change that no run can make", async () => {
    const planned = [{ images: 0, key: "latent" as const, to: 4 }];
    page.send({ type: "start", config: tiny, planned, engine: "wasm" });
    expect((await page.next("failed")).error.message).toMatch(/latent can't change/);
  });

  test("a flip that needs a new run, and the run goes on", async () => {
    await page.start(tiny);
    page.send({ type: "flip", key: "latent", value: 16 });
    expect((await page.next("failed")).error.message).toMatch(/latent can't change/);
    page.send({ type: "step", count: 1 });
    await page.next("paused");
  });
});

test("a run that diverges names a tensor and stops", async () => {
  await page.start({
    ...tiny,
    loss: "wgan-gp",
    gpWeight: 1000,
    learningRateD: 1,
    learningRateG: 1,
    equalizedLr: false,
  });
  page.send({ type: "train" });
  const { tensor, step } = await page.next("diverged");
  expect(step).toBeGreaterThan(0);
  expect(tensor).toMatch(/^[GD]|^loss|^score|^penalty|^gradNorm/);
});

test("a new start frees the run before, whatever it was doing", async () => {
  await page.start(tiny);
  const { numTensors } = tf.memory();
  for (let i = 0; i < 3; i++) {
    page.send({ type: "train" });
    await page.next("stats");
    await page.start(tiny);
  }
  expect(tf.memory().numTensors).toBe(numTensors);
});
