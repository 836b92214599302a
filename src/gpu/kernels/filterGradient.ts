// The filter gradient of a convolution as a matrix product: rows are taps and input channels, columns output channels,
// and the sum runs over all pixels of all samples. Twin of PggConvFilterGrad's plain form, whose kernel in tfjs loops over
// that sum once for each weight.

import { padding } from "./conv.ts";
import { aloneInPlaceOf, aloneTile } from "./filterAlone.ts";
import type { FastKernel } from "./kernel.ts";
import { launch } from "./launch.ts";
import { addParts, split } from "./parts.ts";
import { threadsOf } from "./threads.ts";
import type { KernelModule } from "./wgsl.ts";

/** Rows and columns of a tile. A workgroup of 8×8 threads computes one, each thread 4×4 of its numbers. */
const tile = 32;
/** Pixels between two barriers. */
const depth = 16;

/** @param biased whether it also adds up `dy` over all pixels, as `PggChannelSum` does */
const product = (biased: boolean): KernelModule => ({
  name: biased ? "PggConvFilterGrad+PggChannelSum" : "PggConvFilterGrad",
  inputs: ["x", "dy"], // [N,H,W,Ci] and [N,Ho,Wo,Co]
  outputs: biased ? ["dw", "db"] : ["dw"], // [parts,K,K,Ci,Co] and [parts,Co]
  often: ["x", "dy"],
  fields: ["H", "W", "Ci", "Ho", "Wo", "Co", "stride", "K", "before", "all", "each"].map(
    (field) => `${field}: i32`,
  ),
  code: /* wgsl */ `
var<workgroup> xs: array<array<f32, ${tile}>, ${depth}>;
var<workgroup> dys: array<array<f32, ${tile}>, ${depth}>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let rows = $.K * $.K * $.Ci;
  let first = vec2<i32>(group.yx) * ${tile};
  let begin = i32(group.z) * $.each;
  let end = min(begin + $.each, $.all);
  // 64 threads fetch a row of 32 numbers of each side, two at a time: each stays with its row and its column.
  let lane = i32(index) % ${tile};
  let row = first.x + lane;
  let column = first.y + lane;
  let tap = row / $.Ci;
  let shift = vec2<i32>(tap / $.K, tap % $.K) - $.before;
  var sums: array<vec4<f32>, 4>;
  ${biased ? "var bias = vec4<f32>();" : ""}
  for (var done = 0; done < $.each; done += ${depth}) {
    for (var k = i32(index) / ${tile}; k < ${depth}; k += 2) {
      let pixel = begin + done + k;
      var a = 0.0;
      var b = 0.0;
      if (pixel < end) {
        if (column < $.Co) { b = $dy(u32(pixel * $.Co + column)); }
        let at = vec2<i32>((pixel / $.Wo) % $.Ho, pixel % $.Wo) * $.stride + shift;
        if (row < rows && all(at >= vec2<i32>(0)) && at.x < $.H && at.y < $.W) {
          a = $x(u32(((pixel / ($.Ho * $.Wo) * $.H + at.x) * $.W + at.y) * $.Ci + row % $.Ci));
        }
      }
      xs[k][lane] = a;
      dys[k][lane] = b;
    }
    workgroupBarrier();
    for (var k = 0; k < ${depth}; k++) {
      let c = 4 * local.x;
      let b = vec4<f32>(dys[k][c], dys[k][c + 1], dys[k][c + 2], dys[k][c + 3]);
      ${biased ? "bias += b;" : ""}
      for (var i = 0u; i < 4; i++) { sums[i] = fma(vec4<f32>(xs[k][4 * local.y + i]), b, sums[i]); }
    }
    workgroupBarrier();
  }
  for (var i = 0; i < 4; i++) {
    let r = first.x + 4 * i32(local.y) + i;
    for (var j = 0; j < 4; j++) {
      let c = first.y + 4 * i32(local.x) + j;
      if (r < rows && c < $.Co) { dw[(i32(group.z) * rows + r) * $.Co + c] = sums[i][j]; }
    }
  }
  ${
    biased
      ? `if (group.y == 0 && local.y == 0) {
    for (var j = 0; j < 4; j++) {
      let c = first.y + 4 * i32(local.x) + j;
      if (c < $.Co) { db[i32(group.z) * $.Co + c] = bias[j]; }
    }
  }`
      : ""
  }
}`,
});

const together = [product(false), product(true)] as const;
const alone = aloneInPlaceOf(together);

/** For each kernel the one that adds up `dy` as well. */
export const withBias: ReadonlyMap<KernelModule, KernelModule> = new Map([together, ...alone.values()]);

/** Most workgroups along one axis. */
const most = 65_535;

export const filterGradient: FastKernel = {
  operation: "PggConvFilterGrad",
  run(backend, { x, y }, { stride, size: K }) {
    const [, H, W, Ci] = x!.shape as [number, number, number, number];
    const [N, Ho, Wo, Co] = y!.shape as [number, number, number, number];
    const before = padding(H, stride, K);
    const shape = [K, K, Ci, Co];
    const pixels = N * Ho * Wo;
    const { parts, each } = split(pixels);
    const own = aloneTile(K, Ci, Co);
    const isAlone = threadsOf(backend.device) === "alone" && own.workgroups <= most;
    const [module] = isAlone ? alone.get(own.key)! : together;
    const [dw] = launch(backend, module, {
      outputs: [parts === 1 ? shape : [parts, ...shape]],
      inputs: [x!, y!],
      fields: [H, W, Ci, Ho, Wo, Co, stride, K, before, pixels, each],
      workgroups: isAlone
        ? [own.workgroups, 1, parts]
        : [Math.ceil(Co / tile), Math.ceil((K * K * Ci) / tile), parts],
    });
    return addParts(backend, dw!, shape, parts);
  },
};
