// The real-data band: what real images score in a census of as many samples.

import { createStream, permutation, type Stream } from "../../gan/random.ts";
import { type Compared, comparedOf, meanDistance } from "./distance.ts";
import { type Counted, tally } from "./tally.ts";
import { relativeWithin } from "./within.ts";

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
  /** Draws share reals, so that this is somewhat narrow: 1 of 9 sets of fresh reals scored 0.917, below its 0.921. */
  within: Range;
}

/** Draws behind the counts, and behind the mean distance, which costs more. */
const draws = 200;
const distanceDraws = 40;

/** Real images that were read once, and are drawn from again and again. */
export interface Pool {
  /** Some of them, for distances, and the mean distance of their pairs. */
  compared: Compared;
  distance: number;
  /** The true modes of those, and the mean distance of the pairs of each mode; null where there is none. */
  comparedModes: Int16Array;
  distanceWithin: readonly (number | null)[];
  frequencies: readonly number[];
  /**
   * What `count` real images were read as, modes drawn as often as the data has them.
   * @param others picks the images of each mode anew before they are drawn from: those that were read are a sample themselves
   */
  draw(count: number, stream: Stream, others: Stream): Int16Array;
}

/** What each image was read as, and the images of each true mode. */
interface Readings {
  labels: ArrayLike<number>;
  members: readonly (readonly number[])[];
  frequencies: readonly number[];
}

/** The band at `samples` samples. The draws are the same each time. */
export function bandAt(samples: number, pool: Pool): Band {
  const stream = createStream(0, "census band");
  const others = createStream(0, "census pool");
  const rounds = Array.from({ length: draws }, () =>
    tally(pool.draw(samples, stream, others), pool.frequencies),
  );
  const orders = Array.from({ length: distanceDraws }, (_, round) =>
    permutation(pool.compared.count, 0, "census distance", round).subarray(0, comparedOf(samples)),
  );
  const distances = orders.map((order) => (meanDistance(pool.compared, order) ?? 0) / pool.distance);
  const within = orders.map((order) => {
    const labels = new Int16Array(pool.compared.count).fill(-1);
    for (const image of order) labels[image] = pool.comparedModes[image]!;
    return relativeWithin(pool.compared, labels, pool.distanceWithin) ?? 0;
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
    within: rangeOf(within),
  };
}

/**
 * Draws a mode by its frequency, then one of its images, with replacement. As other reals would have been read otherwise, now
 * and then, the images of a mode are each time a draw of those that were read.
 */
export function drawFrom({ labels, members, frequencies }: Readings): Pool["draw"] {
  const upTo = new Float64Array(frequencies.length);
  frequencies.reduce((sum, p, mode) => (upTo[mode] = sum + p), 0);
  return (count, stream, others) => {
    const drawn = members.map((own) => {
      const v = others.uniform(new Float32Array(own.length));
      return own.map((_, i) => own[Math.floor(v[i]! * own.length)]!);
    });
    const u = stream.uniform(new Float32Array(2 * count));
    return Int16Array.from({ length: count }, (_, i) => {
      const own = drawn[placeIn(upTo, u[2 * i]!)]!;
      return labels[own[Math.floor(u[2 * i + 1]! * own.length)]!]!;
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
