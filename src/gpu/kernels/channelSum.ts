// The sum over all axes but the last, as it comes: tfjs transposes the whole tensor first.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./kernel.ts";
import { launch } from "./launch.ts";
import { addParts, split } from "./parts.ts";
import type { KernelModule } from "./wgsl.ts";

/** Columns of a workgroup. Each has a thread that goes through the rows of a part one by one, as the filter gradient does. */
const columns = 32;

export const sum: KernelModule = {
  name: "PggChannelSum",
  inputs: ["x"], // [rows,C]
  outputs: ["y"], // [parts,C]
  fields: ["rows: u32", "C: u32", "each: u32"],
  code: /* wgsl */ `
@compute @workgroup_size(${columns})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let c = group.x * ${columns} + index;
  if (c >= $.C) { return; }
  let end = min((group.y + 1) * $.each, $.rows);
  var sum = 0.0;
  for (var row = group.y * $.each; row < end; row++) { sum += $x(row * $.C + c); }
  y[group.y * $.C + c] = sum;
}`,
};

export const channelSum: FastKernel = {
  operation: "PggChannelSum",
  run(backend, { x }) {
    const C = x!.shape.at(-1)!;
    const rows = tf.util.sizeFromShape(x!.shape) / C;
    const { parts, each } = split(rows);
    const [sums] = launch(backend, sum, {
      outputs: [parts === 1 ? [C] : [parts, C]],
      inputs: [x!],
      fields: [rows, C, each],
      workgroups: [Math.ceil(C / columns), parts],
    });
    return addParts(backend, sums!, [C], parts);
  },
};
