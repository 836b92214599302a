// The alarms of a run from what is known of its past. Loaded once something was measured: a page that trains nothing does without.

import {
  type Alarm,
  type AlarmMoment,
  calibratedOn,
  findAlarms,
  type FlipEvent,
  inStretches,
  joinMoments,
  type PastCensus,
  type StatsRow,
} from "../../worker/protocol.ts";

/** What is known of a run, each in the order of steps. */
export interface KnownPast {
  censuses: readonly AlarmMoment[];
  rows: readonly StatsRow[];
  events: readonly FlipEvent[];
}

export const alarmsIn = ({ censuses, rows, events }: KnownPast): Alarm[] =>
  findAlarms(joinMoments(censuses, inStretches(rows, calibratedOn.rowImages)), events);

/** Censuses as alarms look at them: by which G they are of. */
export const momentsOf = (censuses: readonly PastCensus[]): AlarmMoment[] =>
  censuses.map((census) => ({ images: census.images, step: census.step, [census.weights]: census }));

export { marksOf } from "./marks.ts";
export { newsOf } from "./words.ts";
