// What a WASM kernel of ours is to the rest: the operation that it does, for which inputs, and how.

import type * as tf from "../../gan/tf.ts";
import type { Options } from "../operations.ts";
import type { Heap } from "./heap.ts";

export interface WasmKernel {
  /** The operation, whose plain form is the twin of this. */
  operation: string;
  /** Whether this kernel is for such inputs; the plain one serves the others. */
  serves?(inputs: tf.NamedTensorInfoMap, options: Options): boolean;
  run(heap: Heap, inputs: tf.NamedTensorInfoMap, options: Options): tf.TensorInfo[];
}
