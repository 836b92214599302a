// WASM as a tfjs backend: the engine of machines without a GPU, with SIMD, and threads where the page may share memory.

import { Trouble } from "../gan/errors.ts";
import * as tf from "../gan/tf.ts";
import type { OpenEngine, Platform } from "./engine.ts";
import { useWasmKernels } from "./wasm/index.ts";

/** The heap of a 32-bit WASM program can't grow further. */
const heapBytes = 2 ** 32;

/** With more threads than these, tfjs's convolutions overtake ours, which have one. */
const fewThreads = 2;

/** How to start the backend: tfjs's own way, kept because closing an engine makes tfjs forget it. */
let factory: ReturnType<typeof tf.findBackendFactory> | undefined;

/**
 * Makes WASM tfjs's current backend.
 * @throws Trouble when its files can't be loaded
 */
export async function openWasm(platform: Platform): Promise<OpenEngine> {
  const wasm = await import("@tensorflow/tfjs-backend-wasm"); // Registers backend and kernels.
  factory ??= tf.findBackendFactory("wasm");
  if (!tf.findBackendFactory("wasm")) tf.registerBackend("wasm", factory);
  wasm.setWasmPaths(await platform.wasmFiles());
  if (!(await tf.setBackend("wasm")))
    throw new Trouble(
      "The WASM engine did not start.",
      "Check that the .wasm files can be loaded, then try again.",
    );

  let open = true;
  const threads = wasm.getThreadsCount();
  const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  useWasmKernels(!simd ? "plain" : threads > fewThreads ? "shared" : "fast");
  return {
    name: "wasm",
    device: `${threads} ${threads === 1 ? "thread" : "threads"}${simd ? ", SIMD" : ""}`,
    software: false,
    limits: { maxBufferSize: heapBytes / 2, maxBytes: heapBytes },
    close() {
      if (open) tf.removeBackend("wasm");
      open = false;
    },
  };
}
