// Nearest reals and the birthday test: against plain searches, exact chances, and sets that were made to hold copies.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createStream } from "../../src/gan/random.ts";
import { angleBetween, slerp } from "../../src/gan/networks/slerp.ts";
import {
  birthdayOf,
  closePairs,
  collisionChance,
  evenBatch,
  supportFor,
} from "../../src/metrics/inspect/birthday.ts";
import { nearestOf, placeAmong, typicalOf } from "../../src/metrics/inspect/nearest.ts";
import { type Features, featureSet } from "../../src/metrics/samples.ts";

const noise = (count: number, width: number, purpose = "test"): Features =>
  featureSet(createStream(1, purpose).normal(new Float32Array(count * width)), [count, width]);
const rowOf = ({ values, width }: Features, i: number) => values.slice(i * width, (i + 1) * width);
const apart = (a: Float64Array, b: Float64Array) =>
  Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0) / a.length);

describe("the nearest reals", () => {
  const reals = noise(40, 7);

  test("are those of a plain search", () => {
    const sample = noise(1, 7, "sample");
    const all = Array.from({ length: 40 }, (_, index) => ({
      index,
      distance: apart(rowOf(reals, index), sample.values),
    })).sort((a, b) => a.distance - b.distance);
    const found = nearestOf(reals, sample.values);
    expect(found.map(({ index }) => index)).toEqual(all.slice(0, 5).map(({ index }) => index));
    found.forEach(({ distance }, i) => expect(distance).toBeCloseTo(all[i]!.distance, 12));
  });

  test("of a copy are itself, at 0, and no real is so near to another", () => {
    const { neighbours, typical } = placeAmong(reals, featureSet(rowOf(reals, 9), [1, 7]));
    expect(neighbours[0]).toEqual({ index: 9, distance: 0 });
    expect(typical).toMatchObject({ probes: 40, nearer: 0 });
    expect(typical.low).toBeGreaterThan(0);
    expect(typical.low).toBeLessThanOrEqual(typical.median);
    expect(typical.median).toBeLessThanOrEqual(typical.high);
  });

  test("of reals are as far as that of a fresh one", () => {
    // 0, 1, 3, 6: nearest others are at 1, 1, 2, 3.
    expect(typicalOf(featureSet([0, 1, 3, 6], [4, 1]), 2)).toEqual({
      probes: 4,
      low: 1,
      median: 2,
      high: 3,
      nearer: 0.5,
    });
  });

  test("of equals the first comes first; there may be fewer than asked for", () => {
    const set = featureSet([1, 0, 0], [3, 1]);
    expect(nearestOf(set, Float64Array.of(0)).map(({ index }) => index)).toEqual([1, 2, 0]);
    expect(nearestOf(set, Float64Array.of(0), 0, 1)).toEqual([{ index: 1, distance: 0 }]);
  });

  test("need reals, finite numbers, and one width", () => {
    expect(() => typicalOf(featureSet([1], [1, 1]), 0)).toThrow("needs at least 2 reals");
    expect(() => placeAmong(reals, noise(1, 6))).toThrow("Features of reals have 7 numbers");
    expect(() => featureSet([NaN], [1, 1])).toThrow("not finite");
  });
});

