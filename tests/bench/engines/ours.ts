// Our own engines: a run of the playground, whose steps are taken in each of the ways that there are.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { averageName, momentNames } from "../../../src/gan/networks/parameters.ts";
import { Run } from "../../../src/gan/run.ts";
import type { Batches } from "../../../src/gan/source.ts";
import { plainSteps } from "../../../src/gan/step.ts";
import { tallyNames, tallyShape } from "../../../src/gan/statistics/tally.ts";
import * as tf from "../../../src/gan/tf.ts";
import type { OpenEngine } from "../../../src/gpu/engine.ts";
import { recordedSteps, type RecordedSteps } from "../../../src/gpu/record/steps.ts";
import { openWasm } from "../../../src/gpu/wasm.ts";
import { openWebGpu } from "../../../src/gpu/webgpu.ts";
import { type Case, colors, type Inputs, placeOf } from "../cases.ts";
import type { Begin, Racer } from "./index.ts";

export const eager: Begin = async (of, inputs, adapter) =>
  race(await openWebGpu(adapter!, "plain"), of, inputs);

export const recorded: Begin = async (of, inputs, adapter) =>
  race(await openWebGpu(adapter!, "plain"), of, inputs, true);

export const recordedWithKernels: Begin = async (of, inputs, adapter) =>
  race(await openWebGpu(adapter!, "fast"), of, inputs, true);

export const wasm: Begin = async (of, inputs) => {
  const { node } = await import("../../../src/gpu/node.ts"); // which a page can't load
  return { ...race(await openWasm(node), of, inputs), ...(await wasmFacts()) };
};

/** Threads of tfjs's WASM backend, and the size of its heap, which only grows. */
export async function wasmFacts(): Promise<Pick<Racer, "threads" | "bytes">> {
  const { getThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
  const { wasm } = tf.backend() as unknown as { wasm: { HEAP8: Int8Array } };
  return { threads: getThreadsCount(), bytes: () => wasm.HEAP8.byteLength };
}

function race(engine: OpenEngine, of: Case, inputs: Inputs, replayed = false): Racer {
  const steps = replayed ? recordedSteps(tf.backend() as WebGPUBackend) : undefined;
  const source = { name: "noise", channels: colors, resolution: of.resolution } as const;
  const start = { place: placeOf(of), tensors: tensorsOf(inputs) };
  const run = new Run(start, source, batchesOf(inputs), [], steps ?? plainSteps);
  return {
    device: engine.device,
    step: () => run.advance(),
    settled: run.settled,
    async losses() {
      const { lossD, lossG } = (await run.readStats()).stats;
      return [lossD!.mean, lossG!.mean];
    },
    warm: steps && (() => steps.settled()),
    kernels: steps && (() => kernelsOf(steps, of)),
  };
}

/** The operations of the recordings of this stage. */
function kernelsOf({ report }: RecordedSteps, { resolution, fade }: Case): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key, kernels } of report.recordings)
    if (key.includes(`,${resolution},${fade}`))
      for (const name of kernels) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The state of a run whose weights are given, and all else at its beginning. */
function tensorsOf({ weights }: Inputs): Record<string, tf.Tensor> {
  const tensors: Record<string, tf.Tensor> = {};
  for (const [name, { shape, values }] of weights) {
    const tensor = () => tf.tensor(values.slice(), [...shape]);
    tensors[name] = tensor();
    tensors[averageName(name)] ??= tensor();
    for (const moment of Object.values(momentNames(name))) tensors[moment] = tf.fill([...shape], 0);
  }
  for (const network of ["D", "G"] as const) tensors[tallyNames[network]] = tf.fill(tallyShape(network), 0);
  return tensors;
}

function batchesOf({ draws }: Inputs): Batches {
  let next = 0;
  return { place: 0, next: () => draws[next++ % draws.length]!.real };
}
