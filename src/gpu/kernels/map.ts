// Kernels that have a thread for each number of their result and no more to say than an expression.

import * as tf from "../../gan/tf.ts";
import type { Backend } from "../record/backend.ts";
import type { FastKernel, Options } from "./index.ts";
import { type Kernel, launch } from "./launch.ts";

const threads = 64;

/** @param value WGSL for number i of the result, from the inputs, and from `u` with its fields */
function mapping(name: string, inputs: string[], fields: string, value: string): Kernel {
  return {
    name,
    code: /* wgsl */ `
struct Fields { size: u32, stride: u32, ${fields} }
@group(0) @binding(0) var<storage, read_write> result: array<f32>;
${inputs.map((input, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${input}: array<f32>;`).join("\n")}
@group(0) @binding(${inputs.length + 1}) var<uniform> u: Fields;

@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var i = id.x; i < u.size; i += u.stride) { ${value} }
}`,
  };
}

/** Most workgroups on one axis. */
const most = 65_535;

function run(
  backend: Backend,
  kernel: Kernel,
  inputs: tf.TensorInfo[],
  shape: number[],
  fields: ({ i: number } | { f: number })[],
): tf.TensorInfo[] {
  const size = tf.util.sizeFromShape(shape);
  const workgroups = Math.min(Math.ceil(size / threads), most);
  return launch(backend, kernel, {
    outputs: [shape],
    inputs,
    uniforms: [{ i: size }, { i: workgroups * threads }, ...fields],
    workgroups: [workgroups],
  });
}

const blending = mapping(
  "PggBlend",
  ["before", "after", "alpha"],
  "",
  "result[i] = before[i] + (after[i] - before[i]) * alpha[0];",
);

const sharing = mapping(
  "PggShare",
  ["x", "alpha"],
  "rest: u32",
  "result[i] = x[i] * select(alpha[0], 1.0 - alpha[0], u.rest == 1);",
);

const doubling = mapping(
  "PggUpsample2x",
  ["x"],
  "W: u32, C: u32, factor: f32",
  `let pixel = i / u.C; // of rows of 2W
    let row = pixel / (2 * u.W) / 2;
    result[i] = x[(row * u.W + pixel % (2 * u.W) / 2) * u.C + i % u.C] * u.factor;`,
);

const halving = mapping(
  "PggDownsample2x",
  ["x"],
  "W: u32, C: u32, factor: f32",
  `let pixel = i / u.C; // of rows of W / 2
    let first = (pixel / (u.W / 2) * 2 * u.W + pixel % (u.W / 2) * 2) * u.C + i % u.C;
    let below = first + u.W * u.C;
    result[i] = (x[first] + x[first + u.C] + x[below] + x[below + u.C]) * u.factor;`,
);

const turning = mapping(
  "PggTurnRound",
  ["w"],
  "taps: u32, inputs: u32, outputs: u32",
  `let c = i % u.inputs;
    let d = i / u.inputs % u.outputs;
    let tap = u.taps - 1 - i / (u.inputs * u.outputs);
    result[i] = w[(tap * u.inputs + c) * u.outputs + d];`,
);

type Shape4 = [number, number, number, number];

/** Sizes that "up" and "down" are told; rows of all samples lie one behind the other. */
const resampled = ({ shape }: tf.TensorInfo, { factor }: Options) => {
  const [N, H, W, C] = shape as Shape4;
  return { N, H, W, C, fields: (times: number) => [{ i: W }, { i: C }, { f: factor * times }] };
};

export const maps: readonly FastKernel[] = [
  {
    operation: blending.name,
    run: (backend, { before, after, alpha }) =>
      run(backend, blending, [before!, after!, alpha!], before!.shape, []),
  },
  {
    operation: sharing.name,
    run: (backend, { x, alpha }, { rest }) =>
      run(backend, sharing, [x!, alpha!], x!.shape, [{ i: Number(rest) }]),
  },
  {
    operation: doubling.name,
    run(backend, { x }, options) {
      const { N, H, W, C, fields } = resampled(x!, options);
      return run(backend, doubling, [x!], [N, 2 * H, 2 * W, C], fields(1));
    },
  },
  {
    operation: halving.name,
    run(backend, { x }, options) {
      const { N, H, W, C, fields } = resampled(x!, options);
      return run(backend, halving, [x!], [N, H / 2, W / 2, C], fields(1 / 4));
    },
  },
  {
    operation: turning.name,
    run(backend, { w }) {
      const [height, width, inputs, outputs] = w!.shape as Shape4;
      const sizes = [height * width, inputs, outputs].map((i) => ({ i }));
      return run(backend, turning, [w!], [height, width, outputs, inputs], sizes);
    },
  },
];
