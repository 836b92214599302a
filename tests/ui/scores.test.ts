// The histogram of D's scores in the page: to one scale, and in words.

import { expect, test } from "vitest";
import { barsOf, basisOf, inWords, overlapOf } from "../../src/ui/scores/bars.ts";

const scores = { low: -2, high: 2, reals: [0, 0, 2, 2], fakes: [1, 1, 6, 0] };

test("shares of each kind are drawn to one scale, from the fullest bin of either", () => {
  expect(barsOf(scores)).toEqual({
    reals: "M0 1V1H0.25V1H0.5V0.3333H0.75V0.3333H1V1",
    fakes: [
      { x: 0, width: 0.25, height: 0.125 / 0.75 },
      { x: 0.25, width: 0.25, height: 0.125 / 0.75 },
      { x: 0.5, width: 0.25, height: 1 },
    ],
    zero: 0.5,
  });
  expect(barsOf({ ...scores, low: 1 })).not.toHaveProperty("zero");
});

test("the overlap is the share that both histograms have in common", () => {
  expect(overlapOf(scores)).toBe(0.5);
  expect(overlapOf({ reals: [0, 3], fakes: [0, 5] })).toBe(1);
  expect(overlapOf({ reals: [3, 0], fakes: [0, 5] })).toBe(0);
  expect(overlapOf({ reals: [0, 0], fakes: [0, 5] })).toBe(0);
});

test("it is told to those who can't see it", () => {
  expect(inWords(scores)).toBe("4 reals between 0 and 2, 8 fakes between −2 and 1; they overlap by 50 %");
  expect(basisOf(scores)).toBe("8 fakes, 4 reals");
  expect(inWords({ ...scores, reals: [0, 0, 0, 0] })).toMatch(/^no reals with a finite score, 8 fakes/);
});
