// What a census asks of whoever tells the modes of a data set apart, and what it may be told.

/** Why an image is counted for no mode. */
export const rejections = {
  /** It is like no mode. */
  stray: -1,
  /** Two modes explain it, each with a fair part. */
  blend: -2,
  /** It has the form of a mode, too dim or too bright. */
  brightness: -3,
  /** It holds a number that is not finite. */
  broken: -4,
} as const;

export type Rejection = keyof typeof rejections;

/** One of the properties that modes are made of: shape, colour, digit of a channel. */
export interface Factor {
  name: string;
  values: readonly string[];
}

/** Tells which mode each image is of. */
export interface ModeReader {
  /** Pixels a side, and colour channels, of the images it reads. */
  resolution: number;
  channels: 1 | 3;
  modes: readonly string[];
  /** Mode a·(values of the second) + b is value a of the first factor and b of the second, and so on. */
  factors: readonly Factor[];
  /**
   * The mode of each image, or why it has none.
   * @param images [N,R,R,C] in [-1,1]
   * @returns [N], places in `modes` or values of `rejections`
   */
  read(images: Float32Array, count: number): Int16Array;
  /** The mode that image `index` is nearest to, be it rejected; nothing where it can't be told. */
  nearest(images: Float32Array, index: number): Nearest | undefined;
}

/** How near an image comes to a mode. */
export interface Nearest {
  /** A place in `modes`. */
  mode: number;
  /**
   * - `distance` to the mode's template, brightness fitted, as a share of the template's length. Accepted up to `limit`.
   * - `likelihood` by the classifier, in [0,1]. Accepted from `limit` on.
   */
  measure: "distance" | "likelihood";
  value: number;
  limit: number;
}

/** What is told of one image: the mode that it counts for, or why for none, and which one it comes nearest to. */
export interface Told {
  mode?: string;
  rejected?: Rejection;
  nearest?: Omit<Nearest, "mode"> & { mode: string };
}

/** Real images to calibrate a census by. Image `index` is always the same one. */
export interface RealImages {
  count: number;
  /** How often each mode occurs in the data, adding up to 1. */
  frequencies: readonly number[];
  modeOf(index: number): number;
  /** Writes image `index` as [R,R,C] in [-1,1] into `out` from `offset`. */
  write(index: number, out: Float32Array, offset: number): void;
}
