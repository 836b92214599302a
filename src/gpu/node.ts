// Where Node finds its engines: WebGPU from Dawn (npm package "webgpu"), and WASM files from the installed package.

import { createRequire } from "node:module";
import { openDawn } from "./dawn.ts";
import type { Platform } from "./engine.ts";

export const node: Platform = {
  gpu: openDawn,

  noAdapter: {
    message: "WebGPU is installed, but found no GPU.",
    remedy:
      "Check that vulkaninfo (on Linux) lists the GPU and that its driver is up to date, or use --engine wasm.",
  },

  async wasmFiles() {
    const { resolve } = createRequire(import.meta.url);
    const names = [
      "tfjs-backend-wasm.wasm",
      "tfjs-backend-wasm-simd.wasm",
      "tfjs-backend-wasm-threaded-simd.wasm",
    ];
    return Object.fromEntries(
      names.map((name) => [name, resolve(`@tensorflow/tfjs-backend-wasm/dist/${name}`)]),
    );
  },
};
