// What metrics measure: sets of images and of feature vectors, checked once at the door.

import { Trouble } from "../gan/errors.ts";

/** Images as they would be shown: bytes, so that reals and fakes are rounded alike. */
export interface ImageSet {
  /** [N,R,R,C] */
  pixels: Uint8ClampedArray;
  count: number;
  size: number;
  channels: number;
}

/** One feature vector for each image. */
export interface Features {
  /** [N,F] */
  values: Float64Array;
  count: number;
  width: number;
}

/**
 * Images from bytes, which are kept as they are, or from a network's numbers, of which [-1,1] becomes [0,255].
 * @param pixels [N,R,R,C]
 * @throws Trouble when a number is not finite
 * @throws RangeError when the length does not fit the shape
 */
export function imageSet(
  pixels: Uint8Array | Uint8ClampedArray | Float32Array,
  [count, size, width, channels]: readonly [number, number, number, number],
): ImageSet {
  const length = count * size * size * channels;
  if (width !== size || pixels.length !== length)
    throw new RangeError(
      `${pixels.length} numbers are not images of shape [${[count, size, width, channels]}]`,
    );
  if (!(pixels instanceof Float32Array))
    return { pixels: new Uint8ClampedArray(pixels), count, size, channels };

  checkFinite(pixels, count, "images");
  // A clamped array rounds to the nearest byte and halves to even.
  return { pixels: Uint8ClampedArray.from(pixels, (v) => (v + 1) * 127.5), count, size, channels };
}

/**
 * Feature vectors from plain numbers.
 * @param values [N,F], finite
 * @throws Trouble when a number is not finite
 * @throws RangeError when the length does not fit the shape
 */
export function featureSet(values: ArrayLike<number>, [count, width]: readonly [number, number]): Features {
  if (values.length !== count * width || width < 1)
    throw new RangeError(`${values.length} numbers are not features of shape [${count},${width}]`);
  checkFinite(values, count, "feature vectors");
  return { values: Float64Array.from(values), count, width };
}

/** The images at `indices`, copied. */
export function takeImages(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  const { size, channels } = set;
  return {
    pixels: takeRows(set.pixels, size * size * channels, indices),
    count: indices.length,
    size,
    channels,
  };
}

/** The feature vectors at `indices`, copied. */
export function takeFeatures(set: Features, indices: ArrayLike<number>): Features {
  return {
    values: takeRows(set.values, set.width, indices),
    count: indices.length,
    width: set.width,
  };
}

/** Rows of a matrix of `width` columns. */
function takeRows<T extends Uint8ClampedArray | Float64Array>(
  values: T,
  width: number,
  indices: ArrayLike<number>,
): T {
  const rows = values.slice(0, 0).constructor as new (length: number) => T;
  const taken = new rows(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * width;
    taken.set(values.subarray(from, from + width), i * width);
  }
  return taken;
}

/**
 * Refuses a set too small for what is asked of it.
 * @throws Trouble
 */
export function needAtLeast(least: number, count: number, what: string, metric: string): void {
  if (count < least)
    throw new Trouble(
      `${metric} needs at least ${least} ${what}, and there are ${count}.`,
      "Take more samples.",
    );
}

/** @throws Trouble when the two sets have vectors of different lengths */
export function needSameWidth(reals: Features, fakes: Features): void {
  if (reals.width !== fakes.width)
    throw new Trouble(
      `Features of reals have ${reals.width} numbers and those of fakes ${fakes.width}.`,
      "Compute both by the same network at the same resolution.",
    );
}

/** @throws Trouble when the two sets have images of different shapes */
export function needSameShape(reals: ImageSet, fakes: ImageSet): void {
  if (reals.size !== fakes.size || reals.channels !== fakes.channels)
    throw new Trouble(
      `Reals are ${reals.size} px with ${reals.channels} channels, fakes ${fakes.size} px with ${fakes.channels}.`,
      "Compare images of one resolution.",
    );
}

function checkFinite(values: ArrayLike<number>, count: number, what: string): void {
  const width = values.length / count;
  let bad = 0;
  for (let i = 0; i < count; i++)
    for (let j = 0; j < width; j++)
      if (!Number.isFinite(values[i * width + j])) {
        bad++;
        break;
      }
  if (bad)
    throw new Trouble(
      `${bad} of ${count} ${what} hold numbers that are not finite, so nothing can be measured.`,
      "Training has diverged: go back to a moment before it, with lower learning rates.",
    );
}
