// A recording as the text of its file. What both arms have in common is there once.

import type { FlipEvent } from "../gan/settings/events.ts";
import { keptConfig } from "../gan/settings/settings.ts";
import type { ScoreCounts } from "../gan/statistics/scores.ts";
import type { StatsRow } from "../gan/statistics/stats.ts";
import { type Columns, shortened, toColumns } from "./columns.ts";
import type { Arm, Count, Moment, Recording } from "./recording.ts";

/** A stretch of a run; its pictures are in a strip of its own. */
export interface Stretch {
  events: readonly FlipEvent[];
  rows: readonly StatsRow[];
  moments: readonly Moment[];
}

/** A recording in its parts. */
export interface Parts extends Omit<Recording, "arms"> {
  /** What the arms share, up to the fork. */
  trunk?: Stretch;
  arms: readonly (Pick<Arm, "label" | "config"> & Stretch)[];
}

export const format = "pggan recording";
export const version = 1;

/** The text of recording.json. Numbers that are not whole are kept to four significant digits. */
export function writeRecording({ maker, fork, rulers, trunk, arms }: Parts): string {
  const file = {
    format,
    version,
    maker,
    fork,
    rulers,
    trunk: trunk && written(trunk),
    arms: arms.map(({ label, config, ...stretch }) => ({
      label,
      config: keptConfig(config),
      ...written(stretch),
    })),
  };
  return `${JSON.stringify(file)}\n`;
}

function written({ events, rows, moments }: Stretch): { events: object; rows: Columns; moments: object } {
  return {
    events,
    rows: toColumns(rows),
    moments: moments.map(({ average, raw, scores, ...place }) => ({
      ...place,
      average: shortCount(average),
      raw: shortCount(raw),
      scores: scores && shortScores(scores),
    })),
  };
}

const shortCount = (count: Count): Count => ({
  ...count,
  effective: shortened(count.effective)!,
  kl: count.kl === null ? null : shortened(count.kl),
  distance: count.distance === null ? null : shortened(count.distance),
});

/** Its ends to eight digits: D may score everything nearly alike, and the bins of that must keep a width. */
const shortScores = ({ low, high, ...counts }: ScoreCounts): ScoreCounts => ({
  low: Number(low.toPrecision(8)),
  high: Number(high.toPrecision(8)),
  ...counts,
});
