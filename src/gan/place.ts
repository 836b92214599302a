// Where a run stands, as plain data: all that it is continued from, besides its tensors.

import type { Config } from "./config.ts";
import type { FlipEvent, PlannedFlip } from "./events.ts";
import type { TallyCounts } from "./tally.ts";

/** The random streams that are drawn from step to step. */
const streamNames = ["z/D", "z/G", "mix", "augment"] as const;
export type StreamName = (typeof streamNames)[number];

export interface Place {
  /** Settings as they are now. */
  config: Config;
  /** Real images shown to D. */
  images: number;
  /** Steps taken, and steps of D. */
  step: number;
  stepsOfD: number;
  /** Newest resolution that has layers, and whether it fades (or faded) in; settled when it was born. */
  resolution: number;
  fadesIn: boolean;
  /** Changes made, and changes to come. */
  events: FlipEvent[];
  planned: PlannedFlip[];
  /** Steps that Adam has taken with each parameter. */
  ages: Record<string, number>;
  /** Steps since statistics were last read. */
  tallied: TallyCounts;
  /** Blocks drawn from each random stream, and images taken from the data set. */
  streams: Record<StreamName, number>;
  data: number;
}

/** A record with one value for each stream. */
export function forEachStream<T>(valueOf: (name: StreamName) => T): Record<StreamName, T> {
  const [zD, zG, mix, augment] = streamNames;
  return { [zD]: valueOf(zD), [zG]: valueOf(zG), [mix]: valueOf(mix), [augment]: valueOf(augment) };
}

/** A copy that later steps do not change. */
export function copyOf({ events, planned, ages, tallied, streams, ...rest }: Place): Place {
  return {
    ...rest,
    events: [...events],
    planned: [...planned],
    ages: { ...ages },
    tallied: { ...tallied },
    streams: { ...streams },
  };
}

/** Where a new run begins. */
export function firstPlace(config: Config, planned: readonly PlannedFlip[]): Place {
  return {
    config: { ...config },
    images: 0,
    step: 0,
    stepsOfD: 0,
    resolution: config.from,
    fadesIn: config.fadeIn,
    events: [],
    planned: [...planned],
    ages: {},
    tallied: { D: 0, G: 0, penalised: 0 },
    streams: forEachStream(() => 0),
    data: 0,
  };
}
