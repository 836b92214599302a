// Single convolutions and their gradients on the machine's adapter, against what it can do at most. A process of its own.
//
// A GPU finishes one of them sooner than JavaScript asks for the next. So each dispatch is asked for many times over, which
// changes nothing in the result, and what a repetition adds is what the operation takes.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { conv } from "../../../src/gan/ops/index.ts";
import * as tf from "../../../src/gan/tf.ts";
import { type Backend, flush, internals } from "../../../src/gpu/record/backend.ts";
import { openWebGpu } from "../../../src/gpu/webgpu.ts";
import { answerCalls } from "../answers.ts";
import type { Setup } from "../calls.ts";
import { openGpu } from "../gpu.ts";
import { type Micro, type MicroRow, quickShapes, shapes, shareOfPeak } from "./rows.ts";
import { median } from "../rows.ts";

/** How often the current dispatches are asked for; 0 leaves them out. */
let times = 1;

function repeatDispatches(): void {
  const pass = GPUComputePassEncoder.prototype;
  const { dispatchWorkgroups } = pass;
  pass.dispatchWorkgroups = function (...size) {
    for (let i = 0; i < times; i++) dispatchWorkgroups.apply(this, size);
  };
}

/** @throws Error where there is no adapter */
export async function measureMicro(gpu: GPU, quick: boolean): Promise<Micro> {
  repeatDispatches();
  let device = "";
  const [ms, samples] = quick ? [60, 3] : [200, 5];
  const rows: Omit<MicroRow, "share">[] = [];
  for (const kernels of ["fast", "plain"] as const) {
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }); // good for one device
    if (!adapter) throw new Error("WebGPU finds no adapter here");
    const engine = await openWebGpu(adapter, kernels);
    device = engine.device;
    const backend = internals(tf.backend() as WebGPUBackend);
    const add = async (
      row: Pick<MicroRow, "kernels" | "operation" | "shape">,
      flops: number,
      run: () => void,
    ) => {
      const taken = await timeOf(backend, run, ms, samples);
      rows.push({ engine: "webgpu", ...row, ms: taken, gflops: flops / taken / 1e6 });
    };
    if (kernels === "fast") {
      const peak = peakKernel(backend.device, quick ? 2 ** 10 : 2 ** 18);
      await add({ kernels: "peak", operation: "multiply-add", shape: "float32" }, peak.flops, () =>
        peak.run(backend),
      );
      const n = quick ? 256 : 2048;
      const [a, b] = [tf.randomUniform<tf.Rank.R2>([n, n]), tf.randomUniform<tf.Rank.R2>([n, n])];
      const product = { kernels: "peak", operation: "matrix product", shape: `${n}×${n}×${n}` } as const;
      await add(product, 2 * n ** 3, () => void tf.matMul(a, b));
    }
    for (const [N, R, inputs, outputs, K] of quick ? quickShapes : shapes) {
      const shape = `${N}×${R}×${R}×${inputs}→${outputs}, ${K}×${K}`;
      const flops = 2 * N * R * R * inputs * outputs * K * K;
      const x = tf.randomUniform<tf.Rank.R4>([N, R, R, inputs]);
      const w = tf.randomUniform<tf.Rank.R4>([K, K, inputs, outputs]);
      const dy = tf.randomUniform<tf.Rank.R4>([N, R, R, outputs]);
      await add({ kernels, operation: "conv", shape }, flops, () => void conv(x, w));
      await add({ kernels, operation: "input gradient", shape }, flops, () =>
        gradientAlone((x) => conv(x, w), x, dy),
      );
      await add({ kernels, operation: "filter gradient", shape }, flops, () =>
        gradientAlone((w) => conv(x, w), w, dy),
      );
      tf.dispose([x, w, dy]);
    }
    engine.close();
  }
  return { device, rows: shareOfPeak(rows) };
}

/** Repeats what the gradient takes, and not the value before it. */
function gradientAlone(f: (x: tf.Tensor4D) => tf.Tensor4D, x: tf.Tensor4D, dy: tf.Tensor4D): void {
  const wanted = times;
  tf.grad((x) => {
    times = 1;
    const y = f(x as tf.Tensor4D);
    times = wanted;
    return y;
  })(x, dy);
}

/** Milliseconds of one run on the GPU: of `repeats` and one, less one, divided by `repeats`. */
async function timeOf(backend: Backend, run: () => void, ms: number, samples: number): Promise<number> {
  const once = async (repeats: number) => {
    times = repeats;
    const began = performance.now();
    tf.tidy(run);
    flush(backend);
    times = 1;
    await backend.device.queue.onSubmittedWorkDone();
    return performance.now() - began;
  };
  await once(1); // compiles
  let repeats = 1;
  while (repeats < 4096 && (await once(1 + repeats)) < ms) repeats *= 2;
  const taken: number[] = [];
  for (let i = 0; i < samples; i++) {
    const alone = await once(1);
    taken.push(Math.max(0, (await once(1 + repeats)) - alone) / repeats);
  }
  return median(taken);
}

/** A kernel of nothing but multiply-adds, on eight independent vectors of four a thread. */
function peakKernel(device: GPUDevice, threads: number): { flops: number; run(backend: Backend): void } {
  const [rounds, vectors] = [256, 8];
  const each = (line: (i: number) => string) => Array.from({ length: vectors }, (_, i) => line(i)).join("\n");
  const code = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let a = y[id.x] + vec4<f32>(0.999);
  ${each((i) => `var v${i} = a * ${i}.5;`)}
  for (var round = 0u; round < ${rounds}u; round++) {
    ${each((i) => `v${i} = fma(v${i}, a, a);`)}
  }
  y[id.x] = (${Array.from({ length: vectors }, (_, i) => `v${i}`).join(" + ")}) * 1e-30;
}`;
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
  });
  const buffer = device.createBuffer({ size: 16 * threads, usage: GPUBufferUsage.STORAGE });
  const entries = [{ binding: 0, resource: { buffer } }];
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return {
    flops: 2 * 4 * vectors * rounds * threads,
    run() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(threads / 64);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}

const setup = JSON.parse(process.argv[2]!) as Setup;
const gpu = await openGpu("real");
await answerCalls(() => measureMicro(gpu, setup.quick));
