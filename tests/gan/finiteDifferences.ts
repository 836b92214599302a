// Gradients by finite differences, to check those that the tape takes.

import { createStream } from "../../src/gan/random.ts";
import * as tf from "../../src/gan/tf.ts";

/** A scalar of some tensors. */
export type ScalarField = (inputs: tf.Tensor[]) => tf.Tensor;

/**
 * How far apart two points of the difference lie, in units of the whole input. Numbers are of 32 bits: a smaller step
 * drowns in rounding (10⁻⁷ of the value, over the step), a larger one in the terms left out (its fourth power).
 */
const step = 0.02;

/** Five points, so that polynomials of fourth degree come out exactly. */
const stencil = [
  [-2, 1 / 12],
  [-1, -8 / 12],
  [1, 8 / 12],
  [2, -1 / 12],
] as const;

/** Numbers from N(0,1) as a tensor, the same for each shape and seed. */
export function numbers(shape: number[], seed = 1): tf.Tensor {
  return tf.tensor(
    createStream(seed, `test/${shape}`).normal(new Float32Array(tf.util.sizeFromShape(shape))),
    shape,
  );
}

/** The squared length of f's gradient, as a scalar of the same tensors. */
export function slope(f: ScalarField): ScalarField {
  return (inputs) => {
    const gradients = tf.grads((...at: tf.Tensor[]) => f(at).asScalar())(inputs);
    return gradients.map((gradient) => gradient.square().sum()).reduce((a, b) => a.add(b));
  };
}

/**
 * How much f's gradient by the tape and by finite differences disagree, as a share of the gradient's length: the
 * largest over the direction of the gradient itself and some drawn ones.
 */
export async function gradientError(f: ScalarField, at: tf.Tensor[], draws = 1): Promise<number> {
  const gradient = tf.tidy(() => tf.grads((...inputs: tf.Tensor[]) => f(inputs).asScalar())(at));
  const along = await Promise.all(gradient.map((g) => g.data<"float32">()));
  tf.dispose(gradient);

  const length = Math.hypot(...along.flatMap((values) => [...values]));
  if (!(length > 0)) throw new Error(`the gradient's length is ${length}: nothing to compare`);
  const errors: number[] = [];
  for (let draw = 0; draw <= draws; draw++) {
    const direction = unit(draw === 0 ? along : along.map((_, i) => drawn(at[i]!.size, 100 * draw + i)));
    const expected = direction.reduce((sum, values, i) => sum + dot(values, along[i]!), 0);
    errors.push(Math.abs((await difference(f, at, direction)) - expected) / length);
  }
  return Math.max(...errors);
}

/** The derivative of f along a direction of unit length. */
async function difference(f: ScalarField, at: tf.Tensor[], direction: Float32Array[]): Promise<number> {
  let sum = 0;
  for (const [place, weight] of stencil) {
    const value = tf.tidy(() =>
      f(at.map((x, i) => x.add(tf.tensor(direction[i]!, x.shape).mul(place * step)))),
    );
    sum += (weight * (await value.data())[0]!) / step;
    value.dispose();
  }
  return sum;
}

function drawn(size: number, seed: number): Float32Array {
  return createStream(seed, "test/direction").normal(new Float32Array(size));
}

function unit(parts: Float32Array[]): Float32Array[] {
  const length = Math.hypot(...parts.flatMap((values) => [...values]));
  return parts.map((values) => values.map((value) => value / length));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
