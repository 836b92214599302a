// What the page and the training worker say to each other: two closed unions, and nothing else.

import type { Config } from "../gan/settings/config.ts";
import type { Key, Value } from "../gan/settings/settings.ts";
import type { FlipEvent, PlannedFlip, PlannedTwin } from "../gan/settings/events.ts";
import type { Stage } from "../gan/settings/schedule.ts";
import type { StatsRow } from "../gan/statistics/stats.ts";
import type { Notice, OpenEngine } from "../gpu/engine.ts";
import type { Weights } from "../export/gallery.ts";
import type { Moment } from "../gan/replay.ts";
import type { TestedCensus } from "../metrics/census/census.ts";
import type { Measured } from "./counting/measuring.ts";
import type { Frame, Past } from "../store/history/chronicle.ts";
import type { RunCard } from "../store/pgan/manifest.ts";
import type { RunEntry } from "../store/runs/library.ts";
import type { Verdict } from "../store/verify.ts";
import type { Found, Inspect, LookAt } from "./inspect/words.ts";

// Facts about runs that the page shows. None of these files pulls in tfjs.
export * from "../gan/settings/config.ts";
export * from "../gan/settings/settings.ts";
export * from "../gan/settings/events.ts";
export * from "../gan/settings/schedule.ts";
export * from "../gan/statistics/stats.ts";
export type * from "./inspect/words.ts";
export * from "./link.ts";
export * from "../lab/cards.ts";
export * from "../lab/read.ts";
export * from "../lab/recording.ts";
export * from "../lab/strip.ts";
export { Trouble } from "../gan/errors.ts";
export { areOfOne } from "../store/pgan/manifest.ts";
export { type Alarm, type Evidence, findAlarms } from "../metrics/alarms/alarms.ts";
export { inStretches, joinMoments, type Moment as AlarmMoment } from "../metrics/alarms/moments.ts";
export { type AlarmName, calibratedOn } from "../metrics/alarms/rules.ts";
export { addCensus, type PastCensus } from "../store/history/censuses.ts";
export { addFrame, frameLimit } from "../store/history/frames.ts";
export { createSeries } from "../store/history/series.ts";
export type { Weights } from "../export/gallery.ts";
export type { Moment } from "../gan/replay.ts";
export type { Measured, MeasuredFigure } from "./counting/measuring.ts";
export { effectiveModes } from "../metrics/census/expected.ts";
export type { Census, TestedCensus } from "../metrics/census/census.ts";
export type { Frame, Past } from "../store/history/chronicle.ts";
export type { ScoreCounts } from "../gan/statistics/scores.ts";
export type { RunCard } from "../store/pgan/manifest.ts";
export type { RunEntry } from "../store/runs/library.ts";
export type { Verdict } from "../store/verify.ts";
export type { Notice } from "../gpu/engine.ts";

/** One union member per entry: { start: { config } } becomes { type: "start", config }. */
type OneOf<T> = { [K in keyof T]: { type: K } & T[K] }[keyof T];

export type EngineName = OpenEngine["name"];

/** The machine a run trains on, in words a person can check. */
export type Engine = Pick<OpenEngine, "name" | "device" | "software" | "notice">;

/** A grid of images as bytes: tiles left to right, top to bottom. */
export interface Grid {
  /** [N,R,R,C] bytes, one image after the other. */
  pixels: Uint8Array<ArrayBuffer>;
  count: number;
  resolution: number;
  channels: 1 | 3;
}

/** Where a run stands, sent at most a few times a second. */
export interface Progress {
  images: number;
  step: number;
  stage: Stage;
  /** Steps a second over the last seconds; 0 while paused. */
  stepsPerSec: number;
  /** Seconds to the end of the phase and of the run at this speed; Infinity where unknown. */
  secToNextPhase: number;
  secToEnd: number;
  /** Tensors alive in the worker, and bytes they hold. */
  tensors: number;
  bytes: number;
}

/** The folder of all runs, in the browser's file system. */
export const runsFolder = "runs";

