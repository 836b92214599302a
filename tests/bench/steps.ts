// The measuring itself: see steps.mjs.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { type Config, defaults } from "../../src/gan/config.ts";
import { Run } from "../../src/gan/run.ts";
import type { Batches } from "../../src/gan/source.ts";
import { plainSteps } from "../../src/gan/step.ts";
import * as tf from "../../src/gan/tf.ts";
import { useKernels } from "../../src/gpu/kernels/index.ts";
import { drainPool, internals } from "../../src/gpu/record/backend.ts";
import { recordedSteps, type RecordedSteps } from "../../src/gpu/record/steps.ts";
import { openWebGpu } from "../../src/gpu/webgpu.ts";
import { adapter, nullGpu } from "../engines.ts";
import { batchesOf, source } from "../gan/tiny.ts";

interface Way {
  name: string;
  kernels: "plain" | "fast";
  recorded: boolean;
}

const ways: Way[] = [
  { name: "eager", kernels: "plain", recorded: false },
  { name: "recorded", kernels: "plain", recorded: true },
  { name: "eager+kernels", kernels: "fast", recorded: false },
  { name: "recorded+kernels", kernels: "fast", recorded: true },
];

interface Row {
  way: string;
  resolution: number;
  /** Of a D and a G step together. */
  dispatches: number;
  copies: number;
  /** The quickest of twenty: other work on the machine only ever adds to it. */
  jsMs: number;
  msPerStep?: number;
  peakMB: number;
  lossD?: number;
}

interface Sizes {
  resolutions: number[];
  channels: number;
}

/** Prints a row for each way and resolution: fading in, batch 16, WGAN-GP. */
export async function bench(sizes: Sizes, steps: number, timed: boolean): Promise<void> {
  const { resolutions, channels } = sizes;
  const rows: Row[] = [];
  const engine = await openWebGpu((await nullGpu!.requestAdapter())!);
  for (const resolution of resolutions) {
    for (const way of ways) rows.push(await costs(way, resolution, channels));
    console.log(`Kernels of a D and a G step at ${resolution} px:`, lastKernels);
  }
  engine.close();
  if (timed && adapter) await time(rows, sizes, steps);
  console.table(rows.map((row) => ({ ...row, jsMs: round(row.jsMs), peakMB: round(row.peakMB) })));
}

let lastKernels: Record<string, number> = {};

async function costs(way: Way, resolution: number, channels: number): Promise<Row> {
  useKernels(way.kernels);
  const { run, steps } = await begin(way, resolution, channels);
  const counted = countCommands();
  run.advance();
  const { dispatches, copies } = counted.stop();
  const js: number[] = [];
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    run.advance();
    js.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const recordings = steps?.report.recordings.filter(({ key }) => key.includes(`,${resolution},true`)) ?? [];
  lastKernels = {};
  for (const name of recordings.flatMap(({ kernels }) => kernels))
    lastKernels[name] = (lastKernels[name] ?? 0) + 1;
  const row = {
    way: way.name,
    resolution,
    dispatches,
    copies,
    jsMs: Math.min(...js),
    peakMB: bytes(steps) / 1e6,
  };
  run.dispose();
  return row;
}

async function time(rows: Row[], { resolutions, channels }: Sizes, steps: number): Promise<void> {
  await openWebGpu(adapter!);
  for (const resolution of resolutions) {
    const runs = [];
    for (const way of ways) {
      useKernels(way.kernels);
      runs.push({ way, ...(await begin(way, resolution, channels)), times: [] as number[] });
    }
    for (let i = 0; i < steps; i++)
      for (const { way, run, times } of runs) {
        useKernels(way.kernels);
        const began = performance.now();
        run.advance();
        await run.store.read("stats/G").data();
        times.push(performance.now() - began);
      }
    for (const { way, run, times } of runs) {
      const row = rows.find((row) => row.way === way.name && row.resolution === resolution)!;
      row.msPerStep = Math.round(median(times));
      console.log(`${resolution} px, ${way.name}: ${times.map(Math.round).join(", ")} ms`);
      row.lossD = (await run.readStats()).stats.lossD!.mean;
      run.dispose();
    }
  }
}

/** A run at the beginning of the fade, all of whose pipelines are there. */
async function begin(
  { recorded }: Way,
  resolution: number,
  channels: number,
): Promise<{ run: Run; steps?: RecordedSteps }> {
  drainPool(internals(tf.backend() as WebGPUBackend));
  const steps = recorded ? recordedSteps(tf.backend() as WebGPUBackend) : undefined;
  const fading: Partial<Config> = {
    from: (resolution / 2) as Config["from"],
    to: resolution as Config["to"],
    imagesPerPhase: 16,
    imagesPerFade: 1e6,
  };
  const config = { ...defaults, ...fading, channelsMax: channels };
  const run = new Run(config, { ...source, resolution: 64 }, sameBatch(), [], steps ?? plainSteps);
  for (let i = 0; i < 3; i++) {
    while (run.grow());
    run.advance();
    await steps?.settled();
  }
  return { run, steps };
}

/** One batch of noise for each resolution, again and again: drawing it is not what is measured. */
function sameBatch(): Batches {
  const drawn = new Map<number, Float32Array>();
  return {
    place: 0,
    next(resolution, count) {
      const batch = drawn.get(resolution) ?? batchesOf().next(resolution, count);
      drawn.set(resolution, batch);
      return batch;
    },
  };
}

function countCommands() {
  const [pass, encoder] = [GPUComputePassEncoder.prototype, GPUCommandEncoder.prototype];
  const { dispatchWorkgroups } = pass;
  const { copyBufferToBuffer } = encoder;
  const counted = { dispatches: 0, copies: 0 };
  pass.dispatchWorkgroups = function (...size) {
    counted.dispatches++;
    return dispatchWorkgroups.apply(this, size);
  };
  encoder.copyBufferToBuffer = function (this: GPUCommandEncoder, ...args: unknown[]) {
    counted.copies++;
    return Reflect.apply(copyBufferToBuffer, this, args);
  } as typeof copyBufferToBuffer;
  return {
    stop() {
      Object.assign(pass, { dispatchWorkgroups });
      Object.assign(encoder, { copyBufferToBuffer });
      return counted;
    },
  };
}

/** All there is on the GPU. tfjs's pool never shrinks, so that it is its peak. */
function bytes(steps?: RecordedSteps): number {
  const { state, blocks, recordings } = steps?.report.bytes ?? { state: 0, blocks: 0, recordings: 0 };
  return (
    state +
    blocks +
    recordings +
    (tf.memory() as unknown as { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU
  );
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const round = (value: number): number => Number(value.toPrecision(3));
