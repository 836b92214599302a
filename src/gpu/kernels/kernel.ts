// What a WebGPU kernel of ours is to the rest: the operation that it does, and how.

import type * as tf from "../../gan/tf.ts";
import type { Options } from "../operations.ts";
import type { Backend } from "../record/backend.ts";

export interface FastKernel {
  /** The operation, whose plain form is the twin of this. */
  operation: string;
  run(backend: Backend, inputs: tf.NamedTensorInfoMap, options: Options): tf.TensorInfo[];
}
