// NDB of Richardson & Weiss (2018, "On GANs and GMMs", §3): bins by k-means of the reals, and how many of them hold a
// share of fakes that differs from that of reals.

import { Trouble } from "../../gan/errors.ts";
import { createStream } from "../../gan/random.ts";
import { type Features, type ImageSet, needAtLeast, needSameWidth } from "../samples.ts";
import { squaredDistance } from "./vectors.ts";

/** Bins of features: the nearest centre decides. */
export interface Bins {
  /** [K,F] */
  centres: Features;
  /** [N]: the bin of each real */
  assignment: Uint32Array;
  /** [K]: reals in each */
  counts: Uint32Array;
}

export interface BinComparison {
  /** The share of bins that differ at 5 %: NDB / K, in [0,1]. About 0.05 when both sets have one distribution. */
  ndb: number;
  /** Jensen-Shannon divergence of the two histograms in nats, in [0, ln 2]. */
  jsd: number;
  bins: {
    realShare: number;
    fakeShare: number;
    /** Of the two-proportion z-test; above 0 where there are more fakes. */
    z: number;
    differs: boolean;
  }[];
}

/** |z| beyond which a two-sided test at 5 % calls two shares different. */
const significant = 1.959963984540054;

/** How many bins N reals fill with at least 20 each on average, at most 50. */
export function binsFor(reals: number): number {
  return Math.min(50, Math.floor(reals / 20));
}

/**
 * Bins the reals by k-means: seeded k-means++ (Arthur & Vassilvitskii 2007), then Lloyd's iterations until no real moves,
 * at most 100. Reals with fewer than K different features get as many bins as they have.
 *
 * @throws Trouble when there are fewer than 40 reals, or all are alike
 */
export function binReals(reals: Features, K = binsFor(reals.count), seed = 0): Bins {
  needAtLeast(40, reals.count, "reals", "NDB");
  const centres = spreadCentres(reals, K, seed);
  if (centres.count < 2)
    throw new Trouble("All reals have the same features, so they fill one bin.", "Choose data that vary.");
  return settle(reals, centres);
}

/** Lloyd's iterations from given centres. A bin that empties keeps its centre. */
export function settle(reals: Features, start: Features, iterations = 100): Bins {
  const { count: N, width: F, values } = reals;
  const K = start.count;
  const centres = { ...start, values: start.values.slice() };
  let assignment = assign(centres, reals);

  for (let iteration = 0; iteration < iterations; iteration++) {
    const counts = histogram(assignment, K);
    for (let k = 0; k < K; k++) if (counts[k]) centres.values.fill(0, k * F, (k + 1) * F);
    for (let i = 0; i < N; i++) {
      const k = assignment[i]!;
      for (let f = 0; f < F; f++) centres.values[k * F + f]! += values[i * F + f]! / counts[k]!;
    }
    const next = assign(centres, reals);
    const settled = next.every((k, i) => k === assignment[i]);
    assignment = next;
    if (settled) break;
  }
  return { centres, assignment, counts: histogram(assignment, K) };
}

/**
 * Compares how reals and fakes fill the bins. More samples find smaller differences, so compare at equal counts only; JSD
 * is the steadier of the two.
 * @throws Trouble when there are fewer than 40 fakes
 */
export function compareBins({ centres, counts, assignment }: Bins, fakes: Features): BinComparison {
  needSameWidth(centres, fakes);
  needAtLeast(40, fakes.count, "fakes", "NDB");
  const [N, M] = [assignment.length, fakes.count];
  const fakeCounts = histogram(assign(centres, fakes), centres.count);

  let jsd = 0;
  const bins = Array.from(counts, (count, k) => {
    const [p, q] = [count / N, fakeCounts[k]! / M];
    const pooled = (count + fakeCounts[k]!) / (N + M);
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / N + 1 / M));
    const z = error ? (q - p) / error : 0; // both empty, or all in one bin: no difference
    const middle = (p + q) / 2;
    jsd += (p && p * Math.log(p / middle)) / 2 + (q && q * Math.log(q / middle)) / 2;
    return { realShare: p, fakeShare: q, z, differs: Math.abs(z) > significant };
  });
  const ndb = bins.filter(({ differs }) => differs).length / bins.length;
  return { ndb, jsd: Math.max(0, jsd), bins };
}

/** The mean image of every bin's reals: its centre, as a picture. Grey where a bin is empty. */
export function binThumbnails({ assignment, counts }: Bins, reals: ImageSet): ImageSet {
  const length = reals.size * reals.size * reals.channels;
  const sums = new Float64Array(counts.length * length);
  assignment.forEach((k, i) => {
    for (let p = 0; p < length; p++) sums[k * length + p]! += reals.pixels[i * length + p]!;
  });
  const pixels = Uint8ClampedArray.from(sums, (sum, at) => {
    const count = counts[Math.floor(at / length)]!;
    return count ? sum / count : 128;
  });
  return { ...reals, pixels, count: counts.length };
}

/** k-means++: every next centre is a real drawn by its squared distance from the nearest centre so far. */
function spreadCentres(reals: Features, K: number, seed: number): Features {
  const { count: N, width: F, values } = reals;
  const draws = createStream(seed, "metrics/bins").uniform(new Float32Array(K));
  const nearest = new Float64Array(N).fill(Infinity);
  const chosen: number[] = [];

  while (chosen.length < K) {
    const draw = draws[chosen.length]!;
    const centre = chosen.length ? pick(nearest, draw) : Math.floor(draw * N);
    if (centre < 0) break;
    chosen.push(centre);
    for (let i = 0; i < N; i++)
      nearest[i] = Math.min(nearest[i]!, squaredDistance(values, i * F, values, centre * F, F));
  }
  const centres = new Float64Array(chosen.length * F);
  chosen.forEach((i, k) => centres.set(values.subarray(i * F, (i + 1) * F), k * F));
  return { values: centres, count: chosen.length, width: F };
}

/** An index drawn by `weights`, or -1 when all are 0. */
function pick(weights: Float64Array, draw: number): number {
  let left = draw * weights.reduce((sum, weight) => sum + weight, 0);
  let last = -1;
  for (let i = 0; i < weights.length; i++) {
    if (!weights[i]) continue;
    last = i;
    left -= weights[i]!;
    if (left < 0) break;
  }
  return last;
}

/** The nearest centre of each sample, the first of equals. */
function assign(centres: Features, samples: Features): Uint32Array {
  const F = centres.width;
  return Uint32Array.from({ length: samples.count }, (_, i) => {
    let [best, least] = [0, Infinity];
    for (let k = 0; k < centres.count; k++) {
      const distance = squaredDistance(samples.values, i * F, centres.values, k * F, F);
      if (distance < least) [best, least] = [k, distance];
    }
    return best;
  });
}

function histogram(assignment: Uint32Array, K: number): Uint32Array {
  const counts = new Uint32Array(K);
  for (const k of assignment) counts[k]!++;
  return counts;
}
