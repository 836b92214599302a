// Statistics of every step, added up on the engine and read seldom: nothing is sampled away.

import { defineUpdate } from "../ops/operation.ts";
import type { Store } from "../state.ts";
import { type StatName, statNames, type StatsRow, type Summary } from "./stats.ts";
import * as tf from "../tf.ts";

type Network = keyof typeof statNames;

/**
 * State that holds, for each statistic in the order of `statNames`: the value it is measured from, the sum of the steps'
 * distances to that value, and the sum of their squares. Measured from 0, floats would lose a small deviation of a large
 * mean.
 */
export const tallyNames = { D: "stats/D", G: "stats/G" } as const;

/** [3,K] */
export const tallyShape = (network: Network): [number, number] => [3, statNames[network].length];

/** Steps of each network that the sums rest on, and those with a penalty among them. */
export interface TallyCounts {
  D: number;
  G: number;
  penalised: number;
}

const add = defineUpdate<tf.NamedTensorMap, object>("PggTally", ({ state, ...given }) => {
  const [origin, sums, squares] = tf.unstack(state as tf.Tensor2D) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]; // [K] each
  const values = Object.keys(given).map((_, i) => given[`value${i}`]!);
  const means = values.map((value) => value.mean());
  const spreads = values.map((value, i) => value.sub(means[i]!).square().mean());
  const distance = tf.stack(means).sub(origin); // [K]
  const square = tf.stack(spreads).add(distance.square()); // [K]
  return [tf.stack([origin, sums.add(distance), squares.add(square)])];
});

/** Adds one step's values to the sums of a network. A value of many samples counts with its mean, and their spread. */
export function tally(store: Store, network: Network, values: tf.Tensor[]): void {
  const name = tallyNames[network];
  const inputs: tf.NamedTensorMap = { state: store.read(name) };
  values.forEach((value, i) => (inputs[`value${i}`] = value));
  store.write(name, add(inputs, {})[0]!);
}

/** Sets all sums to 0. @param before what was measured last, which the next steps are likely to be near */
export function clearTally(store: Store, before: StatsRow["stats"] = {}): TallyCounts {
  for (const network of ["D", "G"] as const) {
    const names: readonly StatName[] = statNames[network];
    // A step without a penalty adds 0 to that sum, so that it must be measured from 0.
    const origin = names.map((name) => (name === "penalty" ? 0 : finiteOr0(before[name]?.mean)));
    const zeros = names.map(() => 0);
    store.write(tallyNames[network], tf.tensor2d([origin, zeros, zeros]));
  }
  return { D: 0, G: 0, penalised: 0 };
}

/** Mean and deviation of each statistic. Scores deviate over samples, the others over steps. */
export async function readTally(store: Store, counts: TallyCounts): Promise<StatsRow["stats"]> {
  const stats: StatsRow["stats"] = {};
  for (const network of ["D", "G"] as const) {
    const sums = await store.read(tallyNames[network]).data();
    const names: readonly StatName[] = statNames[network];
    const K = names.length;
    names.forEach((name, i) => {
      const n = name === "penalty" ? counts.penalised : counts[network];
      if (n > 0) stats[name] = summary(sums[i]!, sums[K + i]!, sums[2 * K + i]!, n);
    });
  }
  return stats;
}

function summary(origin: number, sum: number, sumOfSquares: number, n: number): Summary {
  const distance = sum / n;
  const variance = sumOfSquares / n - distance ** 2;
  // Rounding may take the variance just below zero; a value that is not finite must stay so.
  return { mean: origin + distance, std: variance < 0 ? 0 : Math.sqrt(variance), n };
}

const finiteOr0 = (value = 0): number => (Number.isFinite(value) ? value : 0);
