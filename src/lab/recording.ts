// A recorded experiment: all that a page needs to show one or two runs again, with no engine and no tfjs.

import type { Config } from "../gan/settings/config.ts";
import type { FlipEvent } from "../gan/settings/events.ts";
import type { ScoreCounts } from "../gan/statistics/scores.ts";
import type { StatsRow } from "../gan/statistics/stats.ts";

/** An experiment as it is shown: its arms from their first image on, also where they shared a stretch. */
export interface Recording {
  maker: Maker;
  /** Where the arms parted. Up to there they are one and the same run. Undefined: they never shared a step. */
  fork?: { images: number; step: number };
  /** A, or A and B. */
  arms: readonly Arm[];
  /** What each census counted, by resolution. */
  rulers: readonly Ruler[];
}

/** Who made a recording, and how to make it again. */
export interface Maker {
  /** Of the project's sources. */
  commit: string;
  /** In the project's folder. */
  command: string;
  engine: string;
  device: string;
  agent: string;
  app: string;
  /** Day and time, UTC, ISO 8601. */
  date: string;
}

/** One run of an experiment. */
export interface Arm {
  /** What sets it apart, e.g. "minibatch stddev off". */
  label: string;
  /** Settings before the first step. */
  config: Config;
  events: readonly FlipEvent[];
  /** Statistics of all its steps, none left out. */
  rows: readonly StatsRow[];
  moments: readonly PlacedMoment[];
}

/** Samples and census at one moment of a run. */
export interface Moment {
  images: number;
  step: number;
  resolution: number;
  alpha: number;
  /** Of the average of G, which the picture shows, and of G itself. */
  average: Count;
  raw: Count;
  /** D's scores of the samples of the picture, and of as many reals. Recordings of before these were kept have none. */
  scores?: ScoreCounts;
}

/** With the place of its picture: `columns`² samples of the same z in each, in the strip `file`, from pixel row `top` on. */
export interface PlacedMoment extends Moment {
  file: string;
  top: number;
}

/** A census of one G. */
export interface Count {
  /** Modes with at least one sample; with at least a quarter of their fair share; exp of the entropy of accepted samples. */
  covered: number;
  strict: number;
  effective: number;
  /** Samples that are of no mode. */
  rejects: number;
  /** KL(model‖data) of accepted samples in nats; null where there are none. */
  kl: number | null;
  /** Mean distance of two samples as a share of that of two real images; null where there are no two. */
  distance: number | null;
  /** Samples of each mode. */
  counts: readonly number[];
}

/** Numbers of a census that real data has a band for. */
export const measures = ["covered", "strict", "effective", "rejects", "kl", "distance"] as const;
export type Measure = (typeof measures)[number];

/** The lowest, middle and highest that as many real images scored. */
export interface Range {
  low: number;
  median: number;
  high: number;
}

/** What a census at one resolution counts, and what real images score in it. */
export interface Ruler {
  resolution: number;
  /** Samples in each census. */
  samples: number;
  /** The modes that can be told apart there. */
  names: readonly string[];
  /** What modes are made of, to lay out a heat map: cells are counted through the last factor first. */
  factors: readonly { name: string; values: readonly string[] }[];
  /** For each cell, the place in `names` of its mode. */
  places: readonly number[];
  /** Draws of real images behind the band. */
  draws: number;
  band: Readonly<Record<Measure, Range>>;
}

/** Samples in a row of a picture, and rows. */
export const columns = 8;

/** Files of a recording's folder. */
export const recordingName = "recording.json";
export const stripNames = { trunk: "trunk.png", arms: ["a.png", "b.png"] } as const;

/** The ruler that a moment was measured by. */
export function rulerOf({ rulers }: Pick<Recording, "rulers">, { resolution }: Moment): Ruler {
  return rulers.find((ruler) => ruler.resolution === resolution)!; // reading has seen to it
}
