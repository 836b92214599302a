// Steps that are recorded once and replayed. Until a recording's pipelines are compiled, steps are taken as they are
// written; as both give the same bits, nobody can tell but by the clock.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { tensorShapes } from "../../gan/parameters.ts";
import type { Store } from "../../gan/state.ts";
import { discriminatorStep, generatorStep, type Plan, plainSteps, type Steps } from "../../gan/step.ts";
import { tallyNames, tallyShape } from "../../gan/tally.ts";
import * as tf from "../../gan/tf.ts";
import { descriptorOf } from "../kernels/launch.ts";
import { assemble } from "../kernels/wgsl.ts";
import { Compiling, drainPool, internals, type Pipeline } from "./backend.ts";
import { Blocks } from "./blocks.ts";
import { flatten, type Inputs, inputShapes, type Network, unflatten } from "./inputs.ts";
import { bakedConfig, phaseKey, recordingKey } from "./key.ts";
import { StepQueue, usualTogether } from "./queue.ts";
import { createRecording, type Recording } from "./recording.ts";
import { shorten } from "./shorten.ts";
import { isNumber } from "./rewrite.ts";
import { PinnedState } from "./state.ts";
import type { Operation, Slot, Tape } from "./tape.ts";
import { trace } from "./trace.ts";

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
  tape: Tape;
  /** Tensors of the store that the step reads or writes. */
  state: string[];
  ready: boolean;
  failure?: unknown;
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
  const compiling: Record<string, Pipeline> = Object.create(backend.pipelineCache);
  let phase = "";
  let last: { plan: Plan; key: string } | undefined;
  let ahead: Plan[] = [];
  const counts = { replayed: 0, eager: 0 };

  const record = (network: Network, plan: Plan, key: string, phase: string): Entry => {
    const tape = assembled(shorten(traceStep(network, plan)));
    const slots = tape.operations.flatMap(({ reads, writes }) => [...reads, ...writes]);
    const names = slots.flatMap((slot) => (slot.kind === "state" ? [slot.name] : []));
    const entry: Entry = {
      phase,
      tape,
      state: [...new Set([...names, ...tape.results.keys()])],
      ready: false,
    };
    entries.set(key, entry);
    void compiled(tape).then(
      () => (entry.ready = true),
      (failure) => (entry.failure = failure),
    );
    return entry;
  };

  const traceStep = (network: Network, plan: Plan): Tape => {
    const inputs = inputShapes(network, plan);
    const tape = trace(
      backend,
      { inputs, state: stateShapes(plan) },
      (traced) => {
        const store = scratchStore(traced.state);
        const baked = { ...plan, config: bakedConfig(plan.config) };
        try {
          if (network === "D") discriminatorStep(store, baked, unflatten(traced.inputs));
          else generatorStep(store, baked, unflatten(traced.inputs));
        } catch (error) {
          store.dispose();
          throw error;
        }
        return store.written;
      },
      compiling,
    );
    return tape;
  };

  /** Has the kernels of a tape put together and compiled, those that are not there yet. */
  const assembled = (tape: Tape): Tape => {
    const { device } = backend;
    const operations = tape.operations.map((operation): Operation => {
      if (!operation.work) return operation;
      const [first] = operation.work.outputs as [Slot];
      const { name, code, outputs, inputs, uniforms } = assemble(operation.work, first.bytes / 4, isNumber);
      const pipeline = (compiling[name] ??= new Compiling(device, descriptorOf(device, name, code)));
      const { workgroups } = operation.work;
      const dispatch = { pipeline, bindings: [...outputs, ...inputs], uniforms, workgroups };
      return { ...operation, work: undefined, dispatch };
    });
    for (const [key, pipeline] of Object.entries(compiling)) {
      if (!(pipeline instanceof Compiling)) continue;
      pipeline.done.then(
        (made) => {
          backend.pipelineCache[key] ??= made;
          delete compiling[key];
        },
        () => delete compiling[key],
      );
    }
    return { ...tape, operations };
  };

  const drop = (condition: (entry: Entry, key: string) => boolean) => {
    queue.submit();
    for (const [key, entry] of entries) {
      if (!condition(entry, key)) continue;
      entry.recording?.free();
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
        const phase = phaseKey(plan);
        const key = recordingKey(network, plan, phase);
        if (!entries.has(key)) return void record(network, plan, key, phase);
      }
    ahead = [];
  };

  const take = (network: Network, store: Store, plan: Plan, inputs: Inputs, eager: () => void) => {
    const now = phaseOf(plan);
    enter(now);
    const key = recordingKey(network, plan, now);
    const entry = entries.get(key) ?? record(network, plan, key, now);
    if (entry.failure) throw entry.failure;
    if (!entry.ready) {
      counts.eager++;
      return eager();
    }
    if (!entry.recording) {
      drainPool(backend); // what eager steps have left there
      entry.recording = createRecording(backend.device, entry.tape, blocks, (...of) => state.buffer(...of));
    }
    state.pin(store, entry.state);
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
    dispose() {
      drop(() => true);
      queue.dispose();
      state.dispose();
      drainPool(backend);
    },
    async settled() {
      await Promise.allSettled([...entries.values()].map(({ tape }) => compiled(tape)));
    },
    get report() {
      const recordings = [...entries].map(([key, { tape, ready }]) => ({
        key,
        dispatches: tape.operations.filter(({ dispatch }) => dispatch).length,
        copies: tape.operations.filter(({ dispatch }) => !dispatch).length + tape.results.size,
        kernels: tape.operations.map(({ name }) => name),
        ready,
      }));
      const own = [...entries.values()].reduce(
        (sum, { recording }) => sum + (recording?.bytes ?? 0),
        queue.bytes,
      );
      return { ...counts, recordings, bytes: { state: state.bytes, blocks: blocks.bytes, recordings: own } };
    },
  };
}

/** Resolves once every pipeline of a tape is there. */
async function compiled({ operations }: Tape): Promise<void> {
  await Promise.all(
    operations.map(({ dispatch }) => dispatch?.pipeline instanceof Compiling && dispatch.pipeline.done),
  );
}

/** Every tensor of the store that a step of this plan may touch. */
function stateShapes({ config, g, d }: Plan): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const layer of [...g, ...d])
    for (const [name, shape] of tensorShapes(layer, config)) shapes.set(name, shape);
  for (const network of ["D", "G"] as const) shapes.set(tallyNames[network], tallyShape(network));
  return shapes;
}

/** A store over stand-ins, which keeps what a step writes apart. */
function scratchStore(state: ReadonlyMap<string, tf.Tensor>): Store & { written: Map<string, tf.Tensor> } {
  const written = new Map<string, tf.Tensor>();
  return {
    written,
    read(name) {
      const tensor = written.get(name) ?? state.get(name);
      if (!tensor) throw new Error(`The step reads ${name}, which is no tensor of its layers.`);
      return tensor;
    },
    write(name, tensor) {
      const before = written.get(name);
      written.set(name, tf.keep(tensor));
      if (before !== tensor) before?.dispose();
    },
    names: () => [...state.keys()],
    dispose: () => tf.dispose([...written.values()]),
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
