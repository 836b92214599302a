// Coverage and density of Naeem et al. (2020, "Reliable fidelity and diversity metrics for generative models", §3.2).

import { Trouble } from "../../gan/errors.ts";
import { type Features, needAtLeast, needSameWidth } from "../samples.ts";
import { squaredDistance } from "./vectors.ts";

/** Reals with the balls around them. */
export interface Balls {
  centres: Features;
  /** [N]: squared distance to the k-th nearest other real */
  squaredRadii: Float64Array;
  k: number;
}

/**
 * A ball around every real, as wide as its k-th nearest other real is far.
 * @throws Trouble when there are no k other reals, or when most reals have k exact copies
 */
export function ballsAround(reals: Features, k = 5): Balls {
  const { count: N, width: F, values } = reals;
  needAtLeast(k + 1, N, "reals", "Coverage");

  const nearest = new Float64Array(N * k).fill(Infinity); // [N,k], ascending
  for (let i = 0; i < N; i++)
    for (let j = 0; j < i; j++) {
      const distance = squaredDistance(values, i * F, values, j * F, F);
      insert(nearest, i * k, k, distance);
      insert(nearest, j * k, k, distance);
    }
  const squaredRadii = Float64Array.from({ length: N }, (_, i) => nearest[i * k + k - 1]!);

  const copies = squaredRadii.reduce((sum, radius) => sum + (radius === 0 ? 1 : 0), 0);
  if (copies > N / 2)
    throw new Trouble(
      `${copies} of ${N} reals have at least ${k} exact copies, so nearness to them means nothing.`,
      "Count modes instead, or measure at a higher resolution.",
    );
  return { centres: reals, squaredRadii, k };
}

/**
 * - `coverage`, in [0,1]: the share of reals with a fake in their ball. Low when modes are missing.
 * - `density`, at least 0: how many balls a fake lies in, over k. Low when fakes lie off the data; above 1 where they crowd.
 *
 * With N reals and M fakes from one distribution, density is 1 on average and coverage is `expectedCoverage`, whatever
 * the number of features. A fake on the rim counts as inside, so that an exact copy covers a real that has k of them.
 */
export function coverageAndDensity(balls: Balls, fakes: Features): { coverage: number; density: number } {
  const { centres, squaredRadii, k } = balls;
  const { count: N, width: F } = centres;
  needSameWidth(centres, fakes);
  needAtLeast(1, fakes.count, "fakes", "Coverage");

  let covered = 0;
  let inside = 0;
  for (let i = 0; i < N; i++) {
    let here = 0;
    for (let j = 0; j < fakes.count; j++)
      if (squaredDistance(centres.values, i * F, fakes.values, j * F, F) <= squaredRadii[i]!) here++;
    if (here) covered++;
    inside += here;
  }
  return { coverage: covered / N, density: inside / (k * fakes.count) };
}

/** What coverage is, on average, for fakes from the reals' own distribution: 1 - Π (N - i) / (N + M - i), i = 1 … k. */
export function expectedCoverage(reals: number, fakes: number, k = 5): number {
  let missed = 1;
  for (let i = 1; i <= k; i++) missed *= Math.max(0, reals - i) / (reals + fakes - i);
  return 1 - missed;
}

/** Puts `value` in its place among `k` ascending numbers from `at`, and drops the largest. */
function insert(sorted: Float64Array, at: number, k: number, value: number): void {
  let place = at + k - 1;
  if (value >= sorted[place]!) return;
  for (; place > at && sorted[place - 1]! > value; place--) sorted[place] = sorted[place - 1]!;
  sorted[place] = value;
}
