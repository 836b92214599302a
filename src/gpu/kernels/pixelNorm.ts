// Pixel normalisation and its gradient: a workgroup for each pixel, which adds up over its channels.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./index.ts";
import { launch } from "./launch.ts";
import type { KernelModule } from "./wgsl.ts";

const threads = 32;

/**
 * @param sums what channel i does to two sums
 * @param value the result at channel i, where `mean` holds the means of both
 */
function alongChannels(name: string, others: string[], sums: string, value: string): KernelModule {
  return {
    name,
    inputs: [...others, "x"],
    outputs: ["y"],
    product: true,
    fields: ["pixels: u32", "C: u32", "stride: u32", "epsilon: f32"],
    code: /* wgsl */ `
var<workgroup> sums: array<vec2<f32>, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  for (var pixel = group.x; pixel < $.pixels; pixel += $.stride) {
    let first = pixel * $.C;
    var sum = vec2<f32>();
    for (var c = index; c < $.C; c += ${threads}) {
      let i = first + c;
      ${sums}
    }
    sums[index] = sum;
    for (var half = ${threads / 2}u; half > 0; half /= 2) {
      workgroupBarrier();
      if (index < half) { sums[index] += sums[index + half]; }
    }
    workgroupBarrier();
    let mean = sums[0] / f32($.C);
    let r = inverseSqrt(mean.x + $.epsilon);
    for (var c = index; c < $.C; c += ${threads}) {
      let i = first + c;
      $put(i, ${value});
    }
    workgroupBarrier();
  }
}`,
  };
}

const forward = alongChannels("PggPixelNorm", [], "let a = $x(i); sum.x = fma(a, a, sum.x);", "$x(i) * r");
const backward = alongChannels(
  "PggPixelNormGrad",
  ["dy"],
  "let a = $x(i); sum = fma(vec2<f32>(a, $dy(i)), vec2<f32>(a), sum);",
  "fma(-$x(i), mean.y * (r * r), $dy(i)) * r",
);

/** Most workgroups on one axis. */
const most = 65_535;

function run(
  backend: Parameters<FastKernel["run"]>[0],
  kernel: KernelModule,
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
    fields: [pixels, C, workgroups, epsilon],
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
