// Our own kernels for the WASM engine, and how they take the place of the plain ones. Same inputs, same results but for
// rounding, the same bits each time.

import * as tf from "../../gan/tf.ts";
import { type Options, plainKernel } from "../operations.ts";
import { activations } from "./activation.ts";
import { convolutions } from "./conv.ts";
import { heapOf } from "./heap.ts";
import type { WasmKernel } from "./kernel.ts";
import { resamplings } from "./resample.ts";
import { small } from "./small.ts";
import { updates } from "./update.ts";

/** Kernels that tfjs has none for that would use several threads. */
const always: readonly WasmKernel[] = [...activations, ...updates, ...resamplings, ...small];

/** The operations that have kernels of ours. */
export const operations = [...always, ...convolutions].map(({ operation }) => operation);

/**
 * Has WASM compute our operations by kernels of our own, or as the plain tfjs that they stand beside.
 * @param which "shared" leaves the convolutions to tfjs, which has several threads for them
 */
export function useWasmKernels(which: "fast" | "shared" | "plain"): void {
  const kernels = which === "plain" ? [] : which === "shared" ? always : [...always, ...convolutions];
  for (const operation of operations) register(operation, plainKernel(operation));
  for (const { operation, run, serves } of kernels)
    register(operation, (given) => {
      const options = given.attrs as unknown as Options;
      if (serves && !serves(given.inputs, options)) return plainKernel(operation)(given);
      const outputs = run(heapOf(given.backend), given.inputs, options);
      return outputs.length === 1 ? outputs[0]! : outputs;
    });
}

function register(kernelName: string, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
}
