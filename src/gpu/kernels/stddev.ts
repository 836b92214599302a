// Minibatch standard deviation and its derivatives, each in one dispatch: a thread has a feature of all samples of a
// group before it at once.

import * as tf from "../../gan/tf.ts";
import type { Options } from "../operations.ts";
import type { FastKernel } from "./kernel.ts";
import { launch } from "./launch.ts";
import type { KernelModule, MapModule } from "./wgsl.ts";

const threads = 64;

type Sizes = Pick<Options, "sets" | "size">;

/** The means of u and of u c over a group's samples. */
const along = /* wgsl */ `
fn along(group: u32, k: u32, mean: f32) -> vec2<f32> {
  var sums = vec2<f32>();
  for (var g = 0u; g < $.G; g++) {
    let i = place(group, g, k);
    sums = fma(vec2<f32>($u(i)), vec2<f32>(1.0, $x(i) - mean), sums);
  }
  return sums / f32($.G);
}`;

const fields = ["K: u32", "M: u32", "G: u32", "epsilon: f32"];

/** The beginning of every kernel here: what a feature k of a group's samples comes to. */
const head = (inputs: string[]) => /* wgsl */ `
fn place(group: u32, g: u32, k: u32) -> u32 {
  return ((group / $.M * $.G + g) * $.M + group % $.M) * $.K + k;
}
struct Spread { mean: f32, s: f32 }
fn spread(group: u32, k: u32) -> Spread {
  let G = f32($.G);
  var mean = 0.0;
  for (var g = 0u; g < $.G; g++) { mean += $x(place(group, g, k)); }
  mean /= G;
  var squares = 0.0;
  for (var g = 0u; g < $.G; g++) {
    let c = $x(place(group, g, k)) - mean;
    squares = fma(c, c, squares);
  }
  return Spread(mean, sqrt(squares / G + $.epsilon));
}
${inputs.includes("u") ? along : ""}`;

/** A kernel for a number of each group: the mean of `value` over features. A workgroup for each group. */
const meanOver = (name: string, inputs: string[], value: string): KernelModule => ({
  name,
  inputs,
  outputs: ["result"],
  product: true,
  fields,
  code: /* wgsl */ `${head(inputs)}
var<workgroup> sums: array<f32, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let group = id.x;
  var sum = 0.0;
  for (var k = index; k < $.K; k += ${threads}) {
    let at = spread(group, k);
    sum += ${value};
  }
  sums[index] = sum;
  for (var half = ${threads / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (index < half) { sums[index] += sums[index + half]; }
  }
  if (index == 0) { $put(group, sums[0] / f32($.K)); }
}`,
});

/** A kernel for a number of each feature of each sample. */
const everywhere = (name: string, inputs: string[], before: string, value: string): KernelModule => ({
  name,
  inputs,
  outputs: ["result"],
  product: true,
  fields,
  code: /* wgsl */ `${head(inputs)}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let k = id.x;
  let group = id.y;
  if (k >= $.K) { return; }
  let at = spread(group, k);
  let scale = $dy(group) / f32($.K * $.G);
  ${before}
  for (var g = 0u; g < $.G; g++) {
    let i = place(group, g, k);
    let c = $x(i) - at.mean;
    $put(i, ${value});
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
  "fma(c, -means.y / (at.s * at.s * at.s), ($u(i) - means.x) / at.s) * scale",
);

const ofGroups = (kernel: KernelModule): FastKernel => ({
  operation: kernel.name,
  run(backend, inputs, options) {
    const { M, K, x } = measure(inputs.x!, options);
    const perFeature = kernel === backward || kernel === curve;
    return launch(backend, kernel, {
      outputs: [perFeature ? x.shape : [options.sets, 1, M, 1]],
      inputs: ["u", "dy", "x"].flatMap((name) => inputs[name] ?? []),
      fields: [K, M, options.size, 1e-8],
      workgroups: perFeature ? [Math.ceil(K / threads), options.sets * M] : [options.sets * M],
    });
  },
});

function measure(x: tf.TensorInfo, { sets, size }: Sizes) {
  const [N] = x.shape as [number];
  return { x, M: N / sets / size, K: tf.util.sizeFromShape(x.shape) / N };
}

const append: MapModule = {
  name: "PggAppend", // [N,H,W,C+1]
  inputs: ["x", "y"],
  fields: ["C: u32", "HW: u32", "G: u32", "M: u32"],
  reads: 1,
  value: `let pixel = i / ($.C + 1);
    let c = i % ($.C + 1);
    if (c < $.C) { return $x(pixel * $.C + c); }
    let sample = pixel / $.HW;
    return $y(sample / ($.G * $.M) * $.M + sample % $.M);`,
};

const drop: MapModule = {
  name: "PggDrop",
  inputs: ["z"], // [N,H,W,C+1]
  fields: ["C: u32"],
  reads: 1,
  value: "return $z(i / $.C * ($.C + 1) + i % $.C);",
};

const gather: MapModule = {
  name: "PggGather",
  inputs: ["z"], // [N,H,W,C+1]
  fields: append.fields,
  reads: 64,
  value: `var sum = 0.0;
    for (var g = 0u; g < $.G; g++) {
      let sample = (i / $.M * $.G + g) * $.M + i % $.M;
      for (var p = 0u; p < $.HW; p++) { sum += $z((sample * $.HW + p) * ($.C + 1) + $.C); }
    }
    return sum;`,
};

export const stddev: readonly FastKernel[] = [
  ...[forward, tangent, backward, curve].map(ofGroups),
  {
    operation: append.name,
    run(backend, { x, y }, { sets, size }) {
      const [N, H, W, C] = x!.shape as [number, number, number, number];
      const fields = [C, H * W, size, N / sets / size];
      return launch(backend, append, { outputs: [[N, H, W, C + 1]], inputs: [x!, y!], fields });
    },
  },
  {
    operation: drop.name,
    run(backend, { z }) {
      const [N, H, W, C] = z!.shape as [number, number, number, number];
      return launch(backend, drop, { outputs: [[N, H, W, C - 1]], inputs: [z!], fields: [C - 1] });
    },
  },
  {
    operation: gather.name,
    run(backend, { z }, { sets, size }) {
      const [N, H, W, C] = z!.shape as [number, number, number, number];
      const M = N / sets / size;
      const fields = [C - 1, H * W, size, M];
      return launch(backend, gather, { outputs: [[sets, 1, M, 1]], inputs: [z!], fields });
    },
  },
];
