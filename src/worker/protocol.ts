// What the page and the training worker say to each other: two closed unions, and nothing else.

import type { Config } from "../gan/config.ts";
import type { Key, Value } from "../gan/settings.ts";
import type { FlipEvent, PlannedFlip } from "../gan/events.ts";
import type { Stage } from "../gan/schedule.ts";
import type { StatsRow } from "../gan/stats.ts";
import type { OpenEngine } from "../gpu/engine.ts";
import type { Weights } from "../export/gallery.ts";

// Facts about runs that the page shows. None of these files pulls in tfjs.
export * from "../gan/config.ts";
export * from "../gan/settings.ts";
export * from "../gan/events.ts";
export * from "../gan/schedule.ts";
export * from "../gan/stats.ts";
export * from "./link.ts";
export { Trouble } from "../gan/errors.ts";
export { addFrame } from "./frames.ts";
export type { Weights } from "../export/gallery.ts";
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

/** One moment of the timeline: samples of the same z at a tick. */
export interface Frame {
  images: number;
  step: number;
  resolution: number;
  alpha: number;
  /** Grid of EMA samples as a PNG of one pixel a pixel, `columns` tiles wide. */
  png: Blob;
  columns: number;
  /** Changes made since the frame before. */
  events: FlipEvent[];
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
}>;

/** Page to worker: do this. */
export type Command = OneOf<{
  /** Sets up a run and shows its first samples; the run before, if any, is freed. */
  start: { config: Config; planned: PlannedFlip[]; engine: "auto" | EngineName };
  train: object;
  pause: object;
  /** Trains on while paused: so many steps, or to the next tick; only D or only G if asked. */
  step: { count: number | "tick"; only?: "D" | "G" };
  /** Changes a setting of the running run, from the next step on. */
  flip: { key: Key; value: Value };
  /** Puts other changes in the place of those that the run has yet to make. */
  plan: { planned: PlannedFlip[] };
  /** Which G the live grid shows. */
  show: { weights: Weights };
  export: { id: number; what: ExportKind };
  cancel: { id: number };
}>;

/** Worker to page: this happened. */
export type Report = OneOf<{
  /** An engine is up. Sent once after each start, before `started`. */
  engine: { engine: Engine };
  /** The run is set up and paused at 0 images. */
  started: { config: Config; channels: 1 | 3; columns: number };
  training: object;
  /** Why training stands still: asked to, or all images were shown. */
  paused: { because: "asked" | "finished" };
  progress: { progress: Progress };
  /** Statistics of all steps since the row before. At most four a second. */
  stats: { row: StatsRow };
  flipped: { event: FlipEvent };
  samples: { images: number; alpha: number; weights: Weights; grid: Grid };
  /** Real images at the run's resolution and α. */
  reals: { images: number; grid: Grid };
  frame: { frame: Frame };
  /** A number is no longer finite. Training has stopped. */
  diverged: { step: number; tensor: string };
  /**
   * A setting was refused, a run could not start, or a bug. Nothing is left half-started; `live` says whether the run
   * before goes on. An export has its id.
   */
  failed: { during: Command["type"] | "training"; error: Failure; live: boolean; id?: number };
  exporting: { id: number; done: number; total: number };
  exported: { id: number; name: string; file: Blob };
  cancelled: { id: number };
}>;

/** An error as plain data. A remedy marks a fault the person can act on. */
export interface Failure {
  name: string;
  message: string;
  remedy?: string;
  stack?: string;
}
