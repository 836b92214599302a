// Adam (Kingma and Ba 2015), one named tensor at a time, with a step count for each.

import type { Config } from "./settings/config.ts";
import { defineUpdate } from "./ops/operation.ts";
import * as tf from "./tf.ts";

export type AdamOptions = Pick<Config, "beta1" | "beta2" | "adamEpsilon">;

/** What changes from step to step, as tensors of one number. Tensors of the same age share a pace. */
export interface Pace {
  /** Learning rate / (1 - β₁ᵗ). */
  rate: tf.Tensor;
  /** 1 / √(1 - β₂ᵗ). */
  correction: tf.Tensor;
}

export interface Moments {
  m: tf.Tensor;
  v: tf.Tensor;
}

/** The numbers of a pace for a tensor that takes its `t`-th step, t ≥ 1. */
export function paceAt(
  t: number,
  learningRate: number,
  { beta1, beta2 }: AdamOptions,
): { rate: number; correction: number } {
  return { rate: learningRate / (1 - beta1 ** t), correction: 1 / Math.sqrt(1 - beta2 ** t) };
}

/**
 * The pace of each parameter for its next step, by name. Parameters of one age share their tensors.
 * @param ages steps that Adam has taken with each parameter, which this step adds to
 */
export function nextPaces(
  parameters: readonly string[],
  ages: Record<string, number>,
  learningRate: number,
  options: AdamOptions,
): Map<string, Pace> {
  const byAge = new Map<number, Pace>();
  const paces = new Map<string, Pace>();
  for (const name of parameters) {
    const age = (ages[name] ?? 0) + 1;
    ages[name] = age;
    let pace = byAge.get(age);
    if (!pace) {
      const { rate, correction } = paceAt(age, learningRate, options);
      pace = { rate: tf.tensor1d([rate]), correction: tf.tensor1d([correction]) };
      byAge.set(age, pace);
    }
    paces.set(name, pace);
  }
  return paces;
}

type UpdateInputs = Record<"w" | "gradient" | keyof Moments | keyof Pace, tf.Tensor>;

const update = defineUpdate<UpdateInputs, AdamOptions & { factor: number }>(
  "PggAdam",
  ({ w, m, v, gradient: given, rate, correction }, { beta1, beta2, adamEpsilon, factor }) => {
    const gradient = factor === 1 ? given : given.mul(factor);
    const squared = gradient.square();
    const first = beta1 === 0 ? gradient.clone() : m.mul(beta1).add(gradient.mul(1 - beta1));
    const second = v.mul(beta2).add(squared.mul(1 - beta2));
    const step = first.mul(rate).div(second.sqrt().mul(correction).add(adamEpsilon));
    return [w.sub(step), first, second, squared.sum().reshape([1])];
  },
);

/**
 * The parameter and its moments after one step down `gradient`: w - rate · m / (√v · correction + ε). With them comes what
 * adds up to ‖gradient‖², some numbers in a row.
 * @param factor what the gradient is still to be multiplied with
 */
export function adamStep(
  w: tf.Tensor,
  { m, v }: Moments,
  gradient: tf.Tensor,
  { rate, correction }: Pace,
  { beta1, beta2, adamEpsilon }: AdamOptions,
  factor = 1,
): Moments & { w: tf.Tensor; squares: tf.Tensor1D } {
  const options = { beta1, beta2, adamEpsilon, factor };
  const updated = update({ w, m, v, gradient, rate, correction }, options);
  return { w: updated[0]!, m: updated[1]!, v: updated[2]!, squares: updated[3] as tf.Tensor1D };
}

/** Averages that move together, at most: a GPU binds only so many buffers at a time. */
const together = 3;

const move = defineUpdate<tf.NamedTensorMap, object>("PggAverage", ({ rate, ...pairs }) =>
  Array.from({ length: Object.keys(pairs).length / 2 }, (_, i) => {
    const average = pairs[`average${i}`]!;
    return average.add(pairs[`value${i}`]!.sub(average).mul(rate!));
  }),
);

/** Averages after they moved towards the values by a share of the way. @param rate the share, one number */
export function movedAverages(
  averages: readonly tf.Tensor[],
  values: readonly tf.Tensor[],
  rate: tf.Tensor,
): tf.Tensor[] {
  const moved: tf.Tensor[] = [];
  while (moved.length < averages.length) {
    const inputs: tf.NamedTensorMap = { rate };
    averages.slice(moved.length, moved.length + together).forEach((average, i) => {
      inputs[`average${i}`] = average;
      inputs[`value${i}`] = values[moved.length + i]!;
    });
    moved.push(...move(inputs, {}));
  }
  return moved;
}
