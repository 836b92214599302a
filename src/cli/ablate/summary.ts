// From the runs of a grid to what can be said of its arms: medians, and shares with intervals.

import type { Arm, Grid } from "./grid.ts";
import type { CensusRow } from "./trial.ts";
import type { Weights } from "../fakes.ts";

/** How many of n runs, and the 95 % interval of that share. */
export interface Share {
  hits: number;
  of: number;
  low: number;
  high: number;
}

/** The lowest, middle and highest over runs. */
export interface Spread {
  low: number;
  median: number;
  high: number;
}

/** All runs of an arm at one census. */
export interface Point {
  images: number;
  covered: Spread;
  strict: Spread;
  effective: Spread;
  /** Share of the samples that are counted for no mode. */
  rejects: Spread;
  /** Relative to reals; runs without two whole images count as 0. */
  distance: Spread;
  /** Runs that cover at least 90 % of the modes, at most half of them, and whose samples are nearly one image. */
  most: Share;
  half: Share;
  oneImage: Share;
}

export interface ArmSummary {
  name: string;
  label: string;
  seeds: readonly number[];
  weights: Weights;
  modes: number;
  points: readonly Point[];
  /** Modes covered at the end by each seed. */
  covered: readonly number[];
}

/** Distance relative to reals below which samples are nearly one image (as notes of a census have it). */
const nearlyOne = 0.2;

/** What the finished runs of each shown arm come to. @param runs by arm, then seed */
export function summarise(
  { arms }: Grid,
  runs: ReadonlyMap<Arm, ReadonlyMap<number, CensusRow[]>>,
): ArmSummary[] {
  return arms
    .filter(({ shown }) => shown)
    .flatMap((arm) =>
      (["raw", "average"] as const).flatMap((weights) => {
        const made = [...(runs.get(arm) ?? [])].map(([seed, rows]) => ({
          seed,
          rows: rows.filter((row) => row.weights === weights),
        }));
        if (made.length === 0) return [];
        const points = arm.census.map((images) =>
          pointOf(
            images,
            made.map(({ rows }) => rows.find((row) => row.images === images)!),
          ),
        );
        return [
          {
            name: arm.name,
            label: arm.label,
            seeds: made.map(({ seed }) => seed),
            weights,
            modes: made[0]!.rows[0]!.modes,
            points,
            covered: made.map(({ rows }) => rows.at(-1)!.covered),
          },
        ];
      }),
    );
}

function pointOf(images: number, rows: readonly CensusRow[]): Point {
  const spread = (of: (row: CensusRow) => number) => spreadOf(rows.map(of));
  const share = (is: (row: CensusRow) => boolean) => wilson(rows.filter(is).length, rows.length);
  return {
    images,
    covered: spread(({ covered }) => covered),
    strict: spread(({ strict }) => strict),
    effective: spread(({ effective }) => effective),
    rejects: spread(({ rejects, samples }) => rejects / samples),
    distance: spread(({ distance }) => distance ?? 0),
    most: share(({ covered, modes }) => covered >= 0.9 * modes),
    half: share(({ covered, modes }) => covered <= 0.5 * modes),
    oneImage: share(({ distance }) => distance === null || distance < nearlyOne),
  };
}

/** Of an even number of values the median is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
  return { low: sorted[0]!, median, high: sorted.at(-1)! };
}

/** Wilson's score interval of a share, at 95 % (Wilson 1927): honest near 0 and 1, where others are not. */
export function wilson(hits: number, of: number, z = 1.959964): Share {
  if (of === 0) return { hits, of, low: 0, high: 1 };
  const share = hits / of;
  const middle = share + z ** 2 / (2 * of);
  const reach = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const scale = 1 + z ** 2 / of;
  return {
    hits,
    of,
    low: Math.max(0, (middle - reach) / scale),
    high: Math.min(1, (middle + reach) / scale),
  };
}
