// The engines of the bench by name, each loaded only in the process that runs it: they set tfjs up in different ways.

import type { Case, Inputs } from "../cases.ts";

/** An engine with both networks on its device, before its first step. */
export interface Racer {
  /** The device in words a person can check. */
  device: string;
  /** Threads of the CPU it computes on, where it does. */
  threads?: number;
  /** Takes a step of D and one of G, or tells a GPU all that it has to do for them. */
  step(): void | Promise<void>;
  /** Resolves when all steps are done. */
  settled(): Promise<void>;
  /** Losses of the step before. */
  losses(): Promise<[d: number, g: number]>;
  /** Resolves when whatever is compiled beside the first steps is there. */
  warm?(): Promise<void>;
  /** How often each kernel is dispatched in a step, where that is known. */
  kernels?(): Record<string, number>;
  /** Bytes it holds, where it is not on a GPU. */
  bytes?(): number;
}

/** @param adapter where it computes on WebGPU */
export type Begin = (of: Case, inputs: Inputs, adapter?: GPUAdapter) => Promise<Racer>;

export interface Engine {
  runs: "webgpu" | "wasm" | "torch";
  /** How it is loaded; PyTorch is a program of its own. */
  load?(): Promise<Begin>;
}

export const engines: Readonly<Record<string, Engine>> = {
  stock: { runs: "webgpu", load: async () => (await import("./stock.ts")).beginOnWebGpu },
  eager: { runs: "webgpu", load: async () => (await import("./ours.ts")).eager },
  recorded: { runs: "webgpu", load: async () => (await import("./ours.ts")).recorded },
  "recorded+kernels": { runs: "webgpu", load: async () => (await import("./ours.ts")).recordedWithKernels },
  "jax-js": { runs: "webgpu", load: async () => (await import("./jax.ts")).begin },
  wasm: { runs: "wasm", load: async () => (await import("./ours.ts")).wasm },
  "wasm-plain": { runs: "wasm", load: async () => (await import("./stock.ts")).beginOnWasm },
  "torch-cpu": { runs: "torch" },
  "torch-eager": { runs: "torch" },
  "torch-compile": { runs: "torch" },
  "torch-cuda-graph": { runs: "torch" },
};
