// WebGPU in a process of the bench, put where every engine looks for it: the machine's own, or one that computes nothing.

import { openDawn } from "../../src/gpu/dawn.ts";

/**
 * @param which "null": Dawn's adapter that takes every command and computes nothing
 * @throws Trouble when the optional package is not installed or does not load on this system
 */
export async function openGpu(which: "null" | "real"): Promise<GPU> {
  const real = await openDawn();
  if (which === "real") return real;
  const { create } = await import("webgpu");
  kept = create(["backend=null"]);
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu: kept, userAgent: "Node" },
    configurable: true,
  });
  return kept;
}

/** Collected as garbage, the instance would take its devices along. */
let kept: GPU;
