// Bias, leaky ReLU, and pixel normalisation.

import * as tf from "../tf.ts";
import { type Apply, defineOperation } from "./operation.ts";
import { channelSum } from "./reduce.ts";

/** Slope of the leaky ReLU below zero, in both networks. */
const slope = 0.2;

type Biased = { x: tf.Tensor; bias: tf.Tensor };

const forward: Apply<Biased> = defineOperation({
  name: "PggBiasLeakyRelu",
  forward: ({ x, bias }) => tf.leakyRelu(x.add(bias), slope),
  needs: ["x", "bias"],
  gradient: (dy, { x, bias }) => {
    const dx = backward({ dy }, { x, bias });
    return { x: () => dx.clone(), bias: () => channelSum(dx) };
  },
});

/**
 * Linear in dy. x and the bias travel as options: were they inputs, their (zero) gradients would be carried back through
 * every layer below.
 */
const backward: Apply<{ dy: tf.Tensor }, Biased> = defineOperation({
  name: "PggBiasLeakyReluGrad",
  forward: ({ dy }, { x, bias }) => dy.mul(tf.step(x.add(bias), slope)),
  needs: [],
  gradient: (ddx, _, { x, bias }) => ({ dy: () => backward({ dy: ddx }, { x, bias }) }),
});

/** x + bias where that is positive, 0.2 of it elsewhere. @param bias one number for each place on x's last axis */
export function biasLeakyRelu<T extends tf.Tensor>(x: T, bias: tf.Tensor): T {
  return forward({ x, bias }, {}) as T;
}

const shift: Apply<Biased> = defineOperation({
  name: "PggBias",
  forward: ({ x, bias }) => x.add(bias),
  needs: [],
  gradient: (dy) => ({ x: () => dy.clone(), bias: () => channelSum(dy) }),
});

/** x + bias. @param bias one number for each place on x's last axis */
export function addBias<T extends tf.Tensor>(x: T, bias: tf.Tensor): T {
  return shift({ x, bias }, {}) as T;
}

type Epsilon = { epsilon: number };

const normalise: Apply<{ x: tf.Tensor }, Epsilon> = defineOperation({
  name: "PggPixelNorm",
  forward: ({ x }, { epsilon }) => x.mul(inverseLength(x, epsilon)),
  needs: ["x"],
  gradient: (dy, { x }, { epsilon }) => ({ x: () => denormalise({ dy, x }, { epsilon }) }),
});

/** Symmetric in dy: its adjoint is itself. */
const denormalise: Apply<{ dy: tf.Tensor; x: tf.Tensor }, Epsilon> = defineOperation({
  name: "PggPixelNormGrad",
  forward: ({ dy, x }, { epsilon }) => {
    const r = inverseLength(x, epsilon); // [...,1]
    const along = x.mul(dy).mean(-1, true); // [...,1]
    return dy.sub(x.mul(along.mul(r.square()))).mul(r); // [...,C]
  },
  needs: ["dy", "x"],
  gradient: (ddx, { dy, x }, { epsilon }) => ({
    dy: () => denormalise({ dy: ddx, x }, { epsilon }),
    x: () => {
      const r = inverseLength(x, epsilon); // [...,1]
      const mean = (a: tf.Tensor, b: tf.Tensor) => a.mul(b).mean(-1, true); // [...,1]
      const [xdy, xddx, both] = [mean(x, dy), mean(x, ddx), mean(dy, ddx)];
      const inward = both.sub(xdy.mul(xddx).mul(r.square()).mul(3)); // [...,1]
      return x.mul(inward).add(dy.mul(xddx)).add(ddx.mul(xdy)).mul(r.pow(3)).neg(); // [...,C]
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
