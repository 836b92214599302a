// Convolution and its transpose as matrix products: rows are the pixels of all samples, so that small maps fill a tile
// too; columns are output channels; and the sum runs over taps and input channels, in that order every time.

import type * as tf from "../../gan/tf.ts";
import { alone } from "./convAlone.ts";
import type { FastKernel } from "./kernel.ts";
import { launch } from "./launch.ts";
import { threadsOf } from "./threads.ts";
import type { KernelModule } from "./wgsl.ts";

/** Rows and columns of a tile. A workgroup of 8×8 threads computes one, each thread 4×4 of its numbers. */
const tile = 32;
/** Products between two barriers. */
const depth = 16;
/** Most tiles of rows along one axis. */
const most = 32_768;

/**
 * @param source WGSL for where a tap of an output pixel `at` looks, in `spot`, and whether that is a place at all, in `hit`
 * @param weight WGSL for the place of a weight
 */
const product = (name: string, source: string, weight: string): KernelModule => ({
  name,
  inputs: ["x", "w"],
  outputs: ["y"], // [N,Ho,Wo,Co]
  often: ["x", "w"],
  fields: ["H", "W", "Ci", "Ho", "Wo", "Co", "stride", "K", "before", "rows"].map((field) => `${field}: i32`),
  code: /* wgsl */ `
var<workgroup> origins: array<vec3<i32>, ${tile}>; // sample, row and column of each output pixel
var<workgroup> xs: array<array<f32, ${tile + 1}>, ${depth}>;
var<workgroup> ws: array<array<f32, ${tile}>, ${depth}>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let first = vec2<i32>(i32(group.z * ${most} + group.x), i32(group.y)) * ${tile};
  if (index < ${tile}) {
    let pixel = first.x + i32(index);
    let inside = pixel < $.rows;
    origins[index] = select(vec3<i32>(-1), vec3<i32>(pixel / ($.Ho * $.Wo), pixel / $.Wo % $.Ho, pixel % $.Wo), inside);
  }
  let inner = $.K * $.K * $.Ci;
  // Each thread fetches one of the products' places for 8 rows, and one or the other column for all places.
  let own = i32(index) % ${depth};
  let column = first.y + i32(index) % ${tile};
  var sums: array<vec4<f32>, 4>;
  workgroupBarrier();
  for (var begin = 0; begin < inner; begin += ${depth}) {
    let q = begin + own;
    let tap = vec2<i32>(q / $.Ci / $.K, q / $.Ci % $.K);
    for (var r = i32(index) / ${depth}; r < ${tile}; r += ${64 / depth}) {
      let at = origins[r].yz;
      var value = 0.0;
      ${source}
      if (q < inner && origins[r].x >= 0 && hit && all(spot >= vec2<i32>(0)) && spot.x < $.H && spot.y < $.W) {
        value = $x(u32(((origins[r].x * $.H + spot.x) * $.W + spot.y) * $.Ci + q % $.Ci));
      }
      xs[own][r] = value;
    }
    for (var k = i32(index) / ${tile}; k < ${depth}; k += ${64 / tile}) {
      let place = begin + k;
      var value = 0.0;
      if (place < inner && column < $.Co) { value = $w(u32(${weight})); }
      ws[k][i32(index) % ${tile}] = value;
    }
    workgroupBarrier();
    for (var k = 0; k < ${depth}; k++) {
      let c = 4 * local.x;
      let b = vec4<f32>(ws[k][c], ws[k][c + 1], ws[k][c + 2], ws[k][c + 3]);
      for (var i = 0u; i < 4; i++) { sums[i] = fma(vec4<f32>(xs[k][4 * local.y + i]), b, sums[i]); }
    }
    workgroupBarrier();
  }
  for (var i = 0; i < 4; i++) {
    let r = first.x + 4 * i32(local.y) + i;
    for (var j = 0; j < 4; j++) {
      let c = first.y + 4 * i32(local.x) + j;
      if (r < $.rows && c < $.Co) { $put(u32(r * $.Co + c), sums[i][j]); }
    }
  }
}`,
});

const forward = product(
  "PggConv",
  "let hit = true; let spot = at * $.stride + tap - $.before;",
  "place * $.Co + column",
);

// Reads the filter [K,K,Co,Ci] where it lies: the channels that are summed over come last.
const transpose = product(
  "PggConvTranspose",
  "let ahead = at + $.before - tap; let spot = ahead / $.stride; let hit = all(spot * $.stride == ahead);",
  "(place / $.Ci * $.Co + column) * $.Ci + place % $.Ci",
);

/** Padding above and to the left of `size` pixels, such that windows K wide at each `stride` cover them. */
export const padding = (size: number, stride: number, K: number): number =>
  Math.floor(Math.max(0, (Math.ceil(size / stride) - 1) * stride + K - size) / 2);

type Shape4 = [number, number, number, number];

/** A kernel with its workgroups, for `rows` pixels by `columns` output channels. */
export interface Product {
  module: KernelModule;
  workgroups: [number, number, number];
}

function together(module: KernelModule, rows: number, columns: number): Product {
  const tiles = Math.ceil(rows / tile);
  return { module, workgroups: [Math.min(tiles, most), Math.ceil(columns / tile), Math.ceil(tiles / most)] };
}

function run(
  backend: Parameters<FastKernel["run"]>[0],
  module: KernelModule,
  inputs: [x: tf.TensorInfo, w: tf.TensorInfo],
  [N, Ho, Wo, Co]: Shape4,
  stride: number,
  before: number,
): tf.TensorInfo[] {
  const [, H, W, Ci] = inputs[0].shape as Shape4;
  const rows = N * Ho * Wo;
  const kernel = threadsOf(backend.device) === "alone" ? alone(module, rows, Co) : together(module, rows, Co);
  return launch(backend, kernel.module, {
    outputs: [[N, Ho, Wo, Co]],
    inputs,
    fields: [H, W, Ci, Ho, Wo, Co, stride, inputs[1].shape[0]!, before, rows],
    workgroups: kernel.workgroups,
  });
}

export const convs: readonly FastKernel[] = [
  {
    operation: "PggConv",
    run(backend, { x, w }, { stride }) {
      const [N, H, W] = x!.shape as Shape4;
      const [K, , , Co] = w!.shape as Shape4;
      const shape: Shape4 = [N, Math.ceil(H / stride), Math.ceil(W / stride), Co];
      return run(backend, forward, [x!, w!], shape, stride, padding(H, stride, K));
    },
  },
  {
    operation: "PggConvTranspose",
    run(backend, { y, w }, { stride }) {
      const [N, H, W] = y!.shape as Shape4;
      const [K, , Co] = w!.shape as Shape4;
      const shape: Shape4 = [N, stride * H, stride * W, Co];
      return run(backend, transpose, [y!, w!], shape, stride, padding(stride * H, stride, K));
    },
  },
];
