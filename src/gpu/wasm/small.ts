// What works on few numbers, on the WASM heap, in JavaScript: minibatch standard deviation with its derivatives, and the
// statistics of a step. One loop each, where tfjs would call ten kernels that have next to nothing to do. Numbers are
// rounded to 32 bits where they are stored.

import * as tf from "../../gan/tf.ts";
import type { Heap } from "./heap.ts";
import type { Options } from "../operations.ts";
import type { WasmKernel } from "./kernel.ts";

const epsilon = 1e-8;

type Arrays = Record<"u" | "dy" | "x", Float32Array>;

/** Samples as src/gan/ops/stddev.ts has them, [S,G,M,K]. */
interface Groups {
  G: number;
  M: number;
  K: number;
  /** All groups, S·M. */
  count: number;
}

/** What is computed for a feature of a group, from its mean and standard deviation. @param first where sample 0 has it */
type Visit = (group: number, first: number, mean: number, s: number) => void;

function groupsOf({ shape }: tf.TensorInfo, { sets, size: G }: Options): Groups {
  const N = shape[0]!;
  return { G, M: N / sets / G, K: tf.util.sizeFromShape(shape) / N, count: N / G };
}

function forEachFeature(x: Float32Array, { G, M, K, count }: Groups, visit: Visit): void {
  const apart = M * K; // from a sample of a group to the next
  for (let group = 0; group < count; group++) {
    const begin = (Math.floor(group / M) * G * M + (group % M)) * K;
    for (let k = 0; k < K; k++) {
      let [mean, squares] = [0, 0];
      for (let g = 0; g < G; g++) mean += x[begin + k + g * apart]!;
      mean /= G;
      for (let g = 0; g < G; g++) squares += (x[begin + k + g * apart]! - mean) ** 2;
      visit(group, begin + k, mean, Math.sqrt(squares / G + epsilon));
    }
  }
}

/** The means of u and of u c over a group. */
function along({ arrays: { u, x }, groups: { G, M, K }, first, mean }: Feature): { u: number; uc: number } {
  let [sum, product] = [0, 0];
  for (let g = 0, i = first; g < G; g++, i += M * K) {
    sum += u[i]!;
    product += u[i]! * (x[i]! - mean);
  }
  return { u: sum / G, uc: product / G };
}

/** What a value is made of: a feature of a group, with its mean and standard deviation. */
interface Feature {
  arrays: Arrays;
  groups: Groups;
  first: number;
  mean: number;
  s: number;
}

/** A number of each group: the mean over its features. */
const meanOver = (operation: string, value: (feature: Feature) => number): WasmKernel => ({
  operation,
  run(heap, inputs, options) {
    const groups = groupsOf(inputs.x!, options);
    const y = heap.output([options.sets, 1, groups.M, 1]);
    const arrays = viewsOf(heap, inputs);
    const sums = new Float64Array(groups.count);
    forEachFeature(arrays.x, groups, (group, first, mean, s) => {
      sums[group]! += value({ arrays, groups, first, mean, s });
    });
    heap.view(y).set(sums.map((sum) => sum / groups.K));
    return [y];
  },
});

/** A number of each feature of each sample: what `value` makes of its deviation c and of u, times dy / (K G). */
const everywhere = (
  operation: string,
  value: (feature: Feature) => (c: number, u: number) => number,
): WasmKernel => ({
  operation,
  run(heap, inputs, options) {
    const groups = groupsOf(inputs.x!, options);
    const { G, M, K } = groups;
    const output = heap.output(inputs.x!.shape);
    const [arrays, result] = [viewsOf(heap, inputs), heap.view(output)];
    const { x, dy, u } = arrays;
    forEachFeature(x, groups, (group, first, mean, s) => {
      const of = value({ arrays, groups, first, mean, s });
      const scale = dy[group]! / (K * G);
      for (let g = 0, i = first; g < G; g++, i += M * K) result[i] = of(x[i]! - mean, u[i]!) * scale;
    });
    return [output];
  },
});

/** Views of those inputs that there are. Where there is no u, x stands for it. */
function viewsOf(heap: Heap, { u, dy, x }: tf.NamedTensorInfoMap): Arrays {
  const of = (tensor = x!) => heap.view(tensor);
  return { u: of(u), dy: of(dy), x: of() };
}

const deviations: readonly WasmKernel[] = [
  meanOver("PggDeviation", ({ s }) => s),
  meanOver("PggDeviationTangent", (feature) => along(feature).uc / feature.s),
  everywhere(
    "PggDeviationGrad",
    ({ s }) =>
      (c) =>
        c / s,
  ),
  everywhere("PggDeviationCurve", (feature) => {
    const [means, { s }] = [along(feature), feature];
    return (c, u) => (u - means.u) / s - (c * means.uc) / s ** 3;
  }),
];

type Shape4 = [number, number, number, number];

/** The group that a sample belongs to. */
const groupOf = (sample: number, G: number, M: number): number =>
  Math.floor(sample / (G * M)) * M + (sample % M);

const channel: readonly WasmKernel[] = [
  {
    operation: "PggAppend",
    run(heap, { x, y }, options) {
      const [N, H, W, C] = x!.shape as Shape4;
      const { G, M } = groupsOf(x!, options);
      const output = heap.output([N, H, W, C + 1]);
      const [from, values, z] = [heap.view(x!), heap.view(y!), heap.view(output)];
      for (let pixel = 0, i = 0, at = 0; pixel < N * H * W; pixel++) {
        for (let c = 0; c < C; c++) z[at++] = from[i++]!;
        z[at++] = values[groupOf(Math.floor(pixel / (H * W)), G, M)]!;
      }
      return [output];
    },
  },
  {
    operation: "PggDrop",
    run(heap, { z }) {
      const [N, H, W, C] = z!.shape as Shape4;
      const output = heap.output([N, H, W, C - 1]);
      const [from, x] = [heap.view(z!), heap.view(output)];
      for (let i = 0, at = 0; i < from.length; i += C) for (let c = 0; c < C - 1; c++) x[at++] = from[i + c]!;
      return [output];
    },
  },
  {
    operation: "PggGather",
    run(heap, { z }, options) {
      const [, H, W, C] = z!.shape as Shape4;
      const { G, M, count } = groupsOf(z!, options);
      const output = heap.output([options.sets, 1, M, 1]);
      const from = heap.view(z!);
      const sums = new Float64Array(count);
      for (let i = C - 1, pixel = 0; i < from.length; i += C, pixel++)
        sums[groupOf(Math.floor(pixel / (H * W)), G, M)]! += from[i]!;
      heap.view(output).set(sums);
      return [output];
    },
  },
];

const tally: WasmKernel = {
  operation: "PggTally",
  run(heap, { state, ...given }) {
    const K = state!.shape[1]!;
    const output = heap.output([3, K]);
    const [before, after] = [heap.view(state!), heap.view(output)];
    for (let k = 0; k < K; k++) {
      const values = heap.view(given[`value${k}`]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      const distance = mean - before[k]!;
      after[k] = before[k]!;
      after[K + k] = before[K + k]! + distance;
      after[2 * K + k] = before[2 * K + k]! + spread + distance ** 2;
    }
    return [output];
  },
};

export const small: readonly WasmKernel[] = [...deviations, ...channel, tally];
