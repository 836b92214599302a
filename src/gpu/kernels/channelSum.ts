// The sum over all axes but the last, as it comes: tfjs transposes the whole tensor first.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./index.ts";
import { type Kernel, launch } from "./launch.ts";
import { addParts } from "./parts.ts";

/** A workgroup has 32 columns, and 8 threads for each that take turns with the rows. */
const [columns, lanes] = [32, 8];
/** Rows of a workgroup, at most. */
const longest = 2048;

const sum: Kernel = {
  name: "PggChannelSum",
  code: /* wgsl */ `
struct Sizes { rows: u32, C: u32, each: u32 }
@group(0) @binding(0) var<storage, read_write> y: array<f32>; // [parts,C]
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows,C]
@group(0) @binding(2) var<uniform> u: Sizes;
var<workgroup> sums: array<array<f32, ${columns}>, ${lanes}>;

@compute @workgroup_size(${columns}, ${lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let c = group.x * ${columns} + local.x;
  let end = min((group.y + 1) * u.each, u.rows);
  var sum = 0.0;
  if (c < u.C) {
    for (var row = group.y * u.each + local.y; row < end; row += ${lanes}) { sum += x[row * u.C + c]; }
  }
  sums[local.y][local.x] = sum;
  workgroupBarrier();
  if (local.y == 0 && c < u.C) {
    for (var lane = 1; lane < ${lanes}; lane++) { sum += sums[lane][local.x]; }
    y[group.y * u.C + c] = sum;
  }
}`,
};

export const channelSum: FastKernel = {
  operation: "PggChannelSum",
  run(backend, { x }) {
    const C = x!.shape.at(-1)!;
    const rows = tf.util.sizeFromShape(x!.shape) / C;
    const parts = Math.ceil(rows / longest);
    const each = Math.ceil(rows / parts);
    const [sums] = launch(backend, sum, {
      outputs: [parts === 1 ? [C] : [parts, C]],
      inputs: [x!],
      uniforms: [{ i: rows }, { i: C }, { i: each }],
      workgroups: [Math.ceil(C / columns), parts],
    });
    return addParts(backend, sums!, [C], parts);
  },
};
