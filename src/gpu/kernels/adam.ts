// Adam's step for a tensor in one dispatch, with the squares of its gradient added up on the way, and the moving
// averages of three tensors in another. All change in place.

import * as tf from "../../gan/tf.ts";
import { threads as fewThreads } from "./aloneTile.ts";
import type { FastKernel } from "./kernel.ts";
import { copied, launch } from "./launch.ts";
import { threadsOf } from "./threads.ts";
import type { KernelModule } from "./wgsl.ts";

const threads = 256;
/** Numbers for each thread. */
const each = 4;

/** Adam's step for number i, whose square is added to `sum`. */
const descent = /* wgsl */ `
      let g = $gradient(i) * $.factor;
      var first = g;
      if ($.beta1 != 0.0) { first = fma(m[i], $.beta1, g * $.rest1); }
      let second = fma(v[i], $.beta2, g * g * $.rest2);
      w[i] -= first * $rate(0u) / fma(sqrt(second), $correction(0u), $.epsilon);
      m[i] = first;
      v[i] = second;
      sum = fma(g, g, sum);`;

const step = (name: string, code: string): KernelModule => ({
  name,
  outputs: ["w", "m", "v", "squares"], // squares: some sums of them
  inputs: ["gradient", "rate", "correction"],
  fields: [
    "size: u32",
    ...["factor", "beta1", "rest1", "beta2", "rest2", "epsilon"].map((field) => `${field}: f32`),
  ],
  code,
});

/** Has a sum of squares for each workgroup. */
const together = step(
  "PggAdam",
  /* wgsl */ `
var<workgroup> sums: array<f32, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  var sum = 0.0;
  for (var k = 0u; k < ${each}; k++) {
    let i = (group.x * ${each} + k) * ${threads} + index;
    if (i < $.size) {
      ${descent}
    }
  }
  sums[index] = sum;
  for (var half = ${threads / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (index < half) { sums[index] += sums[index + half]; }
  }
  if (index == 0) { squares[group.x] = sums[0]; }
}`,
);

/** Numbers of a thread that works alone. */
const stretch = 256;

/** Has a sum of squares for each thread. */
const alone = step(
  "PggAdam/alone",
  /* wgsl */ `
@compute @workgroup_size(${fewThreads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let begin = id.x * ${stretch};
  if (begin >= $.size) { return; }
  var sum = 0.0;
  for (var i = begin; i < min(begin + ${stretch}, $.size); i++) {
    ${descent}
  }
  squares[id.x] = sum;
}`,
);

export const adam: FastKernel = {
  operation: "PggAdam",
  run(backend, { w, m, v, gradient, rate, correction }, { beta1, beta2, adamEpsilon, factor }) {
    const size = tf.util.sizeFromShape(w!.shape);
    const isAlone = threadsOf(backend.device) === "alone";
    const sums = Math.ceil(size / (isAlone ? stretch : threads * each));
    return launch(backend, isAlone ? alone : together, {
      outputs: [...[w!, m!, v!].map((tensor) => copied(backend, tensor)), [sums]],
      inputs: [gradient!, rate!, correction!],
      fields: [size, factor, beta1, 1 - beta1, beta2, 1 - beta2, adamEpsilon],
      workgroups: [isAlone ? Math.ceil(sums / fewThreads) : sums],
    });
  },
};

/** Moves `count` averages. */
function mover(count: number): KernelModule {
  const all = Array.from({ length: count }, (_, i) => i);
  const line = (i: number) =>
    `if (i < $.size${i}) { average${i}[i] = fma($value${i}(i) - average${i}[i], $rate(0u), average${i}[i]); }`;
  return {
    name: `PggAverage/${count}`,
    outputs: all.map((i) => `average${i}`),
    inputs: [...all.map((i) => `value${i}`), "rate"],
    fields: all.map((i) => `size${i}: u32`),
    code: /* wgsl */ `
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  for (var k = 0u; k < ${each}; k++) {
    let i = (group.x * ${each} + k) * ${threads} + index;
    ${all.map(line).join("\n    ")}
  }
}`,
  };
}

const movers = new Map<number, KernelModule>();

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
      fields: sizes,
      workgroups: [Math.ceil(Math.max(...sizes) / (threads * each))],
    });
  },
};
