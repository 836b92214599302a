// The statistics of a step added to their sums in one dispatch. A thread for each statistic: the longest is a batch of
// scores.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./index.ts";
import { copied, type Kernel, launch } from "./launch.ts";

/** Adds `count` statistics. */
function adder(count: number): Kernel {
  const all = Array.from({ length: count }, (_, i) => i);
  return {
    name: `PggTally/${count}`,
    code: /* wgsl */ `
struct Sizes { ${all.map((i) => `size${i}: u32,`).join(" ")} }
@group(0) @binding(0) var<storage, read_write> state: array<f32>; // origins, sums, and sums of squares
${all.map((i) => `@group(0) @binding(${i + 1}) var<storage, read> value${i}: array<f32>;`).join("\n")}
@group(0) @binding(${count + 1}) var<uniform> u: Sizes;
${all
  .map(
    (i) => `
fn measure${i}() -> vec2<f32> {
  let n = f32(u.size${i});
  var mean = 0.0;
  for (var k = 0u; k < u.size${i}; k++) { mean += value${i}[k]; }
  mean /= n;
  var spread = 0.0;
  for (var k = 0u; k < u.size${i}; k++) { spread += (value${i}[k] - mean) * (value${i}[k] - mean); }
  return vec2<f32>(mean, spread / n);
}`,
  )
  .join("")}

@compute @workgroup_size(${count})
fn main(@builtin(local_invocation_index) i: u32) {
  var measured = vec2<f32>();
  switch i {
    ${all.map((i) => `case ${i}: { measured = measure${i}(); }`).join("\n    ")}
    default: {}
  }
  let distance = measured.x - state[i];
  state[${count} + i] += distance;
  state[${2 * count} + i] += measured.y + distance * distance;
}`,
  };
}

const adders = new Map<number, Kernel>();

export const tally: FastKernel = {
  operation: "PggTally",
  run(backend, { state, ...given }) {
    const count = Object.keys(given).length;
    const kernel = adders.get(count) ?? adder(count);
    adders.set(count, kernel);
    const values = Array.from({ length: count }, (_, i) => given[`value${i}`]!);
    return launch(backend, kernel, {
      outputs: [copied(backend, state!)],
      inputs: values,
      uniforms: values.map(({ shape }) => ({ i: tf.util.sizeFromShape(shape) })),
      workgroups: [1],
    });
  },
};
