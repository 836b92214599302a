// Histograms of D's scores: every finite score in one bin, reals and fakes in the same ones.

import fc from "fast-check";
import { expect, test } from "vitest";
import { countScores } from "../../src/gan/statistics/scores.ts";

const sum = (counts: readonly number[]) => counts.reduce((total, n) => total + n, 0);

test("bins are of equal width from the lowest to the highest score of both", () => {
  expect(countScores([0, 1, 4], [2, 2, 3.99], 4)).toEqual({
    low: 0,
    high: 4,
    reals: [1, 1, 0, 1],
    fakes: [0, 0, 2, 1],
  });
});

test("scores that are not finite are left out, and where none is finite there is no histogram", () => {
  expect(countScores([NaN, 1, 2], [Infinity, 3], 2)).toEqual({
    low: 1,
    high: 3,
    reals: [1, 1],
    fakes: [0, 1],
  });
  expect(countScores([NaN], [-Infinity])).toBeUndefined();
});

test("a D that scores everything alike fills one bin in the middle", () => {
  const { low, high, reals, fakes } = countScores([2, 2], [2], 5)!;
  expect([low < 2, high > 2]).toEqual([true, true]);
  expect([reals, fakes]).toEqual([
    [0, 0, 2, 0, 0],
    [0, 0, 1, 0, 0],
  ]);
});

test("no finite score is lost, whatever its size", () => {
  const score = fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(NaN, 1e38, -1e38, 1e-45));
  fc.assert(
    fc.property(fc.array(score, { maxLength: 40 }), fc.array(score, { maxLength: 40 }), (reals, fakes) => {
      const counted = countScores(reals, fakes);
      const finite = (scores: number[]) => scores.filter(Number.isFinite).length;
      expect(counted === undefined).toBe(finite([...reals, ...fakes]) === 0);
      if (!counted) return;
      expect([sum(counted.reals), sum(counted.fakes)]).toEqual([finite(reals), finite(fakes)]);
      expect(counted.low).toBeLessThan(counted.high);
    }),
  );
});
