// Several tensors, each times a number of its own, in one operation.

import * as tf from "../tf.ts";
import { register } from "./operation.ts";

const name = "PggScale";

/** Tensors scaled together, at most: a GPU binds only so many buffers at a time. */
const together = 4;

type Options = { factors: number[] };

register(name, (inputs, options) =>
  (options as Options).factors.map((factor, i) => inputs[`x${i}`]!.mul(factor)),
);
tf.registerGradient({
  kernelName: name,
  gradFunc: (gradients, _, attrs) => {
    const { factors } = attrs as unknown as Options;
    const dys = [gradients].flat();
    return Object.fromEntries(factors.map((factor, i) => [`x${i}`, () => dys[i]!.mul(factor)]));
  },
});

/** Each tensor times its factor. */
export function scale(tensors: readonly tf.Tensor[], factors: readonly number[]): tf.Tensor[] {
  const scaled: tf.Tensor[] = [];
  while (scaled.length < tensors.length) {
    const begin = scaled.length;
    const group = tensors.slice(begin, begin + together);
    const inputs = Object.fromEntries(group.map((tensor, i) => [`x${i}`, tensor]));
    const options = { factors: factors.slice(begin, begin + together) };
    scaled.push(...[tf.engine().runKernel(name, inputs, options)].flat());
  }
  return scaled;
}
