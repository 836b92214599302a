// What a recorded step is made of: operations on slots, which are buffers that need not exist yet.

import type { Work } from "../kernels/wgsl.ts";
import type { Pipeline } from "./backend.ts";

export type Slot = { readonly bytes: number } & (
  | { readonly kind: "temporary" }
  /** A tensor of the store, kept from step to step. */
  | { readonly kind: "state"; readonly name: string }
  /** What changes from step to step, by its path in the inputs. */
  | { readonly kind: "input"; readonly path: string }
  | { readonly kind: "constant"; readonly content: Uint8Array }
);

export interface Operation {
  /** The kernel's name, for people. */
  name: string;
  reads: readonly Slot[];
  writes: readonly Slot[];
  /** What runs: a kernel of ours that is still to be put together, or a dispatch. Neither for a plain copy of the first slot read into the first one written. */
  work?: Work<Slot>;
  dispatch?: Dispatch;
}

export interface Dispatch {
  pipeline: Pipeline;
  /** In the order of the shader's bindings. Uniforms come last. */
  bindings: readonly Slot[];
  uniforms: Uint8Array;
  workgroups: readonly [number, number, number];
}

export interface Tape {
  operations: readonly Operation[];
  /** For each tensor of the store that the step writes, where its new value is at the end. */
  results: ReadonlyMap<string, Slot>;
}

/** How many operations write each slot. */
export function countWriters(operations: readonly Operation[]): Map<Slot, number> {
  const writers = new Map<Slot, number>();
  for (const slot of operations.flatMap(({ writes }) => writes))
    writers.set(slot, (writers.get(slot) ?? 0) + 1);
  return writers;
}
