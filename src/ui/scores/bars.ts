// A histogram of D's scores as shapes to draw, and in words.

import type { ScoreCounts } from "../../worker/protocol.ts";
import { counted, measure } from "../charts/numbers.ts";
import { count } from "../words/format.ts";

export interface Bars {
  /** Outline of the reals' bins, as an SVG path in a box of 1 by 1, upside down as SVG is. */
  reals: string;
  /** The fakes' bins that hold anything. */
  fakes: { x: number; width: number; height: number }[];
  /** Where score 0 lies, in [0,1], if it is in the range. */
  zero?: number;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0);

/** Bins as shares of their own kind, all to one scale: the fullest bin of either fills the height. */
export function barsOf({ low, high, reals, fakes }: ScoreCounts): Bars {
  const [ofReals, ofFakes] = [reals, fakes].map((counts) => {
    const all = Math.max(1, sum(counts));
    return counts.map((n) => n / all);
  }) as [number[], number[]];
  const most = Math.max(...ofReals, ...ofFakes, 1e-9);
  const width = 1 / reals.length;
  const steps = ofReals.map((share, i) => `V${round(1 - share / most)}H${round((i + 1) * width)}`);
  const zero = -low / (high - low);
  return {
    reals: `M0 1${steps.join("")}V1`,
    fakes: ofFakes.flatMap((share, i) => (share > 0 ? [{ x: i * width, width, height: share / most }] : [])),
    ...(zero >= 0 && zero <= 1 && { zero }),
  };
}

const round = (x: number): number => Math.round(x * 1e4) / 1e4;

/** How many scores it rests on. */
export const basisOf = ({ reals, fakes }: ScoreCounts): string =>
  `${counted(sum(fakes), "fake")}, ${counted(sum(reals), "real")}`;

/** The share of both histograms that lies over each other, in [0,1]: 1 where D can't tell them apart by its scores. */
export function overlapOf({ reals, fakes }: Pick<ScoreCounts, "reals" | "fakes">): number {
  const [ofReals, ofFakes] = [sum(reals), sum(fakes)];
  if (ofReals === 0 || ofFakes === 0) return 0;
  return sum(reals.map((n, i) => Math.min(n / ofReals, fakes[i]! / ofFakes)));
}

/** "64 reals between −1.2 and 3.4", by the bins that they lie in. */
function spanOf(name: string, counts: readonly number[], { low, high }: ScoreCounts): string {
  const first = counts.findIndex((n) => n > 0);
  if (first < 0) return `no ${name} with a finite score`;
  const width = (high - low) / counts.length;
  const [from, to] = [low + first * width, low + (counts.findLastIndex((n) => n > 0) + 1) * width];
  return `${count(sum(counts))} ${name} between ${measure(from)} and ${measure(to)}`;
}

/** What the histogram shows, in a sentence. */
export const inWords = (scores: ScoreCounts): string =>
  `${spanOf("reals", scores.reals, scores)}, ${spanOf("fakes", scores.fakes, scores)}; ` +
  `they overlap by ${Math.round(100 * overlapOf(scores))} %`;
