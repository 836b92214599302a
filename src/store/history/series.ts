// The statistics of a whole run in bounded memory: rows are joined as the run grows, and no step is lost.

import { joinRows, type StatsRow } from "../../gan/statistics/stats.ts";

export interface Series {
  /** Rows in order, the last one perhaps still growing. The array is changed in place. */
  readonly rows: readonly StatsRow[];
  push(row: StatsRow): void;
  clear(): void;
}

/**
 * An empty series of at most about `limit` rows, all resting on a similar number of pushes.
 * When it is full, neighbours of the same resolution are joined, and from then on twice as many pushes make a row.
 * Pushing takes constant time on average.
 */
export function createSeries(limit = 2000): Series {
  const rows: StatsRow[] = [];
  /** Pushes that the last row holds, pushes that make a row, and rows that make the series full. */
  let held = 0;
  let stride = 1;
  let full = limit;

  return {
    rows,

    push(row) {
      const last = rows.at(-1);
      if (last && held < stride && last.resolution === row.resolution) {
        rows[rows.length - 1] = joinRows(last, row);
        held++;
        return;
      }
      rows.push(row);
      held = 1;
      if (rows.length <= full) return;

      if (joinNeighbours(rows)) held += stride;
      stride *= 2;
      // Rows of different resolutions never join. Should they be many, halving must stay rare all the same.
      full = Math.max(limit, Math.ceil(1.5 * rows.length));
    },

    clear() {
      rows.length = 0;
      held = 0;
      stride = 1;
      full = limit;
    },
  };
}

/** Joins each row with the next one if they share a resolution, in place. Tells whether the last row took part. */
function joinNeighbours(rows: StatsRow[]): boolean {
  let kept = 0;
  let joined = false;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const next = rows[i + 1];
    joined = next?.resolution === row.resolution;
    rows[kept++] = joined && next ? joinRows(row, next) : row;
    if (joined) i++;
  }
  rows.length = kept;
  return joined;
}
