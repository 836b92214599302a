// The second run of a pair on the same charts: its lines begin at the fork, and go on from what both share.

import type { FlipEvent, PastCensus, StatName, StatsRow } from "../../worker/protocol.ts";
import { type Curve, curveOf, type Point, type Smoothing } from "./curves.ts";

export interface TwinRows {
  /** What both share, up to the fork. */
  shared: readonly StatsRow[];
  /** B's own rows. Changed in place; `version` counts the changes. */
  rows: readonly StatsRow[];
  version: number;
  /** Of what both share and of B's own samples. */
  censuses: readonly PastCensus[];
  /** Images shown when B was forked off. */
  from: number;
  /** Changes made in B since. */
  events: readonly FlipEvent[];
}

/** B's line of statistic `name`, which rests on B's own steps; its average goes on from that of the shared past. */
export function curveOfTwin(twin: TwinRows, name: StatName, smoothing: Smoothing): Curve {
  const { shared, rows, from } = twin;
  const joint = shared.at(-1)?.images ?? from;
  const whole = curveOf([...shared, ...rows], name, smoothing);
  const own = (points: Point[]) => points.filter(({ x }) => x >= joint);
  const { steps, leftOut } = curveOf(rows, name, smoothing);
  return {
    raw: own(whole.raw),
    smooth: own(whole.smooth),
    low: own(whole.low),
    high: own(whole.high),
    broken: whole.broken.filter((x) => x > joint),
    leftOut,
    steps,
  };
}

export interface SideRow {
  side: "A" | "B" | "A + B";
  row: StatsRow;
}

/** The rows of both runs in order, or of the one there is. */
export function sidesOf(rows: readonly StatsRow[], twin?: TwinRows): SideRow[] {
  if (!twin) return rows.map((row) => ({ side: "A", row }));
  const a = rows.map((row): SideRow => ({ side: row.images <= twin.from ? "A + B" : "A", row }));
  const b = twin.rows.map((row): SideRow => ({ side: "B", row }));
  return [...a, ...b].toSorted((one, other) => one.row.images - other.row.images);
}
