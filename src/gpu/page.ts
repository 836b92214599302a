// Where a page, or a worker of it, finds its engines: the browser's WebGPU, and WASM files served with the page.

import simdFile from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threadedFile from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import plainFile from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import { Trouble } from "../gan/errors.ts";
import type { Platform } from "./engine.ts";

export const page: Platform = {
  async gpu() {
    if (!globalThis.isSecureContext)
      throw new Trouble(
        "Browsers keep WebGPU from pages that are not served securely, and this one is not.",
        "Open it over https, or from localhost.",
      );
    // The types promise a GPU in every browser.
    if (!("gpu" in navigator) || !navigator.gpu)
      throw new Trouble(
        "This browser has no WebGPU.",
        "To train on the GPU, use a current Chrome, Edge, Safari 26+, or Firefox with WebGPU.",
      );
    return navigator.gpu;
  },

  noAdapter: {
    message: "WebGPU is here, but no GPU was offered.",
    remedy: "Usually hardware acceleration is off, or the driver is blocked. Check chrome://gpu.",
  },

  wasmFiles: async () => ({
    "tfjs-backend-wasm.wasm": plainFile,
    "tfjs-backend-wasm-simd.wasm": simdFile,
    "tfjs-backend-wasm-threaded-simd.wasm": threadedFile,
  }),
};
