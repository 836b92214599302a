// The number that each alarm watches, at one moment of a run, beside what real data would score.

import { sumOf } from "../census/expected.ts";
import type { Count, Moment, Range, Weights } from "./moments.ts";

/** A number to hold against a bound. */
export interface Reading {
  value: number;
  /** A bound is a share of this: what to expect of real data, or 1. */
  scale: number;
  /** Never alarming above this, whatever the bound: chance alone reaches down to here at so few samples. */
  chance?: number;
  samples?: number;
  real?: Range;
  /** What the run itself has held before, where that is what it is measured against. */
  held?: number;
}

/** What else a reading depends on. */
export interface Look {
  weights: Weights;
  /** Share of the samples that must be of some mode before a lack of modes says anything. */
  accepted: number;
}

/** A reading for each moment; undefined where it doesn't say, or not enough. */
export type Measure = (moments: readonly Moment[], look: Look) => (Reading | undefined)[];

/** What one moment says. @param at the place in `moments` */
type AtMoment = (moments: readonly Moment[], at: number, look: Look) => Reading | undefined;

const atEach =
  (measure: AtMoment): Measure =>
  (moments, look) =>
    moments.map((_, at) => measure(moments, at, look));

/** Censuses among which modes are looked for that come and go. */
export const hoppingWindow = 3;

/** Standard deviations of the number of modes in real samples that chance is given. */
const spreads = 3;

/** Samples below which a mean distance says nothing. */
const fewest = 16;

/** Modes covered, against those that as many real samples as were accepted would cover. */
export const modesCovered: Measure = atEach((moments, at, { weights, accepted }) => {
  const count = moments[at]![weights];
  if (!count?.counts || !isJudged(count, accepted)) return undefined;
  const { mean, std } = coveredByReals(count.counts.length, sumOf(count.counts));
  return {
    value: coveredIn(count.counts),
    scale: mean,
    chance: mean - spreads * std,
    samples: count.samples,
    real: count.band?.covered,
  };
});

/** Modes covered, against the most that this run has covered in two censuses in a row before, at as many accepted samples. */
export const modesLeft: Measure = (moments, { weights, accepted }) => {
  let [seen, best, before] = ["", 0, 0]; // the last two as shares of what reals would cover
  return moments.map((moment) => {
    const count = moment[weights];
    if (!count?.counts || !isJudged(count, accepted)) return undefined;
    const { counts, samples, band, resolution } = count;
    const K = counts.length;
    const sees = `${resolution} px, ${K} modes`;
    if (sees !== seen) [seen, best, before] = [sees, 0, 0]; // grown: new layers have yet to learn
    const n = sumOf(counts);
    const expected = coveredByReals(K, n).mean;
    const [value, held] = [coveredIn(counts), best];
    const share = Math.min(1, value / expected); // few samples may cover more than is to be expected
    [best, before] = [Math.max(best, Math.min(before, share)), share];
    if (held === 0) return undefined;
    const { mean, std } = coveredByReals(Math.min(K, Math.round(held * K)), n);
    const scale = held * expected;
    return { value, scale, chance: mean - spreads * std, samples, real: band?.covered, held: scale };
  });
};

/** The most modes in any one census of a window, against all modes in the window: low where they take turns. */
export const modesAtOnce: Measure = atEach((moments, at, { weights, accepted }) => {
  if (!moments[at]![weights]?.counts) return undefined;
  const window: Count[] = [];
  for (let i = at; i >= 0 && window.length < hoppingWindow; i--) {
    const count = moments[i]![weights];
    if (count?.counts) window.push(count);
  }
  const K = window[0]!.counts!.length;
  const comparable = (count: Count) => count.counts!.length === K && isJudged(count, accepted);
  if (window.length < hoppingWindow || !window.every(comparable)) return undefined;
  const together = window[0]!.counts!.map((_, mode) => sumOf(window.map(({ counts }) => counts![mode]!)));
  const n = Math.min(...window.map(({ counts }) => sumOf(counts!)));
  const [one, all] = [coveredByReals(K, n), coveredByReals(K, n * hoppingWindow)];
  const scale = (coveredIn(together) * one.mean) / all.mean;
  return {
    value: Math.max(...window.map(({ counts }) => coveredIn(counts!))),
    scale,
    chance: scale - spreads * one.std,
    samples: window[0]!.samples,
    real: window[0]!.band?.covered,
  };
});

/** Mean distance of two samples, two reals being 1: near 0 where G makes one picture whatever z is. */
export const distance: Measure = atEach((moments, at, { weights }) => {
  const count = moments[at]![weights];
  if (!count || count.distance === null || !Number.isFinite(count.distance) || count.samples < fewest)
    return undefined;
  const real = count.band?.distance;
  return { value: count.distance, scale: 1, chance: real?.low, samples: count.samples, real };
});

/** Mean distance of two samples of one mode, two reals of one mode being 1. */
export const distanceWithin: Measure = atEach((moments, at, { weights }) => {
  const count = moments[at]![weights];
  if (!count || !Number.isFinite(count.within ?? NaN) || count.samples < fewest) return undefined;
  const real = count.band?.within;
  return { value: count.within!, scale: 1, chance: real?.low, samples: count.samples, real };
});

/**
 * How far apart D scores reals and fakes, in standard deviations of such scores (the sensitivity index d′ of detection):
 * the same for losses whose scores differ in scale. At 2 the best threshold sorts 84 % of normal scores right.
 */
export const separation: Measure = atEach((moments, at) => {
  const { scoreReal: real, scoreFake: fake } = moments[at]!.stats ?? {};
  if (!real || !fake) return undefined;
  const value = (real.mean - fake.mean) / Math.sqrt((real.std ** 2 + fake.std ** 2) / 2);
  return Number.isFinite(value) ? { value, scale: 1 } : undefined;
});

/** How many statistics and samples are not finite. */
export const notFinite: Measure = atEach((moments, at) => {
  const { stats, average, raw } = moments[at]!;
  if (!stats && !average && !raw) return undefined;
  const numbers = Object.values(stats ?? {}).filter(({ mean, std }) => !Number.isFinite(mean + std)).length;
  const broken = [average, raw].map((count) => {
    if (!count) return 0;
    const whole = count.distance !== null && Number.isFinite(count.distance);
    return count.rejected?.broken || (count.samples >= 2 && !whole ? count.samples : 0);
  });
  return { value: numbers + broken[0]! + broken[1]!, scale: 1 };
});

/** Mean and standard deviation of the number of K equally frequent modes that `n` real samples cover, exactly. */
export function coveredByReals(K: number, n: number): { mean: number; std: number } {
  const missed = (1 - 1 / K) ** n;
  const bothMissed = K > 1 ? (1 - 2 / K) ** n : 0;
  const variance = K * missed + K * (K - 1) * bothMissed - (K * missed) ** 2;
  return { mean: K * (1 - missed), std: Math.sqrt(Math.max(0, variance)) };
}

const coveredIn = (counts: readonly number[]): number => counts.filter((n) => n > 0).length;

const isJudged = ({ samples, counts }: Count, accepted: number): boolean => {
  const n = sumOf(counts!);
  return n > 0 && n >= accepted * samples;
};
