// What the charts show must be what was measured: curves, ranges, words and numbers.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charts } from "../../src/ui/charts/charts.ts";
import { type Curve, curveOf, nearestRow, startsOf } from "../../src/ui/charts/curves.ts";
import { counted, measure } from "../../src/ui/charts/numbers.ts";
import { robustRange } from "../../src/ui/charts/range.ts";
import { basis, notes, summarize, toCsv } from "../../src/ui/charts/words.ts";
import { defaults, phases, type StatsRow, type Summary } from "../../src/worker/protocol.ts";

const row = (images: number, summary: Partial<Summary> | undefined): StatsRow => ({
  images,
  step: images / 16,
  resolution: 4,
  alpha: 1,
  secPerStep: 0.01,
  stats: summary ? { lossD: { mean: 0, std: 0, n: 1, ...summary } } : {},
});
const rowsOf = (...means: number[]) => means.map((mean, i) => row((i + 1) * 16, { mean }));
const ys = (points: Curve["raw"]) => points.map(({ y }) => y);
const plain = { weight: 0, starts: [0] };

describe("a curve", () => {
  test("without smoothing is what was measured, with one standard deviation around it", () => {
    const curve = curveOf([row(16, { mean: 2, std: 0.5, n: 3 })], "lossD", plain);
    expect(curve).toEqual({
      raw: [{ x: 16, y: 2 }],
      smooth: [{ x: 16, y: 2 }],
      low: [{ x: 16, y: 1.5 }],
      high: [{ x: 16, y: 2.5 }],
      broken: [],
      leftOut: 0,
      steps: 3,
    });
  });

  test("leaves a constant untouched from the first point on, however smooth", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.99, noNaN: true }), (weight) => {
        for (const y of ys(curveOf(rowsOf(3, 3, 3, 3), "lossD", { weight, starts: [0] }).smooth))
          expect(y).toBeCloseTo(3, 9);
      }),
    );
  });

  test("averages the past with weights that fall by the same share", () => {
    const { smooth } = curveOf(rowsOf(1, 4), "lossD", { weight: 0.5, starts: [0] });
    expect(ys(smooth)).toEqual([1, (0.25 * 1 + 0.5 * 4) / 0.75]);
  });

  test("starts afresh in each phase; the row that ends a phase belongs to it", () => {
    const starts = startsOf(phases({ ...defaults, imagesPerPhase: 32, imagesPerFade: 32 }));
    const { smooth } = curveOf(rowsOf(0, 0, 8, 8), "lossD", { weight: 0.9, starts });
    expect(ys(smooth)).toEqual([0, 0, 8, 8]);
  });

  test("sets aside what is not finite, and goes on after it", () => {
    const curve = curveOf(rowsOf(1, NaN, Infinity, 1), "lossD", { weight: 0.9, starts: [0] });
    expect(curve.broken).toEqual([32, 48]);
    expect(ys(curve.smooth)).toEqual([1, NaN, NaN, expect.closeTo(1, 12)]);
    expect(curve.steps).toBe(4);
  });

  test("counts what a logarithmic axis has no place for", () => {
    const curve = curveOf(rowsOf(1, 0, -2, 100), "lossD", { weight: 0.5, starts: [0], log: true });
    expect(curve.leftOut).toBe(2);
    // A weighted mean of the logarithms of 1 and 100.
    expect(curve.smooth.at(-1)!.y).toBeCloseTo(100 ** (2 / 3), 9);
  });

  test("passes over rows without the statistic", () => {
    expect(curveOf([row(16, undefined), row(32, { mean: 1 })], "lossD", plain).raw).toEqual([
      { x: 32, y: 1 },
    ]);
  });
});

test("the row nearest to a place on the axis is found", () => {
  const rows = [10, 20, 40].map((images) => ({ images }));
  expect([0, 14, 16, 29, 31, 99].map((x) => nearestRow(rows, x))).toEqual([0, 0, 1, 1, 2, 2]);
  expect(nearestRow([], 5)).toBe(-1);
});

describe("the range of the y axis", () => {
  const curve = (...means: number[]) => curveOf(rowsOf(...means), "lossD", plain);
  const calm = Array.from({ length: 200 }, (_, i) => Math.sin(i));

  test("holds everything while nothing is wild", () => {
    expect(robustRange([curve(...calm)])).toBeUndefined();
    expect(robustRange([curve(1, 2, 300)])).toBeUndefined();
    expect(robustRange([curve(...calm.map(() => 2))])).toBeUndefined();
  });

  test("leaves out a few wild values, and counts them", () => {
    const range = robustRange([curve(-60, ...calm, 900)])!;
    expect(range.beyond).toBe(2);
    expect(range.min).toBeLessThan(-1);
    expect(range.min).toBeGreaterThan(-3);
    expect(range.max).toBeGreaterThan(1);
    expect(range.max).toBeLessThan(3);
  });
});

describe("a chart in words", () => {
  const [scores, losses, gradients] = charts;
  const curves = (spec: typeof losses, rows: StatsRow[]) =>
    spec!.lines.map(({ name }) => curveOf(rows, name, { ...plain, log: spec!.log ?? false }));

  test("says where the lines stand, where they go, and what they rest on", () => {
    const rows = Array.from({ length: 100 }, (_, i) => row((i + 1) * 16, { mean: i / 10, n: 4 }));
    expect(summarize(losses!, curves(losses, rows), rows)).toBe(
      "Losses up to 1\u202f600 images, at 4×4. D 9.9, rising; G not measured. Smoothed means over D 400 steps, G 0 steps.",
    );
    expect(summarize(scores!, curves(scores, []), [])).toBe("D scores: nothing measured yet.");
  });

  test("gives one number of steps where all lines share it", () => {
    const rows = [
      {
        ...row(16, {}),
        stats: { gradNormD: { mean: 1, std: 0, n: 1 }, gradNormG: { mean: 1, std: 0, n: 1 } },
      },
    ];
    expect(basis(gradients!, curves(gradients, rows))).toBe("1 step");
  });

  test("names what is not drawn", () => {
    const rows = [1, NaN, 0].map((mean, i) => ({
      ...row(i, {}),
      stats: { gradNormD: { mean, std: 0, n: 1 } },
    }));
    expect(notes(curves(gradients, rows))).toEqual([
      "1 point not finite, ticked red",
      "1 value of 0 or less left out of the logarithmic axis",
    ]);
  });

  test("becomes comma-separated values, every row of it", () => {
    expect(toCsv([row(16, { mean: -1.5, std: 0.25, n: 2 }), row(32, undefined)], ["lossD"])).toBe(
      "images,step,resolution,alpha,lossD_mean,lossD_std,lossD_n\n16,1,4,1,-1.5,0.25,2\n32,2,4,1,,,\n",
    );
  });
});

test("measurements are short, and keep their sign", () => {
  expect([0, -1.2345, 12_345.6, 0.00045, 1.5e9, NaN, -Infinity].map(measure)).toEqual([
    "0",
    "−1.23",
    "12\u202f346",
    "4.5e−4",
    "1.5e9",
    "not a number",
    "−infinite",
  ]);
  expect([counted(1, "step"), counted(2000, "step")]).toEqual(["1 step", "2\u202f000 steps"]);
});