/** Where runs are kept between visits, and how much room there is. */
export interface Storage {
  /** "memory": what is kept is gone with the page, for the reason that `why` tells. */
  kind: "disk" | "memory";
  why?: Notice;
  /** Bytes in use by this page and allowed to it, as far as the browser tells. */
  usage?: number;
  quota?: number;
}

/** What to save. */
export type ExportKind = OneOf<{
  /** The grid of samples; `scale` screen pixels a pixel. */
  grid: { weights: Weights; scale: number };
  /** A zip of single samples, drawn anew from `seed`. */
  samples: { weights: Weights; count: number; seed: number };
  /** The timeline as one picture: rows are the same z, columns are moments. */
  filmstrip: { rows: number; scale: number };
  /** One JSON object a tick. */
  stats: object;
  /** The run as it stands, with its past: a .pgan file. */
  checkpoint: { of?: Side };
  /** A run that is kept, as a .pgan file. */
  run: { id: string };
}>;

export type EngineChoice = "auto" | EngineName;

/** The runs of a pair: the one that was there, and the one forked off it. */
export type Side = "A" | "B";

/** Page to worker: do this. */
export type Command = OneOf<{
  /**
   * Sets up a run and shows its first samples; the run before, if any, is saved and freed. `anyway`, here and below:
   * although it can't be saved.
   */
  start: {
    config: Config;
    planned: PlannedFlip[];
    /** Forked off once its images were shown. */
    twin?: PlannedTwin;
    engine: EngineChoice;
    anyway?: boolean;
  };
  /** Takes up a run that is kept, or one in a file, where it was left. */
  open: { from: { id: string } | { file: Blob }; engine: EngineChoice; anyway?: boolean };
  /** Begins a run of its own at a moment of this one's past, or of its twin's, with these changes made there. */
  branch: {
    at: Moment;
    of?: Side;
    changes: { key: Key; value: Value }[];
    engine: EngineChoice;
    anyway?: boolean;
  };
  train: object;
  pause: object;
  /** Trains on while paused: so many steps, or to the next tick; only D or only G if asked. */
  step: { count: number | "tick"; only?: "D" | "G" };
  /** Changes a setting of the running run, from the next step on; of which, where it has a twin: A unless told. */
  flip: { key: Key; value: Value; of?: Side | "both" };
  /**
   * Forks a twin off the run that is live: B, which shares every bit with A, and then has these settings changed. From
   * there on both are trained in turn. B is kept as a run of its own.
   */
  fork: { changes: { key: Key; value: Value }[] };
  /** Goes on with one of the pair alone. The other one is saved, and can be taken up again. */
  endTwin: { keep: Side; anyway?: boolean };
  /** Puts other changes in the place of those that the run and its twin have yet to make; a twin to come comes no more. */
  plan: { planned: PlannedFlip[] };
  /** Which G the live grid shows. */
  show: { weights: Weights };
  /** Measures samples by metrics that need no modes; and again now and then, as far as the budget goes, until told otherwise. */
  measure: { again: boolean };
  /** Saves the run now, e.g. before the page is hidden. */
  keep: object;
  /** Asks for the list of runs that are kept. */
  list: object;
  /** Takes files of runs in, and opens none of them. */
  takeIn: { files: readonly Blob[] };
  /** Makes a pair of two runs that were one at the moment that both tell of, as copies of a pair are. */
  tie: { ids: readonly [string, string] };
  rename: { id: string; name: string };
  remove: { id: string };
  /** Looks closely at samples of the run or its twin: as it is, from the G that is shown, or as it was. The newest one counts. */
  inspect: { id: number; of: Side; what: Inspect; at?: LookAt };
  export: { id: number; what: ExportKind };
  cancel: { id: number };
}>;

