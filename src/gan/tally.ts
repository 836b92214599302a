// Statistics of every step, added up on the engine and read seldom: nothing is sampled away.

import type { Store } from "./state.ts";
import { type StatName, statNames, type StatsRow, type Summary } from "./stats.ts";
import * as tf from "./tf.ts";

/** State that holds sums of each statistic, and sums of its squares: [2,K] in the order of `statNames`. */
export const tallyNames = { D: "stats/D", G: "stats/G" } as const;

/** Steps of each network that the sums rest on, and those with a penalty among them. */
export interface TallyCounts {
  D: number;
  G: number;
  penalised: number;
}

/** Adds the mean of each statistic, and the mean of its squares, to the sums of a network. */
export function tally(store: Store, network: "D" | "G", values: tf.Tensor[]): void {
  const name = tallyNames[network];
  const means = values.map((value) => value.mean());
  const squares = values.map((value) => value.square().mean());
  store.write(name, store.read(name).add(tf.stack([...means, ...squares]).reshape([2, values.length])));
}

/** Sets all sums to 0. */
export function clearTally(store: Store): TallyCounts {
  for (const network of ["D", "G"] as const)
    store.write(tallyNames[network], tf.fill([2, statNames[network].length], 0));
  return { D: 0, G: 0, penalised: 0 };
}

/** Mean and deviation of each statistic. Scores deviate over samples, the others over steps. */
export async function readTally(store: Store, counts: TallyCounts): Promise<StatsRow["stats"]> {
  const stats: StatsRow["stats"] = {};
  for (const network of ["D", "G"] as const) {
    const sums = await store.read(tallyNames[network]).data();
    const names: readonly StatName[] = statNames[network];
    names.forEach((name, i) => {
      const n = name === "penalty" ? counts.penalised : counts[network];
      if (n > 0) stats[name] = summary(sums[i]!, sums[names.length + i]!, n);
    });
  }
  return stats;
}

function summary(sum: number, sumOfSquares: number, n: number): Summary {
  const mean = sum / n;
  const variance = sumOfSquares / n - mean ** 2;
  // Rounding may take the variance just below zero; a value that is not finite must stay so.
  return { mean, std: variance < 0 ? 0 : Math.sqrt(variance), n };
}
