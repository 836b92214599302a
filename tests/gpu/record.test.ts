// Recorded steps are the steps they stand for, bit for bit, in every switch setting and whatever is done between them.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Config } from "../../src/gan/settings/config.ts";
import type { Run } from "../../src/gan/run.ts";
import type { Key, Value } from "../../src/gan/settings/settings.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Latents } from "../../src/gan/tf.ts";
import { chooseThreads } from "../../src/gpu/kernels/threads.ts";
import { recordedSteps, type RecordedSteps } from "../../src/gpu/record/steps.ts";
import { resume, takeSnapshot } from "../../src/store/snapshot.ts";
import { adapter, engines } from "../engines.ts";
import { numbers } from "../gan/finiteDifferences.ts";
import { batchesOf, source, tensorsOf, tiny, tinyRun } from "../gan/tiny.ts";

const everything = [
  "minibatchStddev",
  "spectralNorm",
  "equalizedLr",
  "fadeIn",
  "augment",
  "pixelNorm",
] as const satisfies (keyof Config)[];
/** So that a difference shows within a few steps. */
const faster = { learningRateG: 0.02, learningRateD: 0.02 };

/** Settings in which every two switches meet in all four ways, and every loss occurs. */
const settings: [name: string, changes: Partial<Config>][] = [
  ["nothing, hinge", switched([], { loss: "hinge", latentNorm: false })],
  ["everything, WGAN-GP and R1", switched(everything, { downsampling: "strided", r1Gamma: 1 })],
  ["stddev, spectral norm, equalized rate", switched(everything.slice(0, 3), { r1Gamma: 2 })],
  [
    "stddev, strided, fade, least squares",
    switched(["minibatchStddev", "fadeIn"], { loss: "least-squares", downsampling: "strided" }),
  ],
  [
    "spectral norm, strided, augment, pixel norm, logistic",
    switched(["spectralNorm", "augment", "pixelNorm"], {
      loss: "logistic",
      r1Gamma: 1,
      downsampling: "strided",
      upsampling: "transposed",
    }),
  ],
  [
    "equalized rate, fade, augment, momentum, narrow D",
    switched(["equalizedLr", "fadeIn", "augment"], { beta1: 0.5, upsampling: "transposed", widthD: 0.5 }),
  ],
];

function switched(on: readonly (keyof Config)[], changes: Partial<Config>): Partial<Config> {
  return { ...Object.fromEntries(everything.map((name) => [name, on.includes(name)])), ...changes };
}

