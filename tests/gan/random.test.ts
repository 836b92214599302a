// Random numbers: those of the paper's authors, bit for bit, with the moments they should have.

import { describe, expect, test } from "vitest";
import { createStream, permutation, philox } from "../../src/gan/random.ts";

// The authors' known answers for philox4x32-10 (Random123, file kat_vectors): zeros, ones, and the digits of π.
test.each<[counter: Words, key: [number, number], expected: string]>([
  [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    "408f276d 41c83b0e a20bc7c6 6d5451fd",
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    "d16cfe09 94fdcceb 5001e420 24126ea1",
  ],
])("philox of counter %j under key %j", (counter, key, expected) => {
  const block = new Uint32Array(4);
  philox(counter, key, block);
  expect(hex(block)).toBe(expected);
});

describe("a stream", () => {
  const stream = (position = 0) => createStream(7, "z/D", position);
  const many = 1 << 18;

  test("gives the same numbers again", () => {
    expect(stream().normal(new Float32Array(9))).toEqual(stream().normal(new Float32Array(9)));
  });

  test("goes on where its position says, in whole blocks of four", () => {
    const whole = stream().bits(new Uint32Array(12));
    const first = stream();
    first.bits(new Uint32Array(5)); // a block and a part of one
    expect(first.position).toBe(2);
    const later = whole.slice(8);
    expect(first.bits(new Uint32Array(4))).toEqual(later);
    expect(stream(2).bits(new Uint32Array(4))).toEqual(later);
    first.position = 0;
    expect(first.bits(new Uint32Array(12))).toEqual(whole);
  });

  test("does not repeat itself after 2^32 blocks", () => {
    expect(stream(2 ** 32).bits(new Uint32Array(4))).not.toEqual(stream(0).bits(new Uint32Array(4)));
  });

  test.each([
    ["seed", createStream(8, "z/D")],
    ["purpose", createStream(7, "z/G")],
  ])("of another %s shares no number with it", (_, other) => {
    const mine = new Set(stream().bits(new Uint32Array(1024)));
    expect(other.bits(new Uint32Array(1024)).filter((word) => mine.has(word))).toHaveLength(0);
  });

  // Each bound is five standard errors of the moment, so that one seed in a million would fail.
  test("is uniform: mean 1/2, variance 1/12, in [0,1)", () => {
    const draws = stream().uniform(new Float32Array(many));
    const [mean, variance] = moments(draws);
    expect(Math.abs(mean! - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / many));
    expect(Math.abs(variance! - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / many));
    expect(draws.every((u) => u >= 0 && u < 1)).toBe(true);
  });

  test("is normal: mean 0, variance 1, skewness 0, kurtosis 3", () => {
    const [mean, variance, third, fourth] = moments(stream().normal(new Float32Array(many)));
    expect(Math.abs(mean!)).toBeLessThan(5 * Math.sqrt(1 / many));
    expect(Math.abs(variance! - 1)).toBeLessThan(5 * Math.sqrt(2 / many));
    expect(Math.abs(third!)).toBeLessThan(5 * Math.sqrt(6 / many));
    expect(Math.abs(fourth! - 3)).toBeLessThan(5 * Math.sqrt(96 / many));
  });

  test("has neighbours that are not correlated, within a Box-Muller pair and across", () => {
    const draws = stream().normal(new Float32Array(many));
    for (const lag of [1, 2, 3, 4]) {
      const products = draws.subarray(lag).map((x, i) => x * draws[i]!);
      expect(Math.abs(moments(products)[0]!)).toBeLessThan(5 / Math.sqrt(many));
    }
  });

  test("fills an odd number of draws", () => {
    const odd = stream().normal(new Float32Array(5));
    expect(odd).toEqual(stream().normal(new Float32Array(6)).subarray(0, 5));
  });
});

describe("a permutation", () => {
  test.each([0, 1, 2, 5, 1000])("of %i holds each number once", (count) => {
    expect([...permutation(count, 7, "order")].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
  });

  test("is another one each round, for each seed and purpose, and the same again", () => {
    const orders = [
      permutation(52, 7, "order"),
      permutation(52, 7, "order", 1),
      permutation(52, 8, "order"),
      permutation(52, 7, "other"),
    ].map(String);
    expect(new Set(orders).size).toBe(4);
    expect(String(permutation(52, 7, "order", 1))).toBe(orders[1]);
  });

  test("puts every number at every place equally often", () => {
    const rounds = 10_000;
    const seen = new Float64Array(25);
    for (let round = 0; round < rounds; round++)
      permutation(5, 7, "order", round).forEach((number, place) => seen[5 * place + number]!++);
    const error = Math.sqrt(rounds * 0.2 * 0.8);
    for (const count of seen) expect(Math.abs(count - rounds / 5)).toBeLessThan(5 * error);
  });
});

type Words = [number, number, number, number];

function hex(block: Uint32Array): string {
  return Array.from(block, (word) => word.toString(16).padStart(8, "0")).join(" ");
}

/** Mean, then the second to fourth central moment. */
function moments(draws: Float32Array): number[] {
  const average = (values: (x: number) => number) =>
    draws.reduce((sum, x) => sum + values(x), 0) / draws.length;
  const mean = average((x) => x);
  return [mean, ...[2, 3, 4].map((power) => average((x) => (x - mean) ** power))];
}
