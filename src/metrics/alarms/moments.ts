// What alarms are judged by: the censuses and the statistics of a run, moment by moment. Plain data, no tfjs.

import { firstNonFinite, joinRows, type StatsRow } from "../../gan/statistics/stats.ts";

/** Of G itself, or of its moving average. */
export type Weights = "average" | "raw";

/** The lowest, middle and highest that as many real images score. */
export interface Range {
  low: number;
  median: number;
  high: number;
}

/** What is known of the samples of a moment. A census is one; of data without modes there are no `counts`. */
export interface Count {
  samples: number;
  /** Pixels a side, where runs grow. */
  resolution?: number;
  /** Samples of each mode; those left over are rejects. */
  counts?: readonly number[];
  /** Mean distance of two samples as a share of that of two reals; null where no two samples are whole. */
  distance: number | null;
  /** The same of two samples of one mode; null or absent where it is not known. */
  within?: number | null;
  /** Samples that hold a number which is not finite. */
  rejected?: { readonly broken: number };
  /** What as many real samples score. */
  band?: { readonly covered?: Range; readonly distance?: Range; readonly within?: Range };
}

/** A run at one moment, as far as it was looked at. */
export interface Moment {
  images: number;
  step: number;
  average?: Count;
  raw?: Count;
  /** Over the steps since the row before. */
  stats?: StatsRow["stats"];
}

/** Censuses and rows of statistics in the order of images, as one moment where both were taken at the same step. */
export function joinMoments(
  censuses: readonly Moment[],
  rows: readonly Pick<StatsRow, "images" | "step" | "stats">[],
): Moment[] {
  const joined = new Map<number, Moment>();
  for (const { images, step, stats } of rows) joined.set(step, { images, step, stats });
  for (const census of censuses) joined.set(census.step, { ...joined.get(census.step), ...census });
  return [...joined.values()].sort((a, b) => a.step - b.step);
}

/**
 * Statistics in stretches of at least `images` images, as alarms are calibrated on: a bound for the mean of many steps says
 * little of a few. A stretch ends early where the resolution changes, and where a number is not finite; the last one is
 * left out until it is full.
 */
export function inStretches(rows: readonly StatsRow[], images: number): StatsRow[] {
  const stretches: StatsRow[] = [];
  let [open, from]: [StatsRow | undefined, number] = [undefined, 0];
  rows.forEach((row, i) => {
    open = open ? joinRows(open, row) : row;
    const isLast = i + 1 < rows.length && rows[i + 1]!.resolution !== row.resolution;
    if (row.images - from < images && !isLast && !firstNonFinite(row)) return;
    stretches.push(open);
    [open, from] = [undefined, row.images];
  });
  return stretches;
}
