// Minibatch standard deviation and its derivatives, each in one dispatch: a thread has a feature of all samples of a
// group before it at once.

import * as tf from "../../gan/tf.ts";
import type { Backend } from "../record/backend.ts";
import type { FastKernel, Options } from "./index.ts";
import { type Kernel, launch } from "./launch.ts";

const threads = 64;

type Sizes = Pick<Options, "sets" | "size">;

/** The means of u and of u c over a group's samples. */
const along = /* wgsl */ `
fn along(group: u32, k: u32, mean: f32) -> vec2<f32> {
  var sums = vec2<f32>();
  for (var g = 0u; g < sizes.G; g++) {
    let i = place(group, g, k);
    sums += u[i] * vec2<f32>(1.0, x[i] - mean);
  }
  return sums / f32(sizes.G);
}`;

/** The beginning of every kernel here: inputs, and what a feature k of a group's samples comes to. */
const head = (inputs: string[]) => /* wgsl */ `
struct Sizes { K: u32, M: u32, G: u32, epsilon: f32 }
@group(0) @binding(0) var<storage, read_write> result: array<f32>;
${inputs.map((input, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${input}: array<f32>;`).join("\n")}
@group(0) @binding(${inputs.length + 1}) var<uniform> sizes: Sizes;

fn place(group: u32, g: u32, k: u32) -> u32 {
  return ((group / sizes.M * sizes.G + g) * sizes.M + group % sizes.M) * sizes.K + k;
}
struct Spread { mean: f32, s: f32 }
fn spread(group: u32, k: u32) -> Spread {
  let G = f32(sizes.G);
  var mean = 0.0;
  for (var g = 0u; g < sizes.G; g++) { mean += x[place(group, g, k)]; }
  mean /= G;
  var squares = 0.0;
  for (var g = 0u; g < sizes.G; g++) {
    let c = x[place(group, g, k)] - mean;
    squares += c * c;
  }
  return Spread(mean, sqrt(squares / G + sizes.epsilon));
}
${inputs.includes("u") ? along : ""}`;

/** A kernel for a number of each group: the mean of `value` over features. A workgroup for each group. */
const meanOver = (name: string, inputs: string[], value: string): Kernel => ({
  name,
  code: /* wgsl */ `${head(inputs)}
var<workgroup> sums: array<f32, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let group = id.x;
  var sum = 0.0;
  for (var k = index; k < sizes.K; k += ${threads}) {
    let at = spread(group, k);
    sum += ${value};
  }
  sums[index] = sum;
  for (var half = ${threads / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (index < half) { sums[index] += sums[index + half]; }
  }
  if (index == 0) { result[group] = sums[0] / f32(sizes.K); }
}`,
});

/** A kernel for a number of each feature of each sample. */
const everywhere = (name: string, inputs: string[], before: string, value: string): Kernel => ({
  name,
  code: /* wgsl */ `${head(inputs)}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let k = id.x;
  let group = id.y;
  if (k >= sizes.K) { return; }
  let at = spread(group, k);
  let scale = dy[group] / f32(sizes.K * sizes.G);
  ${before}
  for (var g = 0u; g < sizes.G; g++) {
    let i = place(group, g, k);
    let c = x[i] - at.mean;
    result[i] = ${value};
  }
}`,
});

const forward = meanOver("PggDeviation", ["x"], "at.s");
const tangent = meanOver("PggDeviationTangent", ["u", "x"], "along(group, k, at.mean).y / at.s");
const backward = everywhere("PggDeviationGrad", ["dy", "x"], "", "c / at.s * scale");
const curve = everywhere(
  "PggDeviationCurve",
  ["u", "dy", "x"],
  "let means = along(group, k, at.mean);",
  "((u[i] - means.x) / at.s - c * means.y / (at.s * at.s * at.s)) * scale",
);

const ofGroups = (kernel: Kernel): FastKernel => ({
  operation: kernel.name,
  run(backend, inputs, options) {
    const { M, K, x } = measure(inputs.x!, options);
    const perFeature = kernel === backward || kernel === curve;
    return launch(backend, kernel, {
      outputs: [perFeature ? x.shape : [options.sets, 1, M, 1]],
      inputs: ["u", "dy", "x"].flatMap((name) => inputs[name] ?? []),
      uniforms: [{ i: K }, { i: M }, { i: options.size }, { f: 1e-8 }],
      workgroups: perFeature ? [Math.ceil(K / threads), options.sets * M] : [options.sets * M],
    });
  },
});

function measure(x: tf.TensorInfo, { sets, size }: Sizes) {
  const [N] = x.shape as [number];
  return { x, M: N / sets / size, K: tf.util.sizeFromShape(x.shape) / N };
}

const tail = /* wgsl */ `
struct Sizes { size: u32, C: u32, HW: u32, G: u32, M: u32 }
fn groupOf(sample: u32) -> u32 { return sample / (u.G * u.M) * u.M + sample % u.M; }`;

const append: Kernel = {
  name: "PggAppend",
  code: /* wgsl */ `${tail}
