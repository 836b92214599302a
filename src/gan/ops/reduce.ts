// Sums and means whose gradients stay on the engine. The stock ones build an array of ones in JavaScript and
// upload it at every step.

import * as tf from "../tf.ts";
import { type Apply, defineOperation } from "./operation.ts";

for (const [kernelName, share] of [
  [tf.Sum, () => 1],
  [tf.Mean, (y: tf.Tensor, x: tf.Tensor) => y.size / x.size],
] as const)
  tf.registerGradient({
    kernelName,
    inputsToSave: ["x"],
    gradFunc: (gradient, [saved], { axis }) => {
      const dy = gradient as tf.Tensor;
      const x = saved!;
      return { x: () => spread(dy, x.shape, axis as number | number[], share(dy, x)) };
    },
  });

const sumUp: Apply<{ x: tf.Tensor }, { shape: number[] }, tf.Tensor1D> = defineOperation({
  name: "PggChannelSum",
  forward: ({ x }, { shape }) => x.reshape<tf.Tensor2D>([-1, shape.at(-1)!]).sum<tf.Tensor1D>(0),
  needs: [],
  gradient: (dy, _, { shape }) => ({ x: () => dy.mul(tf.fill(shape, 1)) }),
});

/** The sum over all axes but the last, [C]. */
export const channelSum = (x: tf.Tensor): tf.Tensor1D => sumUp({ x }, { shape: x.shape });

/** `dy` times `factor`, repeated along the axes that were reduced. */
function spread(dy: tf.Tensor, shape: number[], axis: number | number[], factor: number): tf.Tensor {
  const kept = [...shape];
  for (const reduced of tf.util.parseAxisParam(axis, shape)) kept[reduced] = 1;
  return dy.reshape(kept).mul(tf.fill(shape, factor));
}
