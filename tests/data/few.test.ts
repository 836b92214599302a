// A data set narrowed to a few images of each mode: those and no others, chosen by the seed.

import { expect, test } from "vitest";
import { fewOfEach } from "../../src/data/few.ts";
import { shapes16 } from "../../src/data/shapes16.ts";
import type { ImageSource } from "../../src/gan/source.ts";

/** 30 images of one pixel, of 3 modes in turn. Each is told by its place. */
const thirty: ImageSource = {
  name: "thirty",
  channels: 1,
  resolution: 4,
  count: 30,
  bytes: new Uint8Array(),
  modes: ["a", "b", "c"],
  modeOf: (index) => index % 3,
  write: (index, _resolution, out, offset) => void (out[offset] = index),
};

const placesIn = (source: ImageSource): number[] => {
  const out = new Float32Array(source.count);
  out.forEach((_, index) => source.write(index, 4, out, index));
  return [...out];
};

test("it has as many images of each mode as were asked for, each once, and its seed decides which", () => {
  const few = fewOfEach(thirty, 2, 1);
  expect([few.count, few.bytes]).toEqual([6, undefined]);
  expect(Array.from({ length: 6 }, (_, index) => few.modeOf!(index))).toEqual([0, 0, 1, 1, 2, 2]);
  expect(placesIn(few).map((place) => place % 3)).toEqual([0, 0, 1, 1, 2, 2]);
  expect(new Set(placesIn(few)).size).toBe(6);
  expect(placesIn(fewOfEach(thirty, 2, 1))).toEqual(placesIn(few));
  expect(placesIn(fewOfEach(thirty, 2, 2))).not.toEqual(placesIn(few));
  expect(placesIn(fewOfEach(thirty, 10, 1)).sort((a, b) => a - b)).toEqual([...Array(30).keys()]);
});

test("an endless set is narrowed to its first images of each mode", () => {
  const few = fewOfEach(shapes16.open(7), 1, 0);
  expect(few.count).toBe(16);
  expect(Array.from({ length: 16 }, (_, index) => few.modeOf!(index))).toEqual([...Array(16).keys()]);
});

test("what can't be narrowed is refused", () => {
  expect(() => fewOfEach({ ...thirty, modes: undefined }, 1, 0)).toThrow("modes of data set thirty are not");
  expect(() => fewOfEach(thirty, 11, 0)).toThrow("doesn't have 11 images");
});
