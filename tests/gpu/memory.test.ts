// The estimate of a run's memory stays near what was measured, and refuses what can't fit in words with a way out.

import { expect, test } from "vitest";
import { type Config, presets } from "../../src/gan/settings/config.ts";
import { Trouble } from "../../src/gan/errors.ts";
import { checkFits, estimateMemory } from "../../src/gpu/memory.ts";

const paper = presets.paper!;

const at = (to: Config["to"], change: Partial<Config> = {}): Config => ({
  ...paper,
  from: to,
  to,
  ...change,
});

// Bytes allocated after two steps of D and G at one resolution, as the pool of tfjs's WebGPU backend counted them.
test.each<[string, Config, number]>([
  ["4 px", at(4), 16.44e6],
  ["8 px", at(8), 38.12e6],
  ["16 px", at(16), 117.5e6],
  ["32 px", at(32), 314.92e6],
  ["32 px, fading in", { ...paper, from: 16, to: 32 }, 356.2e6],
  ["64 px, batch 4", at(64, { batch: 4 }), 184.41e6],
  ["64 px, batch 1", at(64, { batch: 1 }), 62.45e6],
  ["16 px, batch 64", at(16, { batch: 64 }), 416.8e6],
  ["16 px, 256 channels", at(16, { channelsBase: 4096, channelsMax: 256, batch: 4 }), 404.46e6],
  ["32 px, 128 channels", at(32, { channelsBase: 4096, channelsMax: 128, batch: 4 }), 289.76e6],
])("%s: at least what was measured, at most half as much again", (_, config, measured) => {
  const { total } = estimateMemory(config, 1);
  expect(total / measured).toBeGreaterThan(0.95);
  expect(total / measured).toBeLessThan(1.5);
});

// As an adapter that computes nothing counted them: since the table above, kernels of our own have come to need less.
test.each([
  [0.1, 33.78e6],
  [0.25, 40.87e6],
  [0.5, 49.35e6],
  [1, 82.77e6],
  [2, 176.39e6],
  [4, 431.64e6],
])(
  "a D of %d times the width of its G: the estimate follows what was measured at 16 px",
  (widthD, measured) => {
    const { total } = estimateMemory(at(16, { widthD }), 1);
    expect(total / measured).toBeGreaterThan(1.4);
    expect(total / measured).toBeLessThan(2);
  },
);

test("the largest buffer is of the wider network, and D's batch is of reals and fakes", () => {
  const largest = (widthD: number) => estimateMemory(at(32, { widthD }), 1).largest;
  const ofG = 4 * 16 * 32 ** 2 * 64; // 16 px has 64 channels, which b32 doubles
  expect([0.25, 0.5, 1, 2].map((widthD) => largest(widthD) / ofG)).toEqual([1, 1, 2, 4]);
});

test("the resolution that needs most counts, which is not the last where batches shrink", () => {
  const need = (batchPerResolution: string) => estimateMemory({ ...paper, batchPerResolution }, 3).resolution;
  expect(need("")).toBe(32);
  expect(need("16:256,32:4")).toBe(16);
});

test("presets fit the least that WebGPU guarantees", () => {
  for (const preset of Object.values(presets)) checkFits(preset, 3, { maxBufferSize: 128 * 2 ** 20 });
});

test("a buffer that is too large is refused, with sizes that fit", () => {
  const config = at(64, { batch: 32, channelsBase: 16_384, channelsMax: 256 });
  const limits = { maxBufferSize: 256e6 };
  const refused = () => checkFits(config, 3, limits);
  expect(refused).toThrow(Trouble);
  expect(refused).toThrow(
    "A batch of 32 with 256 channels at 64×64 needs a buffer of 269 MB; this device allows 256 MB.",
  );
  checkFits({ ...config, batch: 16 }, 3, { ...limits, maxBytes: Infinity });
});

test("so is a run whose buffers are too many", () => {
  const refused = () => checkFits(at(64, { batch: 64 }), 3, { maxBufferSize: 2 ** 31, maxBytes: 2 ** 31 });
  expect(refused).toThrow(
    /^A batch of 64 with 16 channels at 64×64 needs about \d\.\d GB; this device has room for 2\.1 GB\.$/,
  );
});

test("every way out that is named does fit", () => {
  for (const config of [at(64, { batch: 512 }), at(32, { channelsBase: 16_384, channelsMax: 512 })]) {
    const limits = { maxBufferSize: 100e6 };
    const { remedy } = thrown(() => checkFits(config, 3, limits));
    const [, batch] = /a batch of (\d+)/.exec(remedy) ?? [];
    const [, channelsMax] = /channelsMax (\d+)/.exec(remedy) ?? [];
    expect(batch ?? channelsMax).toBeDefined();
    if (batch) checkFits({ ...config, batch: Number(batch) }, 3, limits);
    if (channelsMax) checkFits({ ...config, channelsMax: Number(channelsMax) }, 3, limits);
  }
});

function thrown(action: () => void): Trouble {
  try {
    action();
  } catch (error) {
    return error as Trouble;
  }
  throw new Error("nothing was refused");
}
