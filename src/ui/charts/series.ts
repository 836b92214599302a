// The statistics of a whole run in bounded memory: old rows are joined in pairs, and no step is lost.

import { joinRows, type StatsRow } from "../../worker/protocol.ts";

export interface Series {
  /** Rows in order. The array is changed in place. */
  readonly rows: readonly StatsRow[];
  push(row: StatsRow): void;
  clear(): void;
}

/**
 * An empty series of at most `limit` rows (and one for each resolution, where those are many).
 * A full series is halved: neighbours of one resolution are joined, so that a row then rests on more steps.
 * Pushing takes constant time on average.
 */
export function createSeries(limit = 2000): Series {
  const rows: StatsRow[] = [];
  let threshold = limit;

  return {
    rows,

    push(row) {
      rows.push(row);
      if (rows.length <= threshold) return;
      joinNeighbours(rows);
      // Rows of different resolutions never join; with very many of those the halving must stay rare all the same.
      threshold = Math.max(limit, 2 * rows.length);
    },

    clear() {
      rows.length = 0;
      threshold = limit;
    },
  };
}

/** Joins each row with the next one of its resolution, in place. */
function joinNeighbours(rows: StatsRow[]): void {
  let kept = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const next = rows[i + 1];
    const joins = next?.resolution === row.resolution;
    rows[kept++] = joins ? joinRows(row, next) : row;
    if (joins) i++;
  }
  rows.length = kept;
}