// The first one compiles everything, which takes a machine that is busy with other tests a while.
describe.runIf(adapter)("on WebGPU", { timeout: 400_000 }, () => {
  const gpu = engines.find(({ name }) => name === "webgpu")!;
  beforeAll(() => gpu.open());
  afterAll(() => gpu.close());

  let before = 0;
  beforeAll(() => (before = tf.memory().numTensors));
  afterEach(() => expect(tf.memory().numTensors, "every tensor was freed").toBe(before));

  const both = (["together", "alone"] as const).flatMap((threads) =>
    settings.map((setting) => [threads, ...setting] as const),
  );
  test.each(both)(
    "threads %s, %s: replayed steps are eager ones, bit for bit",
    async (threads, _, changes) => {
      chooseThreads((tf.backend() as WebGPUBackend).device, threads);
      const { eager, recorded, steps } = twins({
        imagesPerPhase: 4,
        imagesPerFade: 40,
        ...faster,
        ...changes,
      });
      for (let i = 0; i < 4; i++) {
        for (const run of [eager, recorded]) run.grow();
        eager.advance(); // first, so that what it compiles need not be compiled twice
        if (i === 1) await settledStep(recorded, steps);
        else recorded.advance();
      }
      expect(recorded.stage).toMatchObject({ resolution: 8, fading: changes.fadeIn ?? false });
      // One step at 4 px, and one at 8 px before all is compiled.
      expect(steps.report).toMatchObject({ eager: 4, replayed: 4 });
      await expectSame(recorded, eager);
      for (const run of [eager, recorded]) run.dispose();
    },
  );

  test("through a fade and growth, with two D steps to a G step and a penalty every second one", async () => {
    const config = { stepsD: 2, penaltyInterval: 2, augment: true, spectralNorm: true, r1Gamma: 1 };
    const { eager, recorded, steps } = twins({ ...config, imagesPerPhase: 16, imagesPerFade: 8 });
    while (eager.images < 32) {
      for (const run of [eager, recorded]) run.grow();
      const { eager: before } = steps.report;
      eager.advance();
      await settledStep(recorded, steps);
      await expectSame(recorded, eager);
      // D with and without its penalty, and G. All that comes later was compiled ahead.
      expect(steps.report.eager - before).toBe(eager.step === 1 ? 3 : 0);
    }
    expect(recorded.stage).toMatchObject({ resolution: 8, fading: false });
    for (const run of [eager, recorded]) run.dispose();
  });

  test("what was prepared is replayed from the first step on, through a planned change and growth", async () => {
    const { eager, recorded, steps } = twins({ penaltyInterval: 2, imagesPerFade: 8, r1Gamma: 1 });
    for (const run of [eager, recorded]) run.plan([{ images: 4, key: "minibatchStddev", to: false }]);
    for (let i = 0; i < 5; i++) {
      await recorded.prepare();
      expect(recorded.prepare(), "nothing to wait for").toBeUndefined();
      for (const run of [eager, recorded]) {
        run.flipPlanned();
        run.grow();
        run.advance();
      }
    }
    expect(recorded.stage).toMatchObject({ resolution: 8, fading: false });
    expect(steps.report).toMatchObject({ eager: 0, replayed: 10 });
    await expectSame(recorded, eager);
    for (const run of [eager, recorded]) run.dispose();
  });

  test("whatever is done between steps sees the values of the moment, and leaves the run as it is", async () => {
    const { eager, recorded, steps } = twins({ equalizedLr: false, from: 8, penaltyInterval: 1 });
    const rounds: [Key, Value][][] = [
      [
        ["learningRateD", 0.02],
        ["gpWeight", 3],
      ],
      [
        ["equalizedLr", true],
        ["spectralNorm", true],
      ],
      [["spectralNorm", false]],
    ];
    const z = tf.keep(numbers([4, tiny.latent]) as Latents);
    for (const flips of rounds) {
      for (let i = 0; i < 2; i++) {
        eager.advance();
        await settledStep(recorded, steps);
      }
      const frozen = recorded.freeze(false);
      const critics = [recorded, eager].map((run) => run.freezeD());
      const [images, expected] = [frozen.sample(z), eager.sample(z, false)];
      const [scores, expectedScores] = critics.map((d) => d.score(expected));
      await expectSame(recorded, eager);
      for (const run of [eager, recorded]) for (const [key, value] of flips) run.flip(key, value);
      expect(await recorded.readStats()).toEqual(await eager.readStats());
      expect(await images.data()).toEqual(await expected.data());
      expect(await scores!.data()).toEqual(await expectedScores!.data());
      expect((await takeSnapshot(recorded)).tensors).toEqual((await takeSnapshot(eager)).tensors);
      recorded.advance("G");
      eager.advance("G");
      const later = frozen.sample(z);
      expect(await later.data(), "G as it was").toEqual(await expected.data());
      const laterScores = critics[0]!.score(expected);
      expect(await laterScores.data(), "D as it was").toEqual(await expectedScores!.data());
      for (const each of [frozen, ...critics]) each.dispose();
      tf.dispose([images, expected, later, scores!, expectedScores!, laterScores]);
    }
    expect(recorded.place()).toEqual(eager.place());
    for (const run of [eager, recorded]) run.dispose();
    z.dispose();
  });

  test("many steps in one submit are the same steps", async () => {
    const { eager, recorded, steps } = twins({ from: 8, stepsD: 2 }, Infinity);
    for (let i = 0; i < 2; i++) await settledStep(recorded, steps);
    await tensorsOf(recorded); // by then the queue knows how long a step takes
    const submit = vi.spyOn((tf.backend() as WebGPUBackend).device.queue, "submit");
    for (let i = 0; i < 3; i++) recorded.advance();
    expect(submit).toHaveBeenCalledTimes(0);
    await Promise.resolve();
    expect(submit).toHaveBeenCalledTimes(1);
    submit.mockRestore();
    for (let i = 0; i < 5; i++) eager.advance();
    await expectSame(recorded, eager);
    for (const run of [eager, recorded]) run.dispose();
  });

  test("two runs that take turns keep to their own state", async () => {
    const { eager, recorded: a, steps } = twins({ from: 8 });
    await settledStep(a, steps);
    const own = recordedSteps(tf.backend() as WebGPUBackend);
    const b = resume(
      await takeSnapshot(a),
      { ...source, count: Infinity, write: () => {} },
      batchesOf(),
      own,
    );
    expect(b.prepare(), "what was traced for a serves b").toBeUndefined();
    b.advance();
    a.advance();
    for (let i = 0; i < 3; i++) for (const run of [a, b]) run.advance();
    for (let i = 0; i < 5; i++) eager.advance();
    for (const run of [a, b]) await expectSame(run, eager);
    for (const run of [eager, a, b]) run.dispose();
  });

  test("values that are read while steps go on are those of when they were asked for", async () => {
    const { eager, recorded, steps } = twins({ from: 8 });
    await settledStep(recorded, steps);
    recorded.advance();
    for (let i = 0; i < 2; i++) eager.advance();
    const asked = tensorsOf(recorded);
    recorded.advance();
    expect(await asked).toEqual(await tensorsOf(eager));
    eager.advance();
    await expectSame(recorded, eager);
    for (const run of [eager, recorded]) run.dispose();
  });

  test("what is still held of a run that was disposed keeps its values", async () => {
    const { eager, recorded, steps } = twins({ from: 8, equalizedLr: false });
    await settledStep(recorded, steps);
    recorded.advance();
    for (let i = 0; i < 2; i++) eager.advance();
    const frozen = [recorded, eager].map((run) => run.freeze(true));
    for (const run of [eager, recorded]) run.dispose();
    const z = numbers([4, tiny.latent]) as Latents;
    const [got, expected] = frozen.map((g) => g.sample(z));
    expect(await got!.data()).toEqual(await expected!.data());
    for (const each of [...frozen, z, got!, expected!]) each.dispose();
  });

  test("memory of the present steps is all there is, and all of it is given back", async () => {
    const { device } = tf.backend() as WebGPUBackend;
    const counted = countBytes(device);
    const steps = recordedSteps(tf.backend() as WebGPUBackend);
    const run = tinyRun({ imagesPerPhase: 4, imagesPerFade: 8, to: 16 }, steps);
    const live: number[] = [];
    while (run.images < 44) {
      run.grow();
      await settledStep(run, steps);
      live.push(steps.report.recordings.length);
    }
    expect(live.at(-1)).toBe(2); // D and G at 16 px
    const { state, blocks, recordings } = steps.report.bytes;
    expect(counted.bytes()).toBe(state + blocks + recordings + pool());
    run.dispose();
    expect(counted.bytes()).toBe(0);
    counted.stop();
  });
});

