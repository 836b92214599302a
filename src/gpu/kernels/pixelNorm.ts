// Pixel normalisation and its gradient, which add up over the channels of a pixel.

import * as tf from "../../gan/tf.ts";
import { threads as fewThreads } from "./aloneTile.ts";
import type { FastKernel } from "./kernel.ts";
import { launch } from "./launch.ts";
import { threadsOf } from "./threads.ts";
import type { KernelModule } from "./wgsl.ts";

/** What is added up along channels, and what comes of it. */
interface Norm {
  name: string;
  /** Beside x. */
  others: string[];
  /** What number i does to two sums. */
  sums: string;
  /** The result at i, where `mean` holds the means of both. */
  value: string;
}

const module = ({ name, others }: Norm, way: string, code: string): KernelModule => ({
  name: `${name}${way}`,
  inputs: [...others, "x"],
  outputs: ["y"],
  product: true,
  fields: ["pixels: u32", "C: u32", "stride: u32", "epsilon: f32"],
  code,
});

const threads = 32;

/** A workgroup for each pixel, whose threads add up every 32nd channel. */
const together = (norm: Norm): KernelModule =>
  module(
    norm,
    "",
    /* wgsl */ `
var<workgroup> sums: array<vec2<f32>, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  for (var pixel = group.x; pixel < $.pixels; pixel += $.stride) {
    let first = pixel * $.C;
    var sum = vec2<f32>();
    for (var c = index; c < $.C; c += ${threads}) {
      let i = first + c;
      ${norm.sums}
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
      $put(i, ${norm.value});
    }
    workgroupBarrier();
  }
}`,
  );

/** A thread for each pixel. */
const alone = (norm: Norm): KernelModule =>
  module(
    norm,
    "/alone",
    /* wgsl */ `
@compute @workgroup_size(${fewThreads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  for (var pixel = group.x * ${fewThreads} + index; pixel < $.pixels; pixel += $.stride) {
    let first = pixel * $.C;
    var sum = vec2<f32>();
    for (var i = first; i < first + $.C; i++) {
      ${norm.sums}
    }
    let mean = sum / f32($.C);
    let r = inverseSqrt(mean.x + $.epsilon);
    for (var i = first; i < first + $.C; i++) {
      $put(i, ${norm.value});
    }
  }
}`,
  );

const forward: Norm = {
  name: "PggPixelNorm",
  others: [],
  sums: "let a = $x(i); sum.x = fma(a, a, sum.x);",
  value: "$x(i) * r",
};
const backward: Norm = {
  name: "PggPixelNormGrad",
  others: ["dy"],
  sums: "let a = $x(i); sum = fma(vec2<f32>(a, $dy(i)), vec2<f32>(a), sum);",
  value: "fma(-$x(i), mean.y * (r * r), $dy(i)) * r",
};

/** Most workgroups on one axis. */
const most = 65_535;

const kernel = (norm: Norm): FastKernel => {
  const kernels = { together: together(norm), alone: alone(norm) };
  return {
    operation: norm.name,
    run(backend, given, { epsilon }) {
      const inputs = [...norm.others, "x"].map((name) => given[name]!);
      const { shape } = given.x!;
      const C = shape.at(-1)!;
      const pixels = tf.util.sizeFromShape(shape) / C;
      const way = threadsOf(backend.device);
      const each = way === "alone" ? fewThreads : 1;
      const workgroups = Math.min(Math.ceil(pixels / each), most);
      return launch(backend, kernels[way], {
        outputs: [shape],
        inputs,
        fields: [pixels, C, workgroups * each, epsilon],
        workgroups: [workgroups],
      });
    },
  };
};

export const pixelNorms: readonly FastKernel[] = [kernel(forward), kernel(backward)];
