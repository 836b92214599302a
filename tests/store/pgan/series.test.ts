// The statistics of a run as columns come back exactly, and columns that no run could have left are refused.

import fc from "fast-check";
import { expect, test } from "vitest";
import { statNames, type StatsRow } from "../../../src/gan/statistics/stats.ts";
import { readSafetensors, writeSafetensors } from "../../../src/store/pgan/safetensors.ts";
import { noSeries, readSeries, type Series, writeSeries } from "../../../src/store/pgan/series.ts";

const until = { images: 1e9, step: 1e9 };
const names = [...statNames.D, ...statNames.G];

const summary = fc.record({ mean: fc.double(), std: fc.double(), n: fc.integer({ min: 1 }) });
const row: fc.Arbitrary<StatsRow> = fc.record({
  images: fc.nat(1e9),
  step: fc.nat(1e9),
  resolution: fc.constantFrom(4, 8, 16, 32, 64),
  alpha: fc.double({ min: 0, max: 1, noNaN: true }),
  secPerStep: fc.double({ min: 0, noNaN: true }),
  stats: fc.dictionary(fc.constantFrom(...names), summary) as fc.Arbitrary<StatsRow["stats"]>,
});
/** Rows in the order of a run. */
const rows = fc.array(row, { maxLength: 12 }).map((rows) => {
  const [images, steps] = [rows.map(({ images }) => images), rows.map(({ step }) => step)];
  const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b);
  return rows.map((row, i) => ({ ...row, images: sorted(images)[i]!, step: sorted(steps)[i]! }));
});

const example: Omit<Series, "censuses"> = {
  rows: [1, 2, 3].map((step) => ({
    images: 4 * step,
    step,
    resolution: 4,
    alpha: 1,
    secPerStep: 0.1,
    stats: { lossD: { mean: step / 3, std: 0, n: 1 } },
  })),
  ticks: [],
  open: [],
};

test("numbers come back to the bit, whatever they are", () => {
  fc.assert(
    fc.property(rows, rows, fc.array(row, { maxLength: 1 }), (rows, ticks, open) => {
      expect(readSeries(writeSeries({ rows, ticks, open }), until)).toEqual({ rows, ticks, open });
    }),
    { seed: 1, numRuns: 100 },
  );
  const { censuses: _, ...none } = noSeries;
  expect(readSeries(writeSeries(none), until)).toEqual(none);
});

/** The example with a column changed. */
function withColumn(name: string, change: (column: Float64Array) => number[] | undefined): Uint8Array {
  const tensors = new Map(readSafetensors(writeSeries(example), "F64"));
  const changed = change(tensors.get(name)?.values ?? new Float64Array());
  if (changed) tensors.set(name, { shape: [changed.length], values: Float64Array.from(changed) });
  else tensors.delete(name);
  return writeSafetensors(tensors);
}

test.each<[string, string, (column: Float64Array) => number[] | undefined, RegExp]>([
  ["left out", "rows/lossG/n", () => undefined, /has other columns/],
  ["too many", "rows/fun", () => [], /has other columns/],
  ["shorter", "rows/lossD/mean", (all) => [...all.slice(1)], /columns of rows differ in length/],
  ["of another table", "ticks/images", () => [4], /columns of ticks differ in length/],
  ["longer than any run's", "rows/images", () => Array<number>(100_001).fill(0), /differ in length/],
  ["of parts of images", "rows/images", () => [4, 8.5, 12], /not a whole number/],
  ["of fewer than no steps", "rows/lossD/n", () => [1, -1, 1], /not a whole number/],
  ["of no count", "rows/lossD/n", () => [1, NaN, 1], /not a whole number/],
  ["that goes back", "rows/images", () => [4, 12, 8], /not in the order of the run/],
  ["that steps back", "rows/step", () => [1, 3, 2], /not in the order of the run/],
  ["of no resolution", "rows/resolution", () => [4, 6, 4], /of no stage of a run/],
  ["of no alpha", "rows/alpha", () => [1, NaN, 1], /of no stage of a run/],
  ["of less than no time", "rows/secPerStep", () => [1, -1, 1], /of no stage of a run/],
])("a column %s is refused", (_, name, change, message) => {
  expect(() => readSeries(withColumn(name, change), until)).toThrow(message);
});

test("rows from after the checkpoint, two open ticks, and numbers of another type are refused", () => {
  const file = writeSeries(example);
  expect(readSeries(file, { images: 12, step: 3 })).toEqual(example);
  expect(() => readSeries(file, { images: 11, step: 3 })).toThrow("not in the order of the run");
  expect(() => readSeries(file, { images: 12, step: 2 })).toThrow("not in the order of the run");
  const twoOpen = writeSeries({ ...noSeries, open: example.rows.slice(0, 2) });
  expect(() => readSeries(twoOpen, until)).toThrow("more than one tick in it is not full");
  const floats = new Map([["a", { shape: [1], values: new Float32Array(1) }]]);
  expect(() => readSeries(writeSafetensors(floats), until)).toThrow('tensor "a" is not of type F64');
});