function twins(
  config: Partial<Config>,
  together?: number,
): { eager: Run; recorded: Run; steps: RecordedSteps } {
  const steps = recordedSteps(tf.backend() as WebGPUBackend, together);
  return { eager: tinyRun(config), recorded: tinyRun(config, steps), steps };
}

/** A step, and then a wait until all is compiled that was found to be missing. */
async function settledStep(run: Run, steps: RecordedSteps): Promise<void> {
  run.advance();
  await steps.settled();
}

async function expectSame(run: Run, twin: Run): Promise<void> {
  const [got, expected] = await Promise.all([tensorsOf(run), tensorsOf(twin)]);
  expect(Object.keys(got)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) expect(got[name], name).toEqual(values);
}

const pool = () => (tf.memory() as unknown as { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU;

/** Counts the bytes of buffers made from here on that were not destroyed. */
function countBytes(device: GPUDevice) {
  let bytes = 0;
  device.createBuffer = (descriptor) => {
    const buffer = GPUDevice.prototype.createBuffer.call(device, descriptor);
    bytes += buffer.size;
    buffer.destroy = () => {
      bytes -= buffer.size;
      GPUBuffer.prototype.destroy.call(buffer);
    };
    return buffer;
  };
  return { bytes: () => bytes, stop: () => Reflect.deleteProperty(device, "createBuffer") };
}
