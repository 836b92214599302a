// Bias and leaky ReLU in one go, forward and backward, for tensors whose last axis is the channels.

import * as tf from "../../gan/tf.ts";
import type { FastKernel } from "./index.ts";
import { type Kernel, launch } from "./launch.ts";

const threads = 64;
/** Numbers for each thread, or more where there would be more workgroups than an axis takes. */
const each = 4;
const most = 65_535;

/** A kernel that computes `value` from x and its bias, and other tensors, at the same place. */
function pointwise(name: string, others: string[], value: string): Kernel {
  const inputs = [...others, "x", "bias"];
  return {
    name,
    code: /* wgsl */ `
struct Sizes { size: u32, C: u32, stride: u32 }
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
${inputs.map((input, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${input}: array<f32>;`).join("\n")}
@group(0) @binding(${inputs.length + 1}) var<uniform> u: Sizes;

@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var i = id.x; i < u.size; i += u.stride) {
    let before = x[i] + bias[i % u.C];
    y[i] = ${value};
  }
}`,
  };
}

// The slope is that of src/gan/ops/activation.ts, and 0 counts as negative there too.
const forward = pointwise("PggBiasLeakyRelu", [], "select(0.2 * before, before, before > 0.0)");
const backward = pointwise("PggBiasLeakyReluGrad", ["dy"], "dy[i] * select(0.2, 1.0, before > 0.0)");

function run(
  backend: Parameters<FastKernel["run"]>[0],
  kernel: Kernel,
  inputs: tf.TensorInfo[],
): tf.TensorInfo[] {
  const { shape } = inputs.at(-2)!;
  const size = tf.util.sizeFromShape(shape);
  const workgroups = Math.min(Math.ceil(size / (threads * each)), most);
  return launch(backend, kernel, {
    outputs: [shape],
    inputs,
    uniforms: [{ i: size }, { i: shape.at(-1)! }, { i: workgroups * threads }],
    workgroups: [workgroups],
  });
}

export const biasLeakyRelu: FastKernel = {
  operation: "PggBiasLeakyRelu",
  run: (backend, { x, bias }) => run(backend, forward, [x!, bias!]),
};

export const biasLeakyReluGrad: FastKernel = {
  operation: "PggBiasLeakyReluGrad",
  run: (backend, { dy }, { x, bias }) => run(backend, backward, [dy!, x, bias]),
};
