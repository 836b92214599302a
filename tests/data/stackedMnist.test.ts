// Stacked MNIST: three digits of the pack in each image, drawn from a seed, and the same wherever a run begins.

import { expect, test } from "vitest";
import { readPack } from "../../src/cli/readPack.ts";
import { openSource } from "../../src/data/catalogue.ts";
import { createBatches } from "../../src/data/sampler.ts";
import { createStackedMnist } from "../../src/data/stackedMnist.ts";
import { Trouble } from "../../src/gan/errors.ts";
import type { ImageSource } from "../../src/gan/source.ts";
import { hashOfData } from "../../src/store/dataHash.ts";

const stacked = await openSource("stacked-mnist", 7, readPack, 32);
const digits = await openSource("digits", 7, readPack, 32);

/** Ten digits; number `d` is a field of light d / 10. */
const fields: ImageSource = {
  name: "fields",
  channels: 1,
  resolution: 32,
  count: 10,
  modeOf: (index) => index,
  write: (index, resolution, out, offset) => void out.fill(index / 10, offset, offset + resolution ** 2),
};

test("endless images of 32 px in colour, of 1,000 kinds", () => {
  expect(stacked).toMatchObject({ name: "stacked-mnist", channels: 3, resolution: 32, count: Infinity });
  expect(stacked.modes).toHaveLength(1_000);
  expect(stacked.modes![42]).toBe("042");
});

test("a mode is named by what is in red, green and blue", () => {
  const source = createStackedMnist(fields, 7);
  const out = new Float32Array(1 + 4 * 4 * 3);
  for (let index = 0; index < 50; index++) {
    source.write(index, 4, out, 1);
    const name = source.modes![source.modeOf!(index)]!;
    expect([...out.subarray(1, 4)].map((light) => Math.round(10 * light)).join("")).toBe(name);
    for (let i = 0; i < 16; i++) expect(out.subarray(1 + 3 * i, 4 + 3 * i)).toEqual(out.subarray(1, 4));
  }
});

test("each channel is a digit of the pack, at every resolution", () => {
  const known = new Set<string>();
  const grey = new Float32Array(8 * 8);
  for (let index = 0; index < digits.count; index++) {
    digits.write(index, 8, grey, 0);
    known.add(`${digits.modeOf!(index)}: ${grey.join()}`);
  }
  const out = new Float32Array(8 * 8 * 3);
  for (let index = 0; index < 20; index++) {
    stacked.write(index, 8, out, 0);
    const name = stacked.modes![stacked.modeOf!(index)]!;
    for (const channel of [0, 1, 2]) {
      const plane = out.filter((_, i) => i % 3 === channel);
      expect(known).toContain(`${name[channel]}: ${plane.join()}`);
    }
  }
});

test("digits are drawn uniformly, channels independently: chi-square of 100,000 images", () => {
  const counts = new Float64Array(1_000);
  const source = createStackedMnist(fields, 7);
  for (let index = 0; index < 100_000; index++) counts[source.modeOf!(index)]!++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
  // Mean 999, deviation √(2·999) ≈ 44.7; four of them to either side.
  expect(Math.abs(chiSquare - 999)).toBeLessThan(179);
});

test("a run taken up again sees the same images, and another seed sees others", async () => {
  const straight = createBatches(stacked, 7).next(16, 9);
  const again = createBatches(await openSource("stacked-mnist", 7, readPack), 7);
  again.next(4, 100);
  again.place = 6;
  expect(again.next(16, 3)).toEqual(straight.subarray(6 * 16 * 16 * 3));
  const other = await openSource("stacked-mnist", 8, readPack);
  expect(createBatches(other, 7).next(16, 9)).not.toEqual(straight);
  expect(await hashOfData(other)).not.toBe(await hashOfData(stacked));
});

test("a pack that is damaged is refused as for digits", async () => {
  const cut = async (path: string) => (await readPack(path)).subarray(0, 1_000);
  await expect(openSource("stacked-mnist", 7, cut)).rejects.toThrow(Trouble);
});
