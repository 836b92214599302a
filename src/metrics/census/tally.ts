// From the mode of each sample to the numbers of a census.

import { effectiveModes, klDivergence, sumOf } from "./expected.ts";
import { type Rejection, rejections } from "./reader.ts";

/** The numbers that are compared with those of real data. */
export interface Counted {
  /** Modes with at least one sample. */
  covered: number;
  /** Modes with at least a quarter of their fair share of all samples, rejects included. */
  strict: number;
  /** exp of the entropy of accepted samples. */
  effective: number;
  /** Samples counted for no mode. */
  rejects: number;
  /** KL(model‖data) of accepted samples in nats; null where there are none. */
  kl: number | null;
}

export interface Tally extends Counted {
  /** Samples of each mode. */
  counts: Int32Array;
  rejected: Record<Rejection, number>;
}

/**
 * @param labels mode of each sample, or a value of `rejections`
 * @param frequencies how often each mode occurs in the data, adding up to 1
 */
export function tally(labels: ArrayLike<number>, frequencies: readonly number[]): Tally {
  const counts = new Int32Array(frequencies.length);
  const rejected = { stray: 0, blend: 0, brightness: 0, broken: 0 };
  const names = Object.keys(rejections) as Rejection[];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label >= 0) counts[label]!++;
    else rejected[names.find((name) => rejections[name] === label)!]++;
  }
  let [covered, strict] = [0, 0];
  for (let mode = 0; mode < counts.length; mode++) {
    if (counts[mode]! >= 1) covered++;
    if (counts[mode]! >= Math.max(1, (labels.length * frequencies[mode]!) / 4)) strict++;
  }
  return {
    counts,
    covered,
    strict,
    effective: effectiveModes(counts),
    rejects: labels.length - sumOf(counts),
    rejected,
    kl: klDivergence(counts, frequencies),
  };
}
