// How D's scores of some reals and some fakes are spread: both counted in the same bins, so that they can be laid over each
// other.

import type { Guards } from "../untrusted.ts";

/** Bins of a count that is kept with a moment of a run. */
export const scoreBins = 24;

/** D's scores of one moment, as a histogram of reals and one of fakes over the same range. */
export interface ScoreCounts {
  /** Lowest and highest score: the ends of the first and of the last bin. low < high. */
  low: number;
  high: number;
  /** Scores in each bin, as many bins of reals as of fakes. A score that is not finite is in none. */
  reals: number[];
  fakes: number[];
}

/**
 * Counts scores in bins of equal width between the lowest and the highest of all. A bin holds its lower end, the last one
 * its upper end too.
 * @returns nothing where no score is finite
 */
export function countScores(
  reals: ArrayLike<number>,
  fakes: ArrayLike<number>,
  bins = scoreBins,
): ScoreCounts | undefined {
  const finite = [reals, fakes].map((scores) => Array.from(scores).filter(Number.isFinite));
  const all = finite.flat();
  if (all.length === 0) return undefined;
  let [low, high] = [Math.min(...all), Math.max(...all)];
  // Scores that are all but equal would leave bins without a width.
  const least = 1e-6 * Math.max(1, Math.abs(low), Math.abs(high));
  if (high - low < least) [low, high] = [low - least, high + least];
  const [ofReals, ofFakes] = finite.map((scores) => {
    const counts = new Array<number>(bins).fill(0);
    for (const score of scores) {
      const bin = Math.min(bins - 1, Math.floor(((score - low) / (high - low)) * bins));
      counts[bin] = counts[bin]! + 1;
    }
    return counts;
  });
  return { low, high, reals: ofReals!, fakes: ofFakes! };
}

/** More bins than any histogram has. */
const mostBins = 256;

/**
 * A histogram that comes from outside. However many bins it has: how fine one is may change, and older ones stay readable.
 * @param guards refuse what it can't be
 */
export function checkScores(
  what: string,
  value: unknown,
  { list, record, refuse, whole }: Guards,
): ScoreCounts {
  const { low, high, reals, fakes } = record(what, value);
  if (typeof low !== "number" || typeof high !== "number" || !(high > low) || !Number.isFinite(high - low))
    return refuse(`${what}.high`, high, "a number above low");
  const bins = (name: string, counts: unknown) => {
    const found = list(`${what}.${name}`, counts).map((n, i) => whole(`${what}.${name}[${i}]`, n));
    const fits = found.length >= 1 && found.length <= mostBins;
    return fits ? found : refuse(`${what}.${name}`, `${found.length} bins`, `1 to ${mostBins} bins`);
  };
  const [ofReals, ofFakes] = [bins("reals", reals), bins("fakes", fakes)];
  if (ofReals.length !== ofFakes.length)
    refuse(`${what}.fakes`, `${ofFakes.length} bins`, `as many bins as reals, ${ofReals.length}`);
  return { low, high, reals: ofReals, fakes: ofFakes };
}
