// The filter gradient of a convolution as a matrix product: rows are taps and input channels, columns output channels,
// and the sum runs over all pixels of all samples. Twin of PggConvFilterGrad's plain form, whose kernel in tfjs loops over
// that sum once for each weight.

import type { FastKernel } from "./index.ts";
import { type Kernel, launch } from "./launch.ts";
import { addParts } from "./parts.ts";

/** Rows and columns of a tile. A workgroup of 8×8 threads computes one, each thread 4×4 of its numbers. */
const tile = 32;
/** Pixels between two barriers. */
const depth = 16;
/** Workgroups that keep a GPU busy, and fewest pixels worth a workgroup of their own. */
const [enough, fewest] = [256, 256];

const product: Kernel = {
  name: "PggConvFilterGrad",
  code: /* wgsl */ `
struct Sizes { H: i32, W: i32, Ci: i32, Ho: i32, Wo: i32, Co: i32, stride: i32, K: i32, before: i32, all: i32, each: i32 }
@group(0) @binding(0) var<storage, read_write> dw: array<f32>; // [parts,K,K,Ci,Co]
@group(0) @binding(1) var<storage, read> x: array<f32>; // [N,H,W,Ci]
@group(0) @binding(2) var<storage, read> dy: array<f32>; // [N,Ho,Wo,Co]
@group(0) @binding(3) var<uniform> u: Sizes;
var<workgroup> xs: array<array<f32, ${tile}>, ${depth}>;
var<workgroup> dys: array<array<f32, ${tile}>, ${depth}>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let rows = u.K * u.K * u.Ci;
  let first = vec2<i32>(group.yx) * ${tile};
  let begin = i32(group.z) * u.each;
  let end = min(begin + u.each, u.all);
  // 64 threads fetch a row of 32 numbers of each side, two at a time: each stays with its row and its column.
  let lane = i32(index) % ${tile};
  let row = first.x + lane;
  let column = first.y + lane;
  let tap = row / u.Ci;
  let shift = vec2<i32>(tap / u.K, tap % u.K) - u.before;
  var sums: array<vec4<f32>, 4>;
  for (var done = 0; done < u.each; done += ${depth}) {
    for (var k = i32(index) / ${tile}; k < ${depth}; k += 2) {
      let pixel = begin + done + k;
      var a = 0.0;
      var b = 0.0;
      if (pixel < end) {
        if (column < u.Co) { b = dy[pixel * u.Co + column]; }
        let at = vec2<i32>((pixel / u.Wo) % u.Ho, pixel % u.Wo) * u.stride + shift;
        if (row < rows && all(at >= vec2<i32>(0)) && at.x < u.H && at.y < u.W) {
          a = x[((pixel / (u.Ho * u.Wo) * u.H + at.x) * u.W + at.y) * u.Ci + row % u.Ci];
        }
      }
      xs[k][lane] = a;
      dys[k][lane] = b;
    }
    workgroupBarrier();
    for (var k = 0; k < ${depth}; k++) {
      let c = 4 * local.x;
      let b = vec4<f32>(dys[k][c], dys[k][c + 1], dys[k][c + 2], dys[k][c + 3]);
      for (var i = 0u; i < 4; i++) { sums[i] = fma(vec4<f32>(xs[k][4 * local.y + i]), b, sums[i]); }
    }
    workgroupBarrier();
  }
  for (var i = 0; i < 4; i++) {
    let r = first.x + 4 * i32(local.y) + i;
    for (var j = 0; j < 4; j++) {
      let c = first.y + 4 * i32(local.x) + j;
      if (r < rows && c < u.Co) { dw[(i32(group.z) * rows + r) * u.Co + c] = sums[i][j]; }
    }
  }
}`,
};

export const filterGradient: FastKernel = {
  operation: "PggConvFilterGrad",
  run(backend, { x, y }, { stride, size: K }) {
    const [, H, W, Ci] = x!.shape as [number, number, number, number];
    const [N, Ho, Wo, Co] = y!.shape as [number, number, number, number];
    const before = Math.floor(Math.max(0, (Ho - 1) * stride + K - H) / 2);
    const shape = [K, K, Ci, Co];
    const pixels = N * Ho * Wo;
    const tiles = [Math.ceil(Co / tile), Math.ceil((K * K * Ci) / tile)] as const;
    const parts = Math.max(
      1,
      Math.min(Math.floor(enough / (tiles[0] * tiles[1])), Math.floor(pixels / fewest)),
    );
    const each = Math.ceil(pixels / parts / depth) * depth;
    const sizes = [H, W, Ci, Ho, Wo, Co, stride, K, before, pixels, each];
    const [dw] = launch(backend, product, {
      outputs: [parts === 1 ? shape : [parts, ...shape]],
      inputs: [x!, y!],
      uniforms: sizes.map((i) => ({ i })),
      workgroups: [...tiles, parts],
    });
    return addParts(backend, dw!, shape, parts);
  },
};
