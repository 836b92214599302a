// What kernels of our own share on every engine: the options of the operations they compute, and the plain form beside them.

import "../gan/ops/index.ts";
import * as tf from "../gan/tf.ts";

/** Options of the operations that have any. */
export interface Options {
  stride: number;
  size: number;
  beta1: number;
  beta2: number;
  adamEpsilon: number;
  epsilon: number;
  sets: number;
  factor: number;
  factors: number[];
  rest: boolean;
  shape: number[];
  x: tf.TensorInfo;
  bias: tf.TensorInfo;
}

/** An operation in plain tfjs, which runs on any backend. */
export function plainKernel(operation: string): tf.KernelFunc {
  return tf.getKernel(operation, "cpu")!.kernelFunc;
}
