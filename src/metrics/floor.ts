// What real data score against real data at the same counts: the floor below which a figure says nothing.

import { permutation } from "../gan/random.ts";
import { type MetricName, metrics } from "./figures.ts";
import { createReference, type MetricOptions, type Samples, takeSamples } from "./reference.ts";
import { needAtLeast } from "./samples.ts";

/** Where real data lie: the mean over splits, and the interval in which one more split would lie in 95 of 100 cases. */
export interface Band {
  mean: number;
  low: number;
  high: number;
}

export interface Floor {
  /** Counts of the two halves; fewer than asked for when the data are too few. */
  reals: number;
  fakes: number;
  splits: number;
  /** By figure. */
  bands: Record<string, Band>;
}

/**
 * Measures one metric between two disjoint random parts of the reals, again and again.
 *
 * The splits are draws from the same reals, so they overlap, and the band leaves out how much these reals differ from others of
 * their kind. It takes deviations to be normal (Student's t for one more draw).
 *
 * @param pool all reals there are, not only those fakes are compared with
 * @param counts how many stand for reals and how many for fakes; with a smaller pool both shrink in proportion
 * @param splits at least 5
 * @throws Trouble where the metric has no answer
 */
export function measureFloor(
  metric: MetricName,
  pool: Samples,
  counts: { reals: number; fakes: number },
  options: Partial<MetricOptions> = {},
  splits = 8,
): Floor {
  if (splits < 5) throw new RangeError(`a band of ${splits} splits is too rough; take at least 5`);
  const total = pool.images.count;
  needAtLeast(4, total, "reals", "A floor");
  const part = Math.min(1, total / (counts.reals + counts.fakes));
  const reals = Math.floor(counts.reals * part);
  const fakes = Math.floor(counts.fakes * part);

  const values: Record<string, number[]> = {};
  for (let split = 0; split < splits; split++) {
    const order = permutation(total, options.seed ?? 0, "metrics/split", split);
    const reference = createReference(takeSamples(pool, order.subarray(0, reals)), options);
    const others = takeSamples(pool, order.subarray(reals, reals + fakes));
    for (const { name, value } of metrics[metric](reference, others)) (values[name] ??= []).push(value);
  }
  const bands = Object.entries(values).map(([name, list]) => [name, bandOf(list)]);
  return { reals, fakes, splits, bands: Object.fromEntries(bands) };
}

/** The mean of values, and the interval for one more of their kind. */
export function bandOf(values: readonly number[]): Band {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const reach = studentT(n - 1) * Math.sqrt(variance * (1 + 1 / n));
  return { mean, low: mean - reach, high: mean + reach };
}

/** The 97.5 % quantile of Student's t, by its expansion in 1 / ν (Abramowitz & Stegun 26.7.5): to 0.01 from ν = 4 on. */
export function studentT(v: number): number {
  const z = 1.959963984540054;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / v + second / v ** 2 + third / v ** 3;
}