/** What the page is told of a run while it goes on. */
export type RunReport = OneOf<{
  /** The run's newest state is kept. */
  saved: { images: number; step: number; bytes: number };
  /** It could not be kept. The run goes on. */
  unsaved: { notice: Notice };
  progress: { progress: Progress };
  /** Statistics of all steps since the row before. At most four a second. */
  stats: { row: StatsRow };
  flipped: { event: FlipEvent };
  samples: { images: number; alpha: number; weights: Weights; grid: Grid };
  frame: { frame: Frame };
  /** How many modes samples of the run as it was at that moment show, and what real data would score. */
  census: { images: number; step: number; weights: Weights; census: TestedCensus };
  /** They could not be counted. */
  uncounted: { notice: Notice };
  /** What one metric says of samples, or why none does; so many are still to come. */
  measured: {
    images: number;
    step: number;
    weights: Weights;
    left: number;
    measured?: Measured;
    notice?: Notice;
  };
  /** A number is no longer finite. Training has stopped. `good` is the last moment known to be sound. */
  diverged: { step: number; tensor: string; good: Moment & { images: number } };
}>;

/** Worker to page: this happened. Without more said, to the run that is live, or A of a pair. */
export type Report = RunReport | PageReport;

type PageReport = OneOf<{
  /** An engine is up. Sent once after each start, before `started`. */
  engine: { engine: Engine };
  /** The run is set up and paused; with a past where it goes on from one. */
  started: {
    run: RunCard;
    config: Config;
    planned: readonly PlannedFlip[];
    twin?: PlannedTwin;
    channels: 1 | 3;
    columns: number;
    past?: Past & { events: readonly FlipEvent[] };
  };
  /** Steps are taken again, up to the moment that is wanted. */
  replaying: { done: number; total: number };
  /** What the check of a run that was taken up came to. */
  verified: { verdict: Verdict };
  library: { runs: readonly RunEntry[]; storage: Storage };
  /** The engine was lost: another one is opened. */
  recovering: { notice: Notice };
  /** The run is where it was when the engine was lost. */
  recovered: { step: number; redone: number };
  training: object;
  /** Why training stands still: asked to, or all images were shown. */
  paused: { because: "asked" | "finished" };
  /** Real images at the run's resolution and α. */
  reals: { images: number; grid: Grid };
  /**
   * The run has a twin, whose whole state was compared and is the same; its changes are told next. It had made
   * `eventsMade` changes when it was forked off. `taken`: it was forked off on an earlier visit, and taken up again.
   */
  forked: {
    run: RunCard;
    config: Config;
    planned: readonly PlannedFlip[];
    compared: Compared;
    eventsMade: number;
    taken?: TakenUp;
  };
  /** The one of a pair that was saved earlier takes the steps again that lie between, so many of them by now. */
  levelled: { side: Side; steps: number; done: boolean };
  /** Both were compared again, as nothing sets them apart. */
  compared: { compared: Compared };
  /** This happened to B. */
  twin: { report: RunReport };
  /** The run goes on without its twin; why, where nobody asked for that. */
  alone: { notice?: Notice };
  /**
   * A setting was refused, a run could not start, or a bug. Nothing is left half-started; `live` says whether the run
   * before goes on. An export has its id. `lost`: the GPU failed more than once. `unsaved`: the run before can't be saved, and was not left.
   */
  failed: {
    during: Command["type"] | "training";
    error: Failure;
    live: boolean;
    id?: number;
    lost?: boolean;
    unsaved?: boolean;
  };
  /** What was looked at, or why it could not be; before that, how many steps to a moment of the past were taken again. */
  inspected: { id: number; of: Side; found: Found };
  uninspected: { id: number; notice: Notice };
  retracing: { id: number; done: number; total: number };
  exporting: { id: number; done: number; total: number };
  exported: { id: number; name: string; file: Blob };
  cancelled: { id: number };
}>;

/** What comparing all state of both twins came to. */
export interface Compared {
  images: number;
  step: number;
  /** Hash of A's state; B's is the same where they are equal. */
  sha256: string;
  equal: boolean;
}

/** What a twin that was taken up again brings along. */
export interface TakenUp {
  /** B's own, since the fork. */
  past: Past & { events: readonly FlipEvent[] };
  /** What could not be checked of the pair, or turned out otherwise, each in a sentence. */
  doubts: readonly string[];
}

/** An error as plain data. A remedy marks a fault the person can act on. */
export interface Failure {
  name: string;
  message: string;
  remedy?: string;
  stack?: string;
}
