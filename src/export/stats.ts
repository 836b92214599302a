// The statistics of a run as text: one flat JSON object a line.

import type { StatsRow } from "../gan/statistics/stats.ts";

/**
 * A row as one line of stats.jsonl: images, step, resolution, alpha and secPerStep, then for each statistic `name` its
 * mean as `name`, its standard deviation as `name_std` and the steps it rests on as `name_n`.
 * A number that is not finite is null, as JSON has no other word for it.
 */
export function statsLine({ stats, ...place }: StatsRow): string {
  const flat: Record<string, number> = { ...place };
  for (const [name, { mean, std, n }] of Object.entries(stats)) {
    flat[name] = mean;
    flat[`${name}_std`] = std;
    flat[`${name}_n`] = n;
  }
  return JSON.stringify(flat) + "\n";
}

/** The whole of stats.jsonl. */
export const statsJsonl = (rows: readonly StatsRow[]): string => rows.map(statsLine).join("");
