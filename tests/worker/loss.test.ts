// A GPU that is lost under training: another one is opened, and the run ends as if nothing had been.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import { openDawn } from "../../src/gpu/dawn.ts";
import { openEngine } from "../../src/gpu/openEngine.ts";
import { node } from "../../src/gpu/node.ts";
import { readCheckpoint } from "../../src/store/pgan/checkpoint.ts";
import type { Config, EngineName } from "../../src/worker/protocol.ts";
import type { Patience } from "../../src/worker/run/recovery.ts";
import { adapter } from "../engines.ts";
import { fragileWasm } from "./fragile.ts";
import { connect, tiny } from "./page.ts";

/** Loses as many engines as a test likes. */
const endless: Patience = { losses: Infinity, withinMs: Infinity };

let page: ReturnType<typeof connect>;
afterEach(() => page.close());

/** Fingerprint of the live run. */
async function state(): Promise<string> {
  page.send({ type: "export", id: 1, what: { type: "checkpoint" } });
  const { file } = await page.next("exported");
  return (await readCheckpoint(new Uint8Array(await file.arrayBuffer()))).state;
}

/** Trains to the end: what the run is then, how many steps its statistics count, and what was redone on the way. */
async function trained(config: Config, engine: EngineName) {
  await page.start(config, engine);
  page.send({ type: "train" });
  await page.until(() => page.seen("paused").some(({ because }) => because === "finished"));
  const rows = page.seen("stats").map(({ row }) => row);
  return {
    steps: rows.reduce((sum, { stats }) => sum + (stats.lossD?.n ?? 0), 0),
    redone: page.seen("recovered").map(({ redone }) => redone),
    state: await state(),
  };
}

/** Loses the engine a moment after training began, and after each time it was mended, so many times. */
function loseAfterEach(times: number, lose: () => void): void {
  let left = times;
  page.hear(({ type }) => {
    if ((type !== "training" && type !== "recovered") || left === 0) return;
    left--;
    setTimeout(lose, 10 + 9 * (left % 5)); // under way, at another place in a step each time
  });
}

describe("on WASM, in the place of a GPU", () => {
  let engine: ReturnType<typeof fragileWasm>;
  beforeEach(() => {
    engine = fragileWasm();
    page = connect(undefined, { openEngine: engine.open, patience: endless });
  });

  test("a run that loses its engine 20 times ends as one that was never disturbed, with every step counted once", async () => {
    const config = { ...tiny, images: 16 * 400, imagesPerPhase: 1_600, imagesPerFade: 1_600 };
    const calm = await trained(config, "wasm");
    await page.close();

    page = connect(undefined, { openEngine: engine.open, patience: endless });
    loseAfterEach(20, engine.lose);
    const disturbed = await trained(config, "wasm");
    expect(disturbed.redone).toHaveLength(20);
    expect(Math.max(...disturbed.redone)).toBeLessThanOrEqual(250);
    expect([disturbed.state, disturbed.steps]).toEqual([calm.state, calm.steps]);
    expect(page.seen("failed")).toEqual([]);
  });

  test("changes made since the last save are made again where they were", async () => {
    await page.start(tiny);
    await page.step(4);
    page.send({ type: "flip", key: "spectralNorm", value: true });
    await page.next("flipped");
    await page.step(7);
    await page.step(2, "D");
    const before = await state();
    engine.lose();
    const { step } = await page.next("recovered");
    expect(step).toBe(13);
    expect(await state()).toBe(before);
    expect(page.seen("flipped")).toHaveLength(1);
  });

  test("a loss while the run stands still is mended too, and samples are drawn anew", async () => {
    await page.start(tiny);
    const shown = page.seen("samples").length;
    engine.lose();
    expect(await page.next("recovered")).toMatchObject({ step: 0, redone: 0 });
    await page.until(() => page.seen("samples").length > shown);
  });

  test("every tensor of the lost engine is forgotten", async () => {
    await page.start(tiny);
    await page.until(() => page.seen("reals").length > 0);
    const { numTensors } = tf.memory();
    for (let i = 0; i < 3; i++) {
      engine.lose();
      await page.next("recovered");
      await page.next("reals");
    }
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

test("after two losses in five minutes the run stops, is safe, and can be taken up on another engine", async () => {
  const engine = fragileWasm();
  page = connect(undefined, { openEngine: engine.open });
  await page.start(tiny);
  await page.step(5);
  await page.until(() => page.seen("saved").some(({ step }) => step === 5));
  engine.lose();
  await page.next("recovered");
  engine.lose({ reason: "out-of-memory", message: "too much" });
  const failed = await page.next("failed");
  expect(failed).toMatchObject({ during: "training", lost: true, live: false });
  expect(failed.error.message).toMatch(/The GPU ran out of memory at step 5: too much\./);
  expect(failed.error.remedy).toMatch(/smaller batch/);
  page.send({ type: "step", count: 1 });
  expect((await page.next("failed")).during).toBe("step");

  const { id } = page.last("started").run;
  page.send({ type: "open", from: { id }, engine: "wasm" });
  await page.next("verified");
  await page.step(1);
  expect(page.last("progress").progress.step).toBe(6);
});

test("where no engine comes back, that is said, and the run is safe", async () => {
  const engine = fragileWasm();
  let gone = false;
  const open = () => (gone ? Promise.reject(new Error("no adapter")) : engine.open());
  page = connect(undefined, { openEngine: open });
  await page.start(tiny);
  await page.step(3);
  await page.until(() => page.seen("saved").filter(({ step }) => step === 3).length === 2); // with its proof
  gone = true;
  engine.lose();
  expect(await page.next("failed")).toMatchObject({ lost: true, live: false });
  gone = false;
  page.send({ type: "open", from: { id: page.last("started").run.id }, engine: "wasm" });
  expect((await page.next("verified")).verdict.kind).toBe("exact");
});

describe.runIf(adapter)("on a WebGPU device that is destroyed", () => {
  let device: GPUDevice | undefined;

  /** WebGPU as it is, with the device at hand. */
  const watched = async (): Promise<GPU> => {
    const gpu = await openDawn();
    const requestAdapter = async (options?: GPURequestAdapterOptions) => {
      const adapter = await gpu.requestAdapter(options);
      const requestDevice = adapter!.requestDevice.bind(adapter);
      return Object.assign(adapter!, {
        requestDevice: async (descriptor?: GPUDeviceDescriptor) => (device = await requestDevice(descriptor)),
      });
    };
    return { requestAdapter } as GPU;
  };
  const open = (choice: "auto" | EngineName) => openEngine(choice, { ...node, gpu: watched });

  test(
    "20 times, training goes on, and the run ends as one that was never disturbed",
    { timeout: 400_000 },
    async () => {
      const config: Config = {
        ...tiny,
        ...{ from: 4, to: 4, channelsMax: 1, latent: 4, batch: 4, tickImages: 4_000 },
        images: 4 * 42,
      };
      page = connect(undefined, { openEngine: open, patience: endless });
      const calm = await trained(config, "webgpu");
      await page.close();

      let left = 20;
      const losing = async (choice: "auto" | EngineName) => {
        const engine = await open(choice);
        const lost = device!;
        if (left > 0) setTimeout(() => (left--, lost.destroy()), 300 + 100 * (left % 7));
        return engine;
      };
      page = connect(undefined, { openEngine: losing, patience: endless });
      const disturbed = await trained(config, "webgpu");
      expect(left).toBe(0);
      expect([disturbed.state, disturbed.steps]).toEqual([calm.state, calm.steps]);
    },
  );
});
