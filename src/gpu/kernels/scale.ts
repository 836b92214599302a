// Several tensors scaled in one dispatch.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./index.ts";
import { type Kernel, launch } from "./launch.ts";

const threads = 256;
/** Numbers for each thread. */
const each = 4;

/** Scales `count` tensors. */
function scaler(count: number): Kernel {
  const all = Array.from({ length: count }, (_, i) => i);
  const line = (i: number) => `if (i < u.size${i}) { y${i}[i] = x${i}[i] * u.factor${i}; }`;
  return {
    name: `PggScale/${count}`,
    code: /* wgsl */ `
struct Fields { ${all.map((i) => `size${i}: u32, factor${i}: f32,`).join(" ")} }
${all.map((i) => `@group(0) @binding(${i}) var<storage, read_write> y${i}: array<f32>;`).join("\n")}
${all.map((i) => `@group(0) @binding(${count + i}) var<storage, read> x${i}: array<f32>;`).join("\n")}
@group(0) @binding(${2 * count}) var<uniform> u: Fields;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  for (var k = 0u; k < ${each}; k++) {
    let i = (group.x * ${each} + k) * ${threads} + index;
    ${all.map(line).join("\n    ")}
  }
}`,
  };
}

const scalers = new Map<number, Kernel>();

export const scale: FastKernel = {
  operation: "PggScale",
  run(backend, inputs, { factors }) {
    const count = factors.length;
    const kernel = scalers.get(count) ?? scaler(count);
    scalers.set(count, kernel);
    const tensors = factors.map((_, i) => inputs[`x${i}`]!);
    const sizes = tensors.map(({ shape }) => tf.util.sizeFromShape(shape));
    return launch(backend, kernel, {
      outputs: tensors.map(({ shape }) => shape),
      inputs: tensors,
      uniforms: sizes.flatMap((size, i) => [{ i: size }, { f: factors[i]! }]),
      workgroups: [Math.ceil(Math.max(...sizes) / (threads * each))],
    });
  },
};
