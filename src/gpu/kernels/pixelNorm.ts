// Pixel normalisation and its gradient: a workgroup for each pixel, which adds up over its channels.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./index.ts";
import { type Kernel, launch } from "./launch.ts";

const threads = 32;

/**
 * @param sums what each channel adds to two sums
 * @param value the result at channel i, where `mean` holds the means of both
 */
function alongChannels(name: string, others: string[], sums: string, value: string): Kernel {
  const inputs = [...others, "x"];
  return {
    name,
    code: /* wgsl */ `
struct Sizes { pixels: u32, C: u32, stride: u32, epsilon: f32 }
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
${inputs.map((input, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${input}: array<f32>;`).join("\n")}
@group(0) @binding(${inputs.length + 1}) var<uniform> u: Sizes;
var<workgroup> sums: array<vec2<f32>, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  for (var pixel = group.x; pixel < u.pixels; pixel += u.stride) {
    let first = pixel * u.C;
    var sum = vec2<f32>();
    for (var c = index; c < u.C; c += ${threads}) {
      let i = first + c;
      sum += ${sums};
    }
    sums[index] = sum;
    for (var half = ${threads / 2}u; half > 0; half /= 2) {
      workgroupBarrier();
      if (index < half) { sums[index] += sums[index + half]; }
    }
    workgroupBarrier();
    let mean = sums[0] / f32(u.C);
    let r = inverseSqrt(mean.x + u.epsilon);
    for (var c = index; c < u.C; c += ${threads}) {
      let i = first + c;
      y[i] = ${value};
    }
    workgroupBarrier();
  }
}`,
  };
}

const forward = alongChannels("PggPixelNorm", [], "vec2<f32>(x[i] * x[i], 0.0)", "x[i] * r");
const backward = alongChannels(
  "PggPixelNormGrad",
  ["dy"],
  "vec2<f32>(x[i] * x[i], x[i] * dy[i])",
  "(dy[i] - x[i] * (mean.y * (r * r))) * r",
);

/** Most workgroups on one axis. */
const most = 65_535;

function run(
  backend: Parameters<FastKernel["run"]>[0],
  kernel: Kernel,
  inputs: tf.TensorInfo[],
  epsilon: number,
): tf.TensorInfo[] {
  const { shape } = inputs.at(-1)!;
  const C = shape.at(-1)!;
  const pixels = tf.util.sizeFromShape(shape) / C;
  const workgroups = Math.min(pixels, most);
  return launch(backend, kernel, {
    outputs: [shape],
    inputs,
    uniforms: [{ i: pixels }, { i: C }, { i: workgroups }, { f: epsilon }],
    workgroups: [workgroups],
  });
}

export const pixelNorm: FastKernel = {
  operation: "PggPixelNorm",
  run: (backend, { x }, { epsilon }) => run(backend, forward, [x!], epsilon),
};

export const pixelNormGrad: FastKernel = {
  operation: "PggPixelNormGrad",
  run: (backend, { dy, x }, { epsilon }) => run(backend, backward, [dy!, x!], epsilon),
};
