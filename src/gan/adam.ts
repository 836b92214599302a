// Adam (Kingma and Ba 2015), one named tensor at a time, with a step count for each.

import type { Config } from "./config.ts";
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

/**
 * The parameter and its moments after one step down `gradient`: w - rate · m / (√v · correction + ε).
 * @param gradientSquared gradient²; the caller has it at hand, for the gradient's norm
 */
export function adamStep(
  w: tf.Tensor,
  { m, v }: Moments,
  gradient: tf.Tensor,
  gradientSquared: tf.Tensor,
  { rate, correction }: Pace,
  { beta1, beta2, adamEpsilon }: AdamOptions,
): Moments & { w: tf.Tensor } {
  const first = beta1 === 0 ? gradient.clone() : m.mul(beta1).add(gradient.mul(1 - beta1));
  const second = v.mul(beta2).add(gradientSquared.mul(1 - beta2));
  const step = first.mul(rate).div(second.sqrt().mul(correction).add(adamEpsilon));
  return { w: w.sub(step), m: first, v: second };
}
