// The tapes of an engine, which all runs on it share: a step is traced and compiled once, for a run, its twin, and the
// copies by which a run is checked.

import { tensorShapes } from "../../gan/networks/parameters.ts";
import type { Store } from "../../gan/state.ts";
import { discriminatorStep, generatorStep, type Plan } from "../../gan/step.ts";
import { tallyNames, tallyShape } from "../../gan/statistics/tally.ts";
import * as tf from "../../gan/tf.ts";
import { descriptorOf } from "../kernels/launch.ts";
import { assemble } from "../kernels/wgsl.ts";
import { type Backend, Compiling, type Pipeline } from "./backend.ts";
import { inputShapes, type Network, unflatten } from "./inputs.ts";
import { bakedConfig } from "./key.ts";
import { isNumber } from "./rewrite.ts";
import { shorten } from "./shorten.ts";
import type { Operation, Slot, Tape } from "./tape.ts";
import { trace } from "./trace.ts";

/** A tape and how far its pipelines are. */
export interface Taped {
  readonly tape: Tape;
  /** Tensors of the store that the step reads or writes. */
  readonly state: readonly string[];
  /** Resolves once every pipeline is there. */
  readonly compiled: Promise<void>;
  ready: boolean;
  failure?: unknown;
}

export interface Tapes {
  /** The tape of a step, traced now where nobody has it. Give it back with `release`. */
  take(network: Network, plan: Plan, key: string): Taped;
  release(key: string): void;
}

const known = new WeakMap<Backend, Tapes>();

/** The tapes of a backend, which is tfjs's current one. */
export function tapesOf(backend: Backend): Tapes {
  const tapes = known.get(backend) ?? createTapes(backend);
  known.set(backend, tapes);
  return tapes;
}

function createTapes(backend: Backend): Tapes {
  const kept = new Map<string, { taped: Taped; users: number }>();
  const compiling: Record<string, Pipeline> = Object.create(backend.pipelineCache);

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

  const record = (network: Network, plan: Plan): Taped => {
    const tape = assembled(shorten(traceStep(backend, network, plan, compiling)));
    const slots = tape.operations.flatMap(({ reads, writes }) => [...reads, ...writes]);
    const names = slots.flatMap((slot) => (slot.kind === "state" ? [slot.name] : []));
    const state = [...new Set([...names, ...tape.results.keys()])];
    const taped: Taped = { tape, state, ready: false, compiled: compiled(tape) };
    taped.compiled.then(
      () => (taped.ready = true),
      (failure) => (taped.failure = failure),
    );
    return taped;
  };

  return {
    take(network, plan, key) {
      const entry = kept.get(key) ?? { taped: record(network, plan), users: 0 };
      entry.users++;
      kept.set(key, entry);
      return entry.taped;
    },
    release(key) {
      const entry = kept.get(key);
      if (entry && --entry.users === 0) kept.delete(key);
    },
  };
}

/** Resolves once every pipeline of a tape is there. */
async function compiled({ operations }: Tape): Promise<void> {
  await Promise.all(
    operations.map(({ dispatch }) => dispatch?.pipeline instanceof Compiling && dispatch.pipeline.done),
  );
}

function traceStep(
  backend: Backend,
  network: Network,
  plan: Plan,
  pipelines: Record<string, Pipeline>,
): Tape {
  const shapes = { inputs: inputShapes(network, plan), state: stateShapes(plan) };
  return trace(
    backend,
    shapes,
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
    pipelines,
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
