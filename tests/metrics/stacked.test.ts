// The census of stacked MNIST: a thousand modes, by a digit in each channel.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { openSource } from "../../src/data/catalogue.ts";
import { createStackedMnist } from "../../src/data/stackedMnist.ts";
import { klBias } from "../../src/metrics/census/expected.ts";
import { classifierPack, openStackedCensus } from "../../src/metrics/census/open.ts";
import { type ModeReader, rejections } from "../../src/metrics/census/reader.ts";
import { createStackedReader } from "../../src/metrics/census/stacked.ts";
import { readSafetensors } from "../../src/store/pgan/safetensors.ts";

const readPack = (file: string) => readFile(path.resolve(import.meta.dirname, "../../datasets", file));
const digits = await openSource("digits", 0, readPack);
const tensors = readSafetensors(await readPack(classifierPack));
const R = 16;
const census = openStackedCensus(digits, createStackedMnist, tensors, R);

/** `count` real images of stacked MNIST, [N,R,R,3]. */
function realImages(count: number): Float32Array {
  const source = createStackedMnist(digits, 1);
  const images = new Float32Array(count * R * R * 3);
  for (let n = 0; n < count; n++) source.write(n, R, images, n * R * R * 3);
  return images;
}

test("at 4 px there is none, as digits can't be told apart", () => {
  expect(() => openStackedCensus(digits, createStackedMnist, tensors, 4)).toThrow(
    "Digits can't be told apart at 4 px",
  );
});

test("each channel is read for itself, and one rejected channel rejects the image", () => {
  // A reader of one pixel: 0 to 9 is the digit, anything else is none.
  const digit: ModeReader = {
    resolution: 1,
    channels: 1,
    modes: Array.from({ length: 10 }, (_, value) => String(value)),
    factors: [],
    read: (images, count) =>
      Int16Array.from(images.subarray(0, count), (value) =>
        Number.isNaN(value) ? rejections.broken : value >= 0 && value <= 9 ? value : rejections.stray,
      ),
    nearest: (images, index) =>
      Number.isNaN(images[index])
        ? undefined
        : {
            mode: Math.min(9, images[index]!),
            measure: "likelihood",
            value: 1 / (1 + images[index]!),
            limit: 0.5,
          },
  };
  const reader = createStackedReader(digit);
  expect(reader.modes[314]).toBe("314");
  expect(reader.nearest(Float32Array.of(0, 0, 0, 3, 1, 4), 1)).toEqual({
    mode: 314,
    measure: "likelihood",
    value: 0.2, // of the channel that is least sure
    limit: 0.5,
  });
  expect(reader.nearest(Float32Array.of(3, NaN, 4), 0)).toBeUndefined();
  expect(reader.factors.map(({ name, values }) => [name, values.length])).toEqual([
    ["red", 10],
    ["green", 10],
    ["blue", 10],
  ]);
  const images = Float32Array.of(3, 1, 4, 0, 0, 7, 9, 99, 9, 99, NaN, 0);
  expect([...reader.read(images, 4)]).toEqual([314, 7, rejections.stray, rejections.broken]);
});

describe("at 16 px", () => {
  test("no digits are merged, and the layout is red × green × blue", () => {
    const { names, layout } = census;
    expect(names).toHaveLength(1_000);
    expect(layout.places).toEqual(Array.from({ length: 1_000 }, (_, cell) => cell));
    expect(names[layout.places[3 * 100 + 1 * 10 + 4]!]).toBe("314");
  });

  test("real images lie inside its band", () => {
    expect(census.selfTest(512)).toBeUndefined();
    const { realsRejected, realsMisread, blendsAccepted } = census.errors;
    expect(realsRejected).toBeLessThan(0.1);
    expect(realsMisread).toBeLessThan(0.1);
    expect(blendsAccepted).toBeLessThan(0.02);
  });

  test("the band is what real data scores with a perfect reader, less what the reader loses", () => {
    // 1,000 draws of 1,000 equally likely modes show 631 of them, at a KL of 0.575 to uniform.
    const { covered, kl, rejects } = census.band(1_000);
    expect(covered.median).toBeGreaterThan(550);
    expect(covered.median).toBeLessThan(640);
    const accepted = 1_000 - rejects.median;
    const frequencies = new Array<number>(1_000).fill(0.001);
    expect(Math.abs(kl.median - klBias(accepted, frequencies))).toBeLessThan(0.05);
    expect(klBias(1_000, frequencies)).toBeCloseTo(0.575, 2);
  });

  test("one image for ever is one mode, and KL says how rare that is", () => {
    const one = realImages(1);
    const images = new Float32Array(64 * one.length);
    for (let n = 0; n < 64; n++) images.set(one, n * one.length);
    const { covered, effective, kl, notes } = census.take(images, 64);
    expect([covered, effective]).toEqual([1, 1]);
    expect(kl).toBeGreaterThan(6);
    expect(kl).toBeLessThan(8);
    expect(notes.map(({ kind }) => kind)).toEqual(["few-samples", "one-image"]);
  });

  test("images that are no images are counted and explained", () => {
    expect(census.take(new Float32Array(), 0)).toMatchObject({ kl: null, notes: [{ kind: "no-samples" }] });
    const black = census.take(new Float32Array(4 * R * R * 3).fill(-1), 4);
    expect(black).toMatchObject({ covered: 0, rejects: 4, kl: null });
    const broken = realImages(4);
    broken[0] = NaN;
    expect(census.take(broken, 4).rejected.broken).toBe(1);
  });
});
