// Single convolutions and their gradients on WASM, against what one thread can do at most. A process of its own.

import { conv } from "../../../src/gan/ops/index.ts";
import "../../../src/gan/step.ts"; // every operation that has a kernel
import * as tf from "../../../src/gan/tf.ts";
import { node } from "../../../src/gpu/node.ts";
import { assemble, count, defineFunction, f32x4, int, sequence } from "../../../src/gpu/wasm/assembler.ts";
import { useWasmKernels } from "../../../src/gpu/wasm/index.ts";
import { openWasm } from "../../../src/gpu/wasm.ts";
import { answerCalls } from "../answers.ts";
import type { Setup } from "../calls.ts";
import { type Micro, type MicroRow, quickShapes, shapes, shareOfPeak } from "./rows.ts";
import { median } from "../rows.ts";

/** Vectors that are added up side by side, and rounds: enough to hide how long a sum takes. */
const [vectors, rounds] = [12, 4096];

async function measureMicro(quick: boolean): Promise<Micro> {
  const [ms, samples] = quick ? [20, 3] : [100, 5];
  const engine = await openWasm(node);
  const rows: Omit<MicroRow, "share">[] = [];
  const add = (row: Pick<MicroRow, "kernels" | "operation" | "shape">, flops: number, run: () => void) => {
    const taken = timeOf(run, ms, samples);
    rows.push({ engine: "wasm", ...row, ms: taken, gflops: flops / taken / 1e6 });
  };
  const flops = 2 * 4 * vectors * rounds;
  add({ kernels: "peak", operation: "multiply-add", shape: "float32, one thread" }, flops, peakKernel());

  for (const kernels of ["fast", "plain"] as const) {
    useWasmKernels(kernels);
    for (const [N, R, inputs, outputs, K] of quick ? quickShapes : shapes) {
      const shape = `${N}×${R}×${R}×${inputs}→${outputs}, ${K}×${K}`;
      const flops = 2 * N * R * R * inputs * outputs * K * K;
      const x = tf.randomUniform<tf.Rank.R4>([N, R, R, inputs]);
      const w = tf.randomUniform<tf.Rank.R4>([K, K, inputs, outputs]);
      const dy = tf.randomUniform<tf.Rank.R4>([N, R, R, outputs]);
      const kernel = (name: string, inputs: tf.NamedTensorMap) => () =>
        tf.tidy(() => void tf.engine().runKernel(name, inputs, { stride: 1, size: K }));
      add({ kernels, operation: "conv", shape }, flops, () => tf.tidy(() => void conv(x, w)));
      add({ kernels, operation: "input gradient", shape }, flops, kernel("PggConvTranspose", { y: dy, w }));
      add({ kernels, operation: "filter gradient", shape }, flops, kernel("PggConvFilterGrad", { x, y: dy }));
      tf.dispose([x, w, dy]);
    }
  }
  engine.close();
  return { device: engine.device, rows: shareOfPeak(rows) };
}

/** Milliseconds of one run, of the processor's: WASM has one thread here, and what else the machine does takes no part. */
function timeOf(run: () => void, ms: number, samples: number): number {
  const of = (repeats: number) => {
    const began = process.cpuUsage();
    for (let i = 0; i < repeats; i++) run();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  };
  of(1); // compiles
  let repeats = 1;
  while (of(repeats) < ms) repeats *= 2;
  return median(Array.from({ length: samples }, () => of(repeats) / repeats));
}

/** Nothing but multiplications and additions, of vectors of four that stay in registers: WASM joins no two of them. */
function peakKernel(): () => void {
  const peak = defineFunction("peak", { to: "i32" }, ({ to }, local) => {
    const [i, factor] = [local("i32"), local("v128")];
    const sums = Array.from({ length: vectors }, () => local("v128"));
    const step = sums.map((sum) => sum.set(f32x4.add(f32x4.multiply(sum.get, factor.get), factor.get)));
    return sequence(
      factor.set(f32x4.load(to.get)),
      ...sums.map((sum) => sum.set(factor.get)),
      count(i, int(rounds), sequence(...step)),
      f32x4.store(
        to.get,
        sums.map((sum) => sum.get).reduce((a, b) => f32x4.add(a, b)),
      ),
    );
  });
  const memory = new WebAssembly.Memory({ initial: 1 });
  new Float32Array(memory.buffer).fill(0.5, 0, 4);
  const module = new WebAssembly.Module(assemble([peak], false));
  const { exports } = new WebAssembly.Instance(module, { tfjs: { memory } });
  return () => (exports.peak as (to: number) => void)(0);
}

const { quick } = JSON.parse(process.argv[2]!) as Setup;
await answerCalls(() => measureMicro(quick));
