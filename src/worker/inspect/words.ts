// What the page may ask of single samples, and what it is told: plain data, free of tfjs.

import type { Moment } from "../../gan/replay.ts";
import type { Weights } from "../../export/gallery.ts";
import type { Told } from "../../metrics/census/reader.ts";
import type { Birthday, Pair } from "../../metrics/inspect/birthday.ts";
import type { Neighbour, Typical } from "../../metrics/inspect/nearest.ts";

export type { Birthday, Pair } from "../../metrics/inspect/birthday.ts";
export type { Neighbour, Typical } from "../../metrics/inspect/nearest.ts";
export type { Told } from "../../metrics/census/reader.ts";

/** What to look at. Cells are places in the grid of samples, from 0. */
export type Inspect =
  /** One sample: its z, score, mode, and nearest reals. */
  | { type: "sample"; cell: number }
  /** What lies between two latents. */
  | { type: "between"; from: number; to: number }
  /** The closest pairs of a batch: the birthday test. */
  | { type: "pairs" };

/** A moment of the past to look at. */
export interface LookAt extends Moment {
  /** However long steps are taken again; else, where that is long, it is the last moment before it that is kept. */
  exactly: boolean;
}

/** Images of one size: [N,R,R,C] bytes. */
export interface Pictures {
  pixels: Uint8Array<ArrayBuffer>;
  count: number;
  resolution: number;
  channels: 1 | 3;
}

/** The mode of a sample, or why modes can't be told here. */
export type ModeOf = Told | { untold: string };

/** The reals nearest to a sample by one distance. */
export interface NearestReals {
  neighbours: Neighbour[];
  /** Their pictures, nearest first. */
  pictures: Pictures;
  typical: Typical;
}

/** Which G of which moment was looked at. */
export interface Seen {
  images: number;
  step: number;
  alpha: number;
  weights: Weights;
  /** Steps from there to the moment that was asked for. Of the run as it is there are none. */
  behind: number;
}

export interface Sample {
  type: "sample";
  cell: number;
  /** Seed of the run, of whose stream for grids z is number `cell`. */
  seed: number;
  z: Float32Array;
  picture: Pictures;
  /** Of a moment of the past: whether that is the picture kept of it; undefined where none is. */
  asKept?: boolean;
  /** D's score in the minibatch that the cell is of, and the share of reals that are scored lower or the same. */
  score: number;
  scoreBelow: number;
  mode: ModeOf;
  /** Reals that were scored and searched, of how many there are (Infinity: drawn on demand). */
  searched: number;
  reals: number;
  /** Nearest in pixels, and in D's features before it compares images; nothing where a number of the sample is not finite. */
  pixels?: NearestReals;
  features?: NearestReals;
}

export interface Between {
  type: "between";
  from: number;
  to: number;
  /** The angle between both latents, in radians. */
  angle: number;
  /** From the one to the other, both among them. */
  pictures: Pictures;
  /** D's score of each, in the minibatch of `from` and in its place. */
  scores: number[];
  modes: ModeOf[];
}

export interface Pairs extends Birthday {
  type: "pairs";
  /** The closest pairs of fakes, and of the first batch of as many reals. */
  fakes: Pair[];
  reals: Pair[];
  /** Both of each pair, one after the other. */
  pictures: { fakes: Pictures; reals: Pictures };
  /** What the first batch of reals comes to, by the same rule. */
  null: Birthday;
  /** Two are alike when they are closer: than any two of so many batches of reals, or than one of 256 levels, if that is more. */
  radius: number;
  by: "reals" | "level";
  batches: number;
}

export type Found = Seen & (Sample | Between | Pairs);
