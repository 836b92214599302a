// The real-data band: what real images score in a census of as many samples.

import { createStream, permutation } from "../../gan/random.ts";
import { type Compared, comparedOf, meanDistance } from "./distance.ts";
import { type Counted, tally } from "./tally.ts";

/** Over all draws of real samples. */
export interface Range {
  low: number;
  median: number;
  high: number;
}

/** The lowest, middle and highest of each number over `draws` draws, each of as many real samples. */
export interface Band {
  draws: number;
  covered: Range;
  strict: Range;
  effective: Range;
  rejects: Range;
  kl: Range;
  distance: Range;
}

/** Draws behind the counts, and behind the mean distance, which costs more. */
const draws = 200;
const distanceDraws = 40;

/** Real images that were read once, and are drawn from again and again. */
export interface Pool {
  /** Some of them, for distances, and the mean distance of their pairs. */
  compared: Compared;
  distance: number;
  /** What each image of the pool was read as, and the images of each true mode. */
  labels: Int16Array;
  members: readonly (readonly number[])[];
  frequencies: readonly number[];
}

/**
 * The band at `samples` samples. Modes are drawn as often as the data has them, then an image of that mode; the draws are
 * the same each time.
 */
export function bandAt(samples: number, pool: Pool): Band {
  const drawn = createPicker(pool);
  const rounds = Array.from({ length: draws }, () => {
    const labels = drawn(samples).map((image) => pool.labels[image]!);
    return tally(labels, pool.frequencies);
  });
  const distances = Array.from({ length: distanceDraws }, (_, round) => {
    const order = permutation(pool.compared.count, 0, "census distance", round);
    return (meanDistance(pool.compared, order.subarray(0, comparedOf(samples))) ?? 0) / pool.distance;
  });
  const range = (of: (counted: Counted) => number) => rangeOf(rounds.map(of));
  return {
    draws,
    covered: range(({ covered }) => covered),
    strict: range(({ strict }) => strict),
    effective: range(({ effective }) => effective),
    rejects: range(({ rejects }) => rejects),
    kl: range(({ kl }) => kl ?? 0),
    distance: rangeOf(distances),
  };
}

/** Draws images of a pool, with replacement. */
function createPicker({ members, frequencies }: Pool): (count: number) => Int32Array {
  const stream = createStream(0, "census band");
  const upTo = new Float64Array(frequencies.length);
  frequencies.reduce((sum, p, mode) => (upTo[mode] = sum + p), 0);
  return (count) => {
    const u = stream.uniform(new Float32Array(2 * count));
    return Int32Array.from({ length: count }, (_, i) => {
      const mode = placeIn(upTo, u[2 * i]!);
      const own = members[mode]!;
      return own[Math.floor(u[2 * i + 1]! * own.length)]!;
    });
  };
}

/** The first place whose sum is above `u`. */
function placeIn(upTo: Float64Array, u: number): number {
  let [low, high] = [0, upTo.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upTo[middle]! > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

function rangeOf(values: number[]): Range {
  const sorted = values.sort((a, b) => a - b);
  return { low: sorted[0]!, median: sorted[sorted.length >> 1]!, high: sorted.at(-1)! };
}
