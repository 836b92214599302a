// A row of statistics for each tick, in bounded memory: when there are many, neighbours are joined, and no step is lost.

import { joinRows, type StatsRow } from "../../gan/statistics/stats.ts";

/** `rows` with `row` at the end, and at most about `limit` of them. */
export function addTick(rows: readonly StatsRow[], row: StatsRow, limit = 10_000): readonly StatsRow[] {
  if (rows.length < limit) return [...rows, row];
  const joined: StatsRow[] = [];
  for (let i = 0; i < rows.length; i += 2)
    joined.push(rows[i + 1] ? joinRows(rows[i]!, rows[i + 1]!) : rows[i]!);
  return [...joined, row];
}
