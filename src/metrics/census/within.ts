// How alike samples of one mode are: near zero for a generator that makes each mode in one picture.

import { type Compared, comparedOf, meanDistance, toCompare } from "./distance.ts";

/** Mean distance of the images of each mode; null where a mode has fewer than two. @param labels of each image; none below 0 */
export function distancesWithin(compared: Compared, labels: ArrayLike<number>, K: number): (number | null)[] {
  const members = Array.from({ length: K }, () => [] as number[]);
  for (let i = 0; i < labels.length; i++) members[labels[i]!]?.push(i);
  return members.map((order) => meanDistance(compared, order));
}

/**
 * Mean distance of two images of one mode as a share of that of two reals of that mode, each mode weighing as much as it has
 * images; null where no mode has two images and two different reals.
 */
export function relativeWithin(
  compared: Compared,
  labels: ArrayLike<number>,
  real: readonly (number | null)[],
): number | null {
  const counts = real.map(() => 0);
  for (let i = 0; i < labels.length; i++) if (labels[i]! >= 0) counts[labels[i]!]!++;
  let [sum, weight] = [0, 0];
  distancesWithin(compared, labels, real.length).forEach((own, mode) => {
    if (own === null || !real[mode]) return;
    sum += (counts[mode]! * own) / real[mode];
    weight += counts[mode]!;
  });
  return weight > 0 ? sum / weight : null;
}

/** The first accepted images, ready to be compared, and their modes. @param images [N,R,R,C] */
export function acceptedOf(
  images: Float32Array,
  labels: readonly number[],
  resolution: number,
  channels: number,
): { compared: Compared; labels: number[] } {
  const size = resolution ** 2 * channels;
  const chosen = labels.flatMap((label, i) => (label >= 0 ? [i] : [])).slice(0, comparedOf(labels.length));
  const taken = new Float32Array(chosen.length * size);
  chosen.forEach((from, to) => taken.set(images.subarray(from * size, (from + 1) * size), to * size));
  return {
    compared: toCompare(taken, chosen.length, resolution, channels), // accepted images are finite: none is left out
    labels: chosen.map((i) => labels[i]!),
  };
}
