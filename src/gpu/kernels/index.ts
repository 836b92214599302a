// Our own WebGPU kernels for operations of src/gan, and how they take the place of the plain ones. Same inputs, same
// results but for rounding, the same bits each time.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "../../gan/tf.ts";
import { type Options, plainKernel } from "../operations.ts";
import { internals } from "../record/backend.ts";
import { adam, average } from "./adam.ts";
import { channelSum } from "./channelSum.ts";
import { convs } from "./conv.ts";
import { filterGradient } from "./filterGradient.ts";
import type { FastKernel } from "./kernel.ts";
import { maps } from "./map.ts";
import { pixelNorms } from "./pixelNorm.ts";
import { stddev } from "./stddev.ts";
import { useMaps } from "./stock.ts";
import { tally } from "./tally.ts";

const kernels: readonly FastKernel[] = [
  ...convs,
  filterGradient,
  ...pixelNorms,
  channelSum,
  ...stddev,
  ...maps,
  tally,
  adam,
  average,
];

/** Has WebGPU compute our operations by kernels of our own, or as the plain tfjs that they stand beside. */
export function useKernels(which: "fast" | "plain"): void {
  useMaps(which);
  for (const { operation, run } of kernels) {
    tf.unregisterKernel(operation, "webgpu");
    tf.registerKernel({
      kernelName: operation,
      backendName: "webgpu",
      kernelFunc:
        which === "plain"
          ? plainKernel(operation)
          : ({ inputs, attrs, backend }) => {
              const outputs = run(internals(backend as WebGPUBackend), inputs, attrs as unknown as Options);
              return outputs.length === 1 ? outputs[0]! : outputs;
            },
    });
  }
}
