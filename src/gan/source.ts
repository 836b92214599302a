// What training asks of a data set. Who reads files, draws shapes or builds pyramids is src/data.

/** Images to learn from, each available at every resolution from 4 up to `resolution`. */
export interface ImageSource {
  /** Name as in settings, e.g. "digits". */
  name: string;
  /** Colour channels of an image: 1 (grey) or 3 (RGB). */
  channels: 1 | 3;
  /** Native and largest resolution in pixels a side, a power of two. */
  resolution: number;
  /** How many different images there are; Infinity where they are drawn on demand. */
  count: number;
  /** The kinds of image there are, where they are known: digits 0 to 9, or shape × colour. */
  modes?: readonly string[];
  /** The kind of image `index`, a place in `modes`. */
  modeOf?(index: number): number;
  /** All images at native resolution as bytes [count,R,R,C], where they are kept so; 0 is -1 and 255 is 1. */
  bytes?: Uint8Array;
  /** Writes image `index` at `resolution` as [R,R,C] in [-1,1] into `out` from `offset`. */
  write(index: number, resolution: number, out: Float32Array, offset: number): void;
}

/** Batches of real images in a seeded order that can be left and taken up again. */
export interface Batches {
  /** The next `count` images at `resolution`, as [N,R,R,C] in [-1,1]. */
  next(resolution: number, count: number): Float32Array;
  /** Images handed out so far: the whole state of the order. */
  place: number;
}
