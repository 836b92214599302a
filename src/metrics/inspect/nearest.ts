// The reals nearest to a sample, and how near reals are to one another: without the second the first tells nothing.

import { type Features, needAtLeast, needSameWidth } from "../samples.ts";
import { squaredDistance } from "../measures/vectors.ts";

/** One of a set of vectors, and how far it is: the root of the mean squared difference of two numbers in one place. */
export interface Neighbour {
  index: number;
  distance: number;
}

/** What of a sample's distance to its nearest real is to be expected of a real. */
export interface Typical {
  /** Reals whose nearest other real was looked for, among as many as a sample is compared with. */
  probes: number;
  /** Distance to it: lowest twentieth, median and highest twentieth of the probes. */
  low: number;
  median: number;
  high: number;
  /** The share of probes that are nearer to another real than the sample is to its nearest, in [0,1]. */
  nearer: number;
}

/** The `k` vectors of `set` that are nearest to the vector at `from` in `values`, nearest first; of equals the first. */
export function nearestOf(set: Features, values: Float64Array, from = 0, k = 5): Neighbour[] {
  const { count, width } = set;
  const found: Neighbour[] = [];
  for (let index = 0; index < count; index++) {
    const distance = squaredDistance(set.values, index * width, values, from, width);
    if (found.length === k && !(distance < found[k - 1]!.distance)) continue;
    const place = found.findIndex((other) => distance < other.distance);
    found.splice(place < 0 ? found.length : place, 0, { index, distance });
    found.length = Math.min(found.length, k);
  }
  return found.map(({ index, distance }) => ({ index, distance: Math.sqrt(distance / width) }));
}

/**
 * Where a sample stands among reals: distances of some reals to the nearest other one. A copy of a real is nearer than any
 * real, and G learnt it by heart where reals are never so near; where reals are as near to one another, it did not.
 * @param nearest distance of the sample to its nearest real
 * @throws Trouble when there are fewer than two reals
 */
export function typicalOf(reals: Features, nearest: number, probes = 128): Typical {
  needAtLeast(2, reals.count, "reals", "The distance between reals");
  const { width, count } = reals;
  const probed = Math.min(probes, count);
  const distances = Float64Array.from({ length: probed }, (_, i) => {
    let least = Infinity;
    for (let j = 0; j < count; j++)
      if (j !== i)
        least = Math.min(least, squaredDistance(reals.values, i * width, reals.values, j * width, width));
    return Math.sqrt(least / width);
  }).sort();
  const at = (share: number) => distances[Math.round(share * (probed - 1))]!;
  return {
    probes: probed,
    low: at(0.05),
    median: at(0.5),
    high: at(0.95),
    nearer: distances.filter((distance) => distance < nearest).length / probed,
  };
}

/** The nearest of `reals` to the one vector of `sample`, and what is typical of reals. @throws Trouble when widths differ */
export function placeAmong(
  reals: Features,
  sample: Features,
  k = 5,
): { neighbours: Neighbour[]; typical: Typical } {
  needSameWidth(reals, sample);
  const neighbours = nearestOf(reals, sample.values, 0, k);
  return { neighbours, typical: typicalOf(reals, neighbours[0]!.distance) };
}