describe("the birthday test", () => {
  test("knows the chance exactly", () => {
    expect(collisionChance(23, 365)).toBeCloseTo(0.5072972343, 10); // the problem that gave it its name
    expect(collisionChance(22, 365)).toBeCloseTo(0.4756953077, 10);
    expect(collisionChance(2, 4)).toBeCloseTo(0.25, 12);
    expect([collisionChance(1, 5), collisionChance(6, 5)]).toEqual([0, 1]);
  });

  test("finds the number of things that a chance belongs to", () => {
    for (const [n, chance] of [
      [2, 0.5],
      [23, 0.5],
      [256, 0.95],
      [256, 0.5],
    ] as const)
      expect(collisionChance(n, supportFor(n, chance))).toBeCloseTo(chance, 6);
    expect(supportFor(2)).toBeCloseTo(2, 6);
    // n² / (2 ln 2) in the limit; exactly, somewhat less where n is small.
    expect(supportFor(1_000) / (1_000 ** 2 / (2 * Math.LN2))).toBeCloseTo(1, 2);
  });

  test("finds the closest pairs, and those within a radius", () => {
    const { closest, within } = closePairs(featureSet([0, 10, 1, 10.5, 30], [5, 1]), 1.5, 3);
    expect(closest).toEqual([
      { a: 1, b: 3, distance: 0.5 },
      { a: 0, b: 2, distance: 1 },
      { a: 1, b: 2, distance: 9 },
    ]);
    expect(within).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  test("measures draws from so many equally likely pictures to be about as many", () => {
    const [n, things] = [256, 400];
    const sizes = Array.from({ length: 9 }, (_, round) => {
      const u = createStream(round, "test/draws").uniform(new Float32Array(n));
      const drawn = featureSet(
        u.map((x) => Math.floor(x * things)),
        [n, 1],
      );
      return birthdayOf(n, closePairs(drawn, 0.5).within).support!;
    }).sort((a, b) => a - b);
    expect(sizes[4]! / things).toBeGreaterThan(0.7);
    expect(sizes[4]! / things).toBeLessThan(1.4);
  });

  test("says of one picture that it is one, and where none are alike how many there are at least", () => {
    const same = closePairs(featureSet(new Float64Array(12), [12, 1]), 0.1).within;
    expect(birthdayOf(12, same)).toEqual({ samples: 12, duplicates: 66, even: 2, support: 1 });
    const none = birthdayOf(256, []);
    expect(none).toEqual({ samples: 256, duplicates: 0, atLeast: supportFor(256, 0.95) });
    expect(none.atLeast).toBeCloseTo(10_980, -2); // n² / (2 ln 20) is 10,938
  });

  test("a pair is complete at its later place: of one pair, past n / √2 in half of all orders", () => {
    expect(evenBatch(200, [[3, 7]])).toBeGreaterThan(125);
    expect(evenBatch(200, [[3, 7]])).toBeLessThan(158);
  });
});

describe("between two latents", () => {
  const latents = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 6, maxLength: 6 });
  const length = (z: ArrayLike<number>) => Math.hypot(...Array.from(z));
  const rows = (path: Float32Array, Z: number) =>
    Array.from({ length: path.length / Z }, (_, i) => path.subarray(i * Z, (i + 1) * Z));

  test("a quarter turn goes by even angles, at even length", () => {
    const path = rows(slerp([2, 0], [0, 2], 4), 2);
    path.forEach((z, i) => {
      expect(z[0]).toBeCloseTo(2 * Math.cos((i * Math.PI) / 6), 6);
      expect(z[1]).toBeCloseTo(2 * Math.sin((i * Math.PI) / 6), 6);
    });
  });

  test("the ends are the latents to the bit, and lengths go evenly from one to the other", () =>
    fc.assert(
      fc.property(latents, latents, (a, b) => {
        fc.pre(length(a) > 0.1 && length(b) > 0.1 && angleBetween(a, b) < 3.1);
        const path = rows(slerp(a, b, 8), 6);
        expect([[...path[0]!], [...path[7]!]]).toEqual([
          [...Float32Array.from(a)],
          [...Float32Array.from(b)],
        ]);
        const isTurn = Math.sin(angleBetween(a, b)) > 1e-3;
        if (!isTurn) return;
        path.forEach((z, i) => expect(length(z)).toBeCloseTo(((7 - i) * length(a) + i * length(b)) / 7, 3));
      }),
    ));

  test("of equal, opposite or empty latents the straight line is taken", () => {
    expect([...slerp([1, 0], [-1, 0], 3)]).toEqual([1, 0, 0, 0, -1, 0]);
    expect([...slerp([1, 2], [1, 2], 2)]).toEqual([1, 2, 1, 2]);
    expect([...slerp([0, 0], [1, 0], 3)]).toEqual([0, 0, 0.5, 0, 1, 0]);
  });
});
