// What an engine is once it is open, and what a platform must have for one.

import type { Steps } from "../gan/step.ts";

/**
 * A tfjs backend that is set up and current. Its first four fields are what the page is told about it;
 * the rest can't be posted to another thread.
 */
export interface OpenEngine {
  name: "webgpu" | "wasm";
  /** The device in words a person can check, e.g. "NVIDIA ada lovelace" or "4 threads, SIMD". */
  device: string;
  /** A GPU that is emulated on the CPU. */
  software: boolean;
  /** Why a faster engine is not in use, where one was looked for: a cause and what would help. */
  notice?: Notice;

  limits: EngineLimits;
  /** A faster way to take the steps of one run, where the engine has one. What it computes is the same to the last bit. */
  recordSteps?(): Steps;
  /** Resolves when what the engine computes can no longer be trusted. Never rejects; absent where that can't happen. */
  lost?: Promise<Loss>;
  /** Frees the device and every tensor on it. */
  close(): void;
}

export interface Notice {
  message: string;
  remedy: string;
}

export interface EngineLimits {
  /** Bytes that one tensor may hold. */
  maxBufferSize: number;
  /** Bytes that all tensors together may hold, where that is known. */
  maxBytes?: number;
}

export interface Loss {
  /** "destroyed" is our own doing: the engine was closed. */
  reason: "destroyed" | "lost" | "out-of-memory" | "error";
  message: string;
}

/** What differs between a page and Node: where WebGPU and the WASM files come from. */
export interface Platform {
  /**
   * WebGPU's entry point.
   * @throws Trouble where there is none
   */
  gpu(): Promise<GPU>;
  /** What to do where WebGPU offers no adapter. */
  noAdapter: Notice;
  /** Where the three WASM files are, by tfjs's names for them. */
  wasmFiles(): Promise<Record<string, string>>;
}
