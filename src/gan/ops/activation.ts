// Leaky ReLU and pixel normalisation.

import * as tf from "../tf.ts";
import { type Apply, defineOperation } from "./operation.ts";

/** Slope of the leaky ReLU below zero, in both networks. */
const slope = 0.2;

const forward: Apply<{ x: tf.Tensor }> = defineOperation({
  name: "PggLeakyRelu",
  forward: ({ x }) => tf.leakyRelu(x, slope),
  needs: ["x"],
  gradient: (dy, { x }) => ({ x: () => backward({ dy }, { x }) }),
});

/**
 * Linear in dy. x travels as an option: were it an input, its (zero) gradient would be carried back through
 * every layer below.
 */
const backward: Apply<{ dy: tf.Tensor }, { x: tf.Tensor }> = defineOperation({
  name: "PggLeakyReluGrad",
  forward: ({ dy }, { x }) => dy.mul(tf.step(x, slope)),
  needs: [],
  gradient: (ddx, _, { x }) => ({ dy: () => backward({ dy: ddx }, { x }) }),
});

/** x where positive, 0.2 x elsewhere. Any shape. */
export function leakyRelu<T extends tf.Tensor>(x: T): T {
  return forward({ x }, {}) as T;
}

const normalise: Apply<{ x: tf.Tensor }, { epsilon: number }> = defineOperation({
  name: "PggPixelNorm",
  forward: ({ x }, { epsilon }) => x.mul(inverseLength(x, epsilon)),
  needs: ["x"],
  gradient: (dy, { x }, { epsilon }) => ({
    x: () => {
      const r = inverseLength(x, epsilon); // [...,1]
      const along = x.mul(dy).mean(-1, true); // [...,1]
      return dy.sub(x.mul(along.mul(r.square()))).mul(r); // [...,C]
    },
  }),
});

/** Scales every feature vector, along the last axis, to unit mean square (Karras et al. 2018, §4.2). */
export function pixelNorm<T extends tf.Tensor>(x: T, epsilon = 1e-8): T {
  return normalise({ x }, { epsilon }) as T;
}

function inverseLength(x: tf.Tensor, epsilon: number): tf.Tensor {
  return x.square().mean(-1, true).add(epsilon).rsqrt(); // [...,1]
}
