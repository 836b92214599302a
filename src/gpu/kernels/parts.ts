// Sums that were split into parts, put together one part after the other: in the same order every time.

import * as tf from "../../gan/tf.ts";
import type { Backend } from "../record/backend.ts";
import { type Kernel, launch } from "./launch.ts";

const threads = 64;

const total: Kernel = {
  name: "PggParts",
  code: /* wgsl */ `
struct Sizes { size: u32, parts: u32 }
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>; // [parts,size]
@group(0) @binding(2) var<uniform> u: Sizes;

@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= u.size) { return; }
  var sum = 0.0;
  for (var part = 0u; part < u.parts; part++) { sum += parts[part * u.size + id.x]; }
  y[id.x] = sum;
}`,
};

/** The sum of `parts`, which are freed; or the one that there is. */
export function addParts(
  backend: Backend,
  parts: tf.TensorInfo,
  shape: readonly number[],
  count: number,
): tf.TensorInfo[] {
  if (count === 1) return [parts];
  const size = tf.util.sizeFromShape([...shape]);
  const sum = launch(backend, total, {
    outputs: [shape],
    inputs: [parts],
    uniforms: [{ i: size }, { i: count }],
    workgroups: [Math.ceil(size / threads)],
  });
  backend.disposeData(parts.dataId);
  return sum;
}