@group(0) @binding(0) var<storage, read_write> z: array<f32>; // [N,H,W,C+1]
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<uniform> u: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= u.size) { return; }
  let pixel = id.x / (u.C + 1);
  let c = id.x % (u.C + 1);
  if (c < u.C) { z[id.x] = x[pixel * u.C + c]; } else { z[id.x] = y[groupOf(pixel / u.HW)]; }
}`,
};

const drop: Kernel = {
  name: "PggDrop",
  code: /* wgsl */ `
struct Sizes { size: u32, C: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>; // [N,H,W,C+1]
@group(0) @binding(2) var<uniform> u: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < u.size) { x[id.x] = z[id.x / u.C * (u.C + 1) + id.x % u.C]; }
}`,
};

const gather: Kernel = {
  name: "PggGather",
  code: /* wgsl */ `${tail}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>; // [N,H,W,C+1]
@group(0) @binding(2) var<uniform> u: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= u.size) { return; }
  var sum = 0.0;
  for (var g = 0u; g < u.G; g++) {
    let sample = (id.x / u.M * u.G + g) * u.M + id.x % u.M;
    for (var p = 0u; p < u.HW; p++) { sum += z[(sample * u.HW + p) * (u.C + 1) + u.C]; }
  }
  y[id.x] = sum;
}`,
};

/** Runs a kernel that has a thread for each number of its output. @param numbers what it is told besides their count */
function flat(
  backend: Backend,
  kernel: Kernel,
  inputs: tf.TensorInfo[],
  shape: readonly number[],
  numbers: number[],
): tf.TensorInfo[] {
  const size = tf.util.sizeFromShape([...shape]);
  return launch(backend, kernel, {
    outputs: [shape],
    inputs,
    uniforms: [size, ...numbers].map((i) => ({ i })),
    workgroups: [Math.ceil(size / threads)],
  });
}

export const stddev: readonly FastKernel[] = [
  ...[forward, tangent, backward, curve].map(ofGroups),
  {
    operation: append.name,
    run(backend, { x, y }, { sets, size }) {
      const [N, H, W, C] = x!.shape as [number, number, number, number];
      return flat(backend, append, [x!, y!], [N, H, W, C + 1], [C, H * W, size, N / sets / size]);
    },
  },
  {
    operation: drop.name,
    run(backend, { z }) {
      const [N, H, W, C] = z!.shape as [number, number, number, number];
      return flat(backend, drop, [z!], [N, H, W, C - 1], [C - 1]);
    },
  },
  {
    operation: gather.name,
    run(backend, { z }, { sets, size }) {
      const [N, H, W, C] = z!.shape as [number, number, number, number];
      const M = N / sets / size;
      return flat(backend, gather, [z!], [sets, 1, M, 1], [C - 1, H * W, size, M]);
    },
  },
];
