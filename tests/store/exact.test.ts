// A run that is stopped, saved to a file and taken up from it is the run that was never stopped, to the bit.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Config, downsamplings, losses, upsamplings } from "../../src/gan/settings/config.ts";
import { ahead } from "../../src/gan/replay.ts";
import type { Run } from "../../src/gan/run.ts";
import * as tf from "../../src/gan/tf.ts";
import { type ReadCheckpoint, readCheckpoint, writeCheckpoint } from "../../src/store/pgan/checkpoint.ts";
import { noSeries } from "../../src/store/pgan/series.ts";
import { fingerprintOf, resume, takeSnapshot } from "../../src/store/snapshot.ts";
import { prove, verify } from "../../src/store/verify.ts";
import { engines } from "../engines.ts";
import { batchesOf, source, tinyRun } from "../gan/tiny.ts";

const images = { ...source, count: Infinity, write: () => {} };
const maker = { engine: "test", device: "test", agent: "test", app: "0", tfjs: "0" };
const dataHash = "0".repeat(64);

/** Every combination of the switches that change a step, with each loss. */
const switches = [
  "minibatchStddev",
  "pixelNorm",
  "spectralNorm",
  "equalizedLr",
  "augment",
  "fadeIn",
] as const;
const combinations = losses.flatMap((loss) =>
  Array.from({ length: 2 ** switches.length }, (_, bits): Partial<Config> => {
    const on = switches.map((name, i) => [name, (bits & (1 << i)) !== 0]);
    return { loss, ...(Object.fromEntries(on) as Partial<Config>) };
  }),
);

/** The other settings that steps depend on, in turn, so that all meet all losses and most switches. */
const others = (i: number): Partial<Config> => ({
  stepsD: 1 + (i % 3),
  penaltyInterval: 1 + (i % 2),
  r1Gamma: i % 4 === 0 ? 1 : 0,
  latentNorm: i % 5 !== 0,
  resetMoments: i % 3 !== 0,
  upsampling: upsamplings[i % 2]!,
  downsampling: downsamplings[(i >> 1) % 2]!,
  beta1: i % 7 === 0 ? 0.5 : 0,
  widthD: i % 6 === 0 ? 0.5 : 1,
  emaRampup: i % 2 ? 0.05 : 0,
});

/** A run as it comes back from a file. */
async function throughFile(run: Run): Promise<{ read: ReadCheckpoint; takeUp: () => Run }> {
  const snapshot = await takeSnapshot(run);
  const proof = await prove(resume(snapshot, images, batchesOf()));
  const { bytes } = await writeCheckpoint({
    ...snapshot,
    run: { id: "test", name: "Test" },
    maker,
    dataHash,
    series: noSeries,
    frames: [],
    pictures: new Map(),
    proof,
    saved: new Date(0).toISOString(),
  });
  const read = await readCheckpoint(bytes);
  return { read, takeUp: () => resume(read, images, batchesOf()) };
}

const advance = (run: Run, steps: number) => {
  for (const _ of ahead(run, steps));
};

/** Fingerprint after `before` and `after` steps, with a file in between or without. */
async function endsOf(config: Partial<Config>, before: number, after: number): Promise<[string, string]> {
  const run = tinyRun(config);
  advance(run, before);
  const { read, takeUp } = await throughFile(run);
  const { kind } = await verify({ claim: read, takeUp }, { maker, dataHash });
  expect(kind).toBe("exact");
  const again = takeUp();
  const ends: string[] = [];
  for (const each of [run, again]) {
    advance(each, after);
    ends.push(await fingerprintOf(each));
    each.dispose();
  }
  return ends as [string, string];
}

// The tiny run is stable for two steps at 4 px, fades for four, and is stable at 8 px from then on: after two steps it is
// about to grow, after four in the middle of the fade.
describe.each(engines.filter(({ name }) => name !== "webgpu"))("on $name", ({ name, open, close }) => {
  beforeAll(open);
  afterAll(close);

  test(
    "for every combination of switches, before growth and in the middle of a fade",
    { timeout: 240_000 },
    async () => {
      const before = tf.memory().numTensors;
      // The CPU engine is slow: it takes every fifteenth.
      for (const [i, combination] of combinations.entries()) {
        if (name === "cpu" && i % 15 !== 7) continue;
        const config = { ...others(i), ...combination };
        const [through, never] = await endsOf(config, i % 2 ? 2 : 4, 2);
        expect(through, JSON.stringify(config)).toBe(never);
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

describe("on WASM", () => {
  const wasm = engines.find(({ name }) => name === "wasm")!;
  beforeAll(wasm.open);
  afterAll(wasm.close);

  test("100 steps and 100 more are 200, with changes on the way", { timeout: 240_000 }, async () => {
    const anySetting = fc.record({
      i: fc.nat(combinations.length - 1),
      flips: fc.array(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom(...switches)), {
        maxLength: 4,
      }),
    });
    const property = fc.asyncProperty(anySetting, async ({ i, flips }) => {
      const run = tinyRun({
        ...others(i),
        ...combinations[i],
        imagesPerPhase: 160,
        imagesPerFade: 320,
        to: 8,
      });
      for (let step = 0; step < 100; step++) {
        for (const [at, key] of flips) if (at === step) run.flip(key, !run.config[key]);
        advance(run, 1);
      }
      const again = (await throughFile(run)).takeUp();
      advance(run, 100);
      advance(again, 100);
      expect(await fingerprintOf(again)).toBe(await fingerprintOf(run));
      run.dispose();
      again.dispose();
    });
    await fc.assert(property, { seed: 3, numRuns: 4 });
  });
});

const webgpu = engines.find(({ name }) => name === "webgpu");
describe.runIf(webgpu)("on WebGPU", () => {
  beforeAll(() => webgpu!.open());
  afterAll(() => webgpu!.close());

  // Three that meet both values of every switch, and three losses.
  test.each([0b010011, 0b101100, 0b111111 + 64])(
    "combination %i, in the middle of a fade",
    { timeout: 120_000 },
    async (i) => {
      const [through, never] = await endsOf(
        { ...others(i), ...combinations[i], stepsD: 1, imagesPerPhase: 4 },
        2,
        1,
      );
      expect(through).toBe(never);
    },
  );
});
