// Adam's step for a tensor in one dispatch, with the squares of its gradient added up on the way, and the moving
// averages of three tensors in another. All change in place.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./index.ts";
import { copied, type Kernel, launch } from "./launch.ts";

const threads = 256;
/** Numbers for each thread. */
const each = 4;

const step: Kernel = {
  name: "PggAdam",
  code: /* wgsl */ `
struct Options { size: i32, factor: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32 }
@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> m: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> squares: array<f32>; // one of each workgroup
@group(0) @binding(4) var<storage, read> gradient: array<f32>;
@group(0) @binding(5) var<storage, read> rate: array<f32>;
@group(0) @binding(6) var<storage, read> correction: array<f32>;
@group(0) @binding(7) var<uniform> u: Options;
var<workgroup> sums: array<f32, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  var sum = 0.0;
  for (var k = 0u; k < ${each}; k++) {
    let i = (group.x * ${each} + k) * ${threads} + index;
    if (i32(i) < u.size) {
      let g = gradient[i] * u.factor;
      let squared = g * g;
      var first = g;
      if (u.beta1 != 0.0) { first = m[i] * u.beta1 + g * u.rest1; }
      let second = v[i] * u.beta2 + squared * u.rest2;
      w[i] -= first * rate[0] / (sqrt(second) * correction[0] + u.epsilon);
      m[i] = first;
      v[i] = second;
      sum += squared;
    }
  }
  sums[index] = sum;
  for (var half = ${threads / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (index < half) { sums[index] += sums[index + half]; }
  }
  if (index == 0) { squares[group.x] = sums[0]; }
}`,
};

export const adam: FastKernel = {
  operation: "PggAdam",
  run(backend, { w, m, v, gradient, rate, correction }, { beta1, beta2, adamEpsilon, factor }) {
    const size = tf.util.sizeFromShape(w!.shape);
    const workgroups = Math.ceil(size / (threads * each));
    return launch(backend, step, {
      outputs: [...[w!, m!, v!].map((tensor) => copied(backend, tensor)), [workgroups]],
      inputs: [gradient!, rate!, correction!],
      uniforms: [
        { i: size },
        ...[factor, beta1, 1 - beta1, beta2, 1 - beta2, adamEpsilon].map((f) => ({ f })),
      ],
      workgroups: [workgroups],
    });
  },
};

/** Moves `count` averages. */
function mover(count: number): Kernel {
  const all = Array.from({ length: count }, (_, i) => i);
  return {
    name: `PggAverage/${count}`,
    code: /* wgsl */ `
struct Sizes { ${all.map((i) => `size${i}: u32,`).join(" ")} }
${all.map((i) => `@group(0) @binding(${i}) var<storage, read_write> average${i}: array<f32>;`).join("\n")}
${all.map((i) => `@group(0) @binding(${count + i}) var<storage, read> value${i}: array<f32>;`).join("\n")}
@group(0) @binding(${2 * count}) var<storage, read> rate: array<f32>;
@group(0) @binding(${2 * count + 1}) var<uniform> u: Sizes;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  for (var k = 0u; k < ${each}; k++) {
    let i = (group.x * ${each} + k) * ${threads} + index;
    ${all.map((i) => `if (i < u.size${i}) { average${i}[i] += (value${i}[i] - average${i}[i]) * rate[0]; }`).join("\n    ")}
  }
}`,
  };
}

const movers = new Map<number, Kernel>();

export const average: FastKernel = {
  operation: "PggAverage",
  run(backend, inputs) {
    const count = (Object.keys(inputs).length - 1) / 2;
    const kernel = movers.get(count) ?? mover(count);
    movers.set(count, kernel);
    const named = (name: string) => Array.from({ length: count }, (_, i) => inputs[`${name}${i}`]!);
    const sizes = named("value").map(({ shape }) => tf.util.sizeFromShape(shape));
    return launch(backend, kernel, {
      outputs: named("average").map((tensor) => copied(backend, tensor)),
      inputs: [...named("value"), inputs.rate!],
      uniforms: sizes.map((i) => ({ i })),
      workgroups: [Math.ceil(Math.max(...sizes) / (threads * each))],
    });
  },
};
