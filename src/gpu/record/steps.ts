// Steps that are recorded once and replayed. Until a recording's pipelines are compiled, steps are taken as they are
// written; as both give the same bits, nobody can tell but by the clock.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Store } from "../../gan/state.ts";
import { type Plan, plainSteps, type Steps } from "../../gan/step.ts";
import type * as tf from "../../gan/tf.ts";
import { drainPool, internals } from "./backend.ts";
import { Blocks } from "./blocks.ts";
import { flatten, type Inputs, type Network } from "./inputs.ts";
import { phaseKey, recordingKey } from "./key.ts";
import { StepQueue, usualTogether } from "./queue.ts";
import { createRecording, type Recording } from "./recording.ts";
import { PinnedState } from "./state.ts";
import { type Taped, tapesOf } from "./tapes.ts";

export interface RecordedSteps extends Steps {
  /** Resolves once all that was traced is compiled, or failed to. */
  settled(): Promise<void>;
  /** What there is now. */
  readonly report: StepsReport;
}

export interface StepsReport {
  recordings: { key: string; dispatches: number; copies: number; kernels: string[]; ready: boolean }[];
  /** Bytes on the GPU: of the state, of what lives within a step, and of the recordings. */
  bytes: { state: number; blocks: number; recordings: number };
  /** Steps replayed, and steps taken as they are written. */
  replayed: number;
  eager: number;
}

interface Entry {
  phase: string;
  taped: Taped;
  recording?: Recording;
}

/**
 * Steps for one run on `backend`, which is tfjs's current one.
 * @param together GPU time of steps that may be submitted as one, ms
 */
export function recordedSteps(tfjsBackend: WebGPUBackend, together = usualTogether): RecordedSteps {
  const backend = internals(tfjsBackend);
  const state = new PinnedState(backend);
  const blocks = new Blocks(backend.device);
  const queue = new StepQueue(backend, together);
  const entries = new Map<string, Entry>();
  const tapes = tapesOf(backend);
  let phase = "";
  let last: { plan: Plan; key: string } | undefined;
  let ahead: Plan[] = [];
  const counts = { replayed: 0, eager: 0 };

  /** What is there for a step, or begins to be. */
  const entryOf = (network: Network, plan: Plan): Entry => {
    const phase = phaseOf(plan);
    const key = recordingKey(network, plan, phase);
    const known = entries.get(key);
    if (known) return known;
    const entry = { phase, taped: tapes.take(network, plan, key) };
    entries.set(key, entry);
    return entry;
  };

  const drop = (condition: (entry: Entry, key: string) => boolean) => {
    queue.submit();
    for (const [key, entry] of entries) {
      if (!condition(entry, key)) continue;
      entry.recording?.free();
      tapes.release(key);
      entries.delete(key);
    }
  };

  /** The key of the plan's phase, which is spelt out only when the plan is another than the last. */
  const phaseOf = (plan: Plan): string => {
    if (!last || !isAlike(plan, last.plan)) last = { plan, key: phaseKey(plan) };
    return last.key;
  };

  /** Keeps the recordings of this phase and those that were asked for ahead, and no other. */
  const enter = (next: string) => {
    if (next === phase) return;
    phase = next;
    const expected = new Set(ahead.map(phaseKey));
    drop((entry) => entry.phase !== phase && !expected.has(entry.phase));
    drainPool(backend);
  };

  /** Traces one of the steps to come, if any is left: a trace takes a fraction of a second. */
  const recordAhead = () => {
    for (const plan of ahead)
      for (const network of ["D", "G"] as const) {
        const before = entries.size;
        entryOf(network, plan);
        if (entries.size > before) return;
      }
    ahead = [];
  };

  const take = (network: Network, store: Store, plan: Plan, inputs: Inputs, eager: () => void) => {
    enter(phaseOf(plan));
    const entry = entryOf(network, plan);
    const { tape, ready, failure, state: names } = entry.taped;
    if (failure) throw failure;
    if (!ready) {
      counts.eager++;
      return eager();
    }
    if (!entry.recording) {
      drainPool(backend); // what eager steps have left there
      entry.recording = createRecording(backend.device, tape, blocks, (...of) => state.buffer(...of));
    }
    state.pin(store, names);
    entry.recording.replay(queue, valuesOf(inputs));
    counts.replayed++;
    recordAhead();
  };

  return {
    discriminator: (store, plan, inputs) =>
      take("D", store, plan, inputs, () => plainSteps.discriminator(store, plan, inputs)),
    generator: (store, plan, inputs) =>
      take("G", store, plan, inputs, () => plainSteps.generator(store, plan, inputs)),
    expect(plans) {
      ahead = [...plans];
    },
    prepare(plans) {
      const wanted = plans.flatMap((plan) => [entryOf("D", plan), entryOf("G", plan)]);
      if (wanted.every(({ taped }) => taped.ready)) return undefined;
      return Promise.all(wanted.map(({ taped }) => taped.compiled)).then(() => {});
    },
    dispose() {
      drop(() => true);
      queue.dispose();
      state.dispose();
      drainPool(backend);
    },
    async settled() {
      await Promise.allSettled([...entries.values()].map(({ taped }) => taped.compiled));
    },
    get report() {
      const recordings = [...entries].map(([key, { taped }]) => {
        const { operations, results } = taped.tape;
        const dispatches = operations.filter(({ dispatch }) => dispatch).length;
        const copies = operations.length - dispatches + results.size;
        return { key, dispatches, copies, kernels: operations.map(({ name }) => name), ready: taped.ready };
      });
      const own = [...entries.values()].reduce(
        (sum, { recording }) => sum + (recording?.bytes ?? 0),
        queue.bytes,
      );
      return { ...counts, recordings, bytes: { state: state.bytes, blocks: blocks.bytes, recordings: own } };
    },
  };
}

/** Whether two plans are of one phase for sure: a config is replaced when it changes, and layers stay what they are. */
function isAlike(a: Plan, b: Plan): boolean {
  const same = (layers: Plan["g"], others: Plan["g"]) =>
    layers.length === others.length && layers.every((layer, i) => layer === others[i]);
  return (
    a.config === b.config &&
    a.depth.resolution === b.depth.resolution &&
    a.depth.fading === b.depth.fading &&
    same(a.g, b.g) &&
    same(a.d, b.d)
  );
}

/** The numbers of inputs that are on the CPU, as those of steps are. Many parameters share the tensors of their pace. */
function valuesOf(inputs: Inputs): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  const known = new Map<tf.Tensor, Float32Array>();
  for (const [path, tensor] of flatten(inputs)) {
    const numbers = known.get(tensor) ?? tensor.dataSync<"float32">();
    known.set(tensor, numbers);
    values.set(path, numbers);
  }
  return values;
}
