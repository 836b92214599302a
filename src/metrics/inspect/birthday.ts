// The birthday test (Arora & Zhang 2017, "Do GANs actually learn the distribution? An empirical study"): how many different
// pictures a G makes, judged by how few of them hold two that are alike.
//
// Of N equally likely pictures, n draws hold no two alike with chance Π (1 - i / N), i = 1 … n-1, about
// exp(-n (n - 1) / 2N). Where half of all batches of n hold two alike, N is therefore about n² / (2 ln 2).

import { permutation } from "../../gan/random.ts";
import { squaredDistance } from "../measures/vectors.ts";
import type { Features } from "../samples.ts";

/** Two of a batch, a < b, and how far apart: the root of the mean squared difference of two numbers in one place. */
export interface Pair {
  a: number;
  b: number;
  distance: number;
}

/** The chance that two of `n` draws from `support` equally likely things are the same. `support` need not be whole. */
export function collisionChance(n: number, support: number): number {
  if (n < 2) return 0;
  if (n > support) return 1;
  let log = 0;
  for (let i = 1; i < n; i++) log += Math.log1p(-i / support);
  return -Math.expm1(log);
}

/** How many equally likely things there are, if `n` draws hold two alike with this chance. */
export function supportFor(n: number, chance = 0.5): number {
  if (n < 2) return 1;
  let [low, high] = [n - 1, n]; // with n - 1 things two of n draws are surely alike
  while (collisionChance(n, high) > chance) [low, high] = [high, 2 * high];
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2;
    if (collisionChance(n, middle) > chance) low = middle;
    else high = middle;
  }
  return high;
}

/** The `k` closest pairs of a batch, closest first, and all pairs closer than `radius`, without an order. */
export function closePairs(
  { values, count, width }: Features,
  radius: number,
  k = 5,
): { closest: Pair[]; within: [a: number, b: number][] } {
  const closest: Pair[] = [];
  const within: [number, number][] = [];
  for (let b = 1; b < count; b++)
    for (let a = 0; a < b; a++) {
      const distance = Math.sqrt(squaredDistance(values, a * width, values, b * width, width) / width);
      if (distance < radius) within.push([a, b]);
      if (closest.length === k && !(distance < closest[k - 1]!.distance)) continue;
      const place = closest.findIndex((other) => distance < other.distance);
      closest.splice(place < 0 ? closest.length : place, 0, { a, b, distance });
      closest.length = Math.min(closest.length, k);
    }
  return { closest, within };
}

/**
 * How many of a batch must be drawn for an even chance of two alike: the median, over orders of the batch, of the place at
 * which the first pair is complete. The orders come from a seed that never changes.
 * @param pairs that are alike, at least one
 */
export function evenBatch(
  count: number,
  pairs: readonly (readonly [number, number])[],
  orders = 501,
): number {
  const complete = Array.from({ length: orders }, (_, round) => {
    const placeOf = permutation(count, 0, "birthday/order", round);
    return 1 + Math.min(...pairs.map(([a, b]) => Math.max(placeOf[a]!, placeOf[b]!)));
  });
  return complete.sort((a, b) => a - b)[(orders - 1) / 2]!;
}

/** What a batch says of how many pictures there are. */
export interface Birthday {
  /** Draws in the batch, and pairs that are alike among them. */
  samples: number;
  duplicates: number;
  /** Batch with an even chance of two alike, and the number of equally likely pictures of which that is so. */
  even?: number;
  support?: number;
  /** Where none are alike: fewer equally likely pictures than this would have shown two alike in 95 of 100 batches. */
  atLeast?: number;
}

/** @param pairs that are alike */
export function birthdayOf(samples: number, pairs: readonly (readonly [number, number])[]): Birthday {
  const duplicates = pairs.length;
  if (duplicates === 0) return { samples, duplicates, atLeast: supportFor(samples, 0.95) };
  if (duplicates === (samples * (samples - 1)) / 2) return { samples, duplicates, even: 2, support: 1 };
  const even = evenBatch(samples, pairs);
  return { samples, duplicates, even, support: supportFor(even) };
}
