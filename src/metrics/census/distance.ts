// Mean pairwise distance of images in pixels: near zero for a generator that makes one picture for ever.

import { shrink } from "./shrink.ts";

/** Images that are compared at most, how many others each is compared with, and at how many pixels a side at most. */
const most = 256;
const partners = 8;
const finest = 16;

/** Images ready to be compared. */
export interface Compared {
  /** [count,size] */
  images: Float32Array;
  count: number;
  size: number;
}

/** How many of `count` samples are compared. */
export const comparedOf = (count: number): number => Math.min(count, most);

/**
 * The first 256 images, or `limit`, without those that hold a number that is not finite, at 16 px or less.
 * @param images [N,R,R,C]
 */
export function toCompare(
  images: Float32Array,
  count: number,
  resolution: number,
  channels: number,
  limit = most,
): Compared {
  const [R, full] = [Math.min(resolution, finest), resolution ** 2 * channels];
  const size = R ** 2 * channels;
  const ready = new Float32Array(Math.min(count, limit) * size);
  let taken = 0;
  for (let n = 0; n < count && taken < limit; n++)
    if (isFinite(images, n * full, full))
      shrink(images, n * full, resolution, R, channels, ready, taken++ * size);
  return { images: ready, count: taken, size };
}

/**
 * Mean distance |a - b| over pairs: each image with the eight after it, the first ones coming after the last.
 * @param order of the images, if another than their own, and which of them
 * @returns null where there are fewer than two
 */
export function meanDistance(
  { images, count, size }: Compared,
  order: ArrayLike<number> = Array.from({ length: count }, (_, i) => i),
): number | null {
  const M = order.length;
  if (M < 2) return null;
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < M; i++)
    for (let k = 1; k <= Math.min(partners, M - 1); k++) {
      const [a, b] = [order[i]! * size, order[(i + k) % M]! * size];
      let square = 0;
      for (let p = 0; p < size; p++) {
        const difference = images[a + p]! - images[b + p]!;
        square += difference * difference;
      }
      sum += Math.sqrt(square);
      pairs++;
    }
  return sum / pairs;
}

function isFinite(images: Float32Array, offset: number, size: number): boolean {
  for (let i = offset; i < offset + size; i++) if (!Number.isFinite(images[i])) return false;
  return true;
}
