// The statistics of a step added to their sums in one dispatch. A thread for each statistic: the longest is a batch of
// scores.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./kernel.ts";
import { copied, launch } from "./launch.ts";
import type { KernelModule } from "./wgsl.ts";

/** Adds `count` statistics. */
function adder(count: number): KernelModule {
  const all = Array.from({ length: count }, (_, i) => i);
  return {
    name: `PggTally/${count}`,
    outputs: ["state"], // origins, sums, and sums of squares
    inputs: all.map((i) => `value${i}`),
    fields: all.map((i) => `size${i}: u32`),
    code: /* wgsl */ `
${all
  .map(
    (i) => `
fn measure${i}() -> vec2<f32> {
  let n = f32($.size${i});
  var mean = 0.0;
  for (var k = 0u; k < $.size${i}; k++) { mean += $value${i}(k); }
  mean /= n;
  var spread = 0.0;
  for (var k = 0u; k < $.size${i}; k++) { let far = $value${i}(k) - mean; spread = fma(far, far, spread); }
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
  state[${2 * count} + i] += fma(distance, distance, measured.y);
}`,
  };
}

const adders = new Map<number, KernelModule>();

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
      fields: values.map(({ shape }) => tf.util.sizeFromShape(shape)),
      workgroups: [1],
    });
  },
};
