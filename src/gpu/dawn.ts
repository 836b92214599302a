// Chromium's WebGPU (Dawn) in Node, put where tfjs looks for a browser's.

import { Trouble } from "../gan/errors.ts";

/** Kept here for good: when the instance is collected as garbage, its devices die with it. */
let gpu: GPU | undefined;

/**
 * Starts Dawn once. The tfjs backend must be imported after it: it looks for WebGPU's globals as it loads.
 * @throws Trouble when the optional package is not installed or does not load on this system
 */
export async function openDawn(): Promise<GPU> {
  if (gpu) return gpu;
  const { create, globals } = await importDawn();
  Object.assign(globalThis, globals);
  gpu = create([]);
  // Node 21 and later have a navigator that can't be assigned to.
  Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "Node" }, configurable: true });
  return gpu;
}

async function importDawn(): Promise<typeof import("webgpu")> {
  try {
    return await import("webgpu");
  } catch (cause) {
    throw new Trouble(
      "WebGPU for Node (npm package webgpu) is not installed or does not run on this system.",
      "Run npm install webgpu, or use --engine wasm.",
      { cause },
    );
  }
}
