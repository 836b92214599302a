// Convolution and its transpose where threads work alone: each has eight pixels by four or eight output channels. The
// sums run over taps and input channels in the order of conv.ts, so that the bits are the same.

import { lines, side, sums, threads } from "./aloneTile.ts";
import type { Product } from "./conv.ts";
import type { KernelModule } from "./wgsl.ts";

/** Pixels of a thread. */
const pixels = 8;
/** Most workgroups along one axis. */
const most = 65_535;

/** What sets the two apart, as WGSL. */
interface Way {
  /** Where `tap` of the output pixel `at` looks: outside of the image where that is no place. */
  place: string;
  /** Where the weights of tap t for output channel `column` begin, and how far apart those of input channels are. */
  weights: string;
  apart: string;
}

const ways: Record<string, Way> = {
  PggConv: {
    place: "return at * $.stride + tap - $.before;",
    weights: "t * $.Ci * $.Co + column",
    apart: "$.Co",
  },
  PggConvTranspose: {
    place: `let ahead = at + $.before - tap;
  let spot = ahead / $.stride;
  return select(vec2<i32>(-1), spot, spot * $.stride == ahead);`,
    weights: "(t * $.Co + column) * $.Ci",
    apart: "1",
  },
};

/** @param columns output channels of a thread */
function tiled(like: KernelModule, columns: number): KernelModule {
  const { place, weights, apart } = ways[like.name]!;
  const tile = sums(pixels, columns);
  return {
    ...like,
    name: `${like.name}/${pixels}x${columns}`,
    still: ["x"],
    code: /* wgsl */ `
fn origin(pixel: i32) -> vec3<i32> {
  return vec3<i32>(pixel / ($.Ho * $.Wo), pixel / $.Wo % $.Ho, pixel % $.Wo);
}
fn place(at: vec2<i32>, tap: vec2<i32>) -> vec2<i32> {
  ${place}
}
// All of it and no part of it: with a branch for each condition, compiling took 40 seconds in place of one.
fn isInside(at: vec2<i32>) -> bool { return all(vec2<u32>(at) < vec2<u32>(vec2<i32>($.H, $.W))); }

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let across = ($.Co + ${columns - 1}) / ${columns};
  let thread = i32((group.y * ${most} + group.x) * ${threads} + index);
  let p = thread / across * ${pixels};
  let c = thread % across * ${columns};
  if (p >= $.rows) { return; }
  ${lines(pixels, (i) => `let o${i} = origin(min(p + ${i}, $.rows - 1));`)}
  ${lines(columns, (j) => `let c${j} = min(c + ${j}, $.Co - 1);`)}
  ${tile.declared}
  for (var t = 0; t < $.K * $.K; t++) {
    let tap = vec2<i32>(t / $.K, t % $.K);
    ${lines(
      pixels,
      (i) => `let at${i} = place(o${i}.yz, tap);
    let in${i} = isInside(at${i});
    let x${i} = select(0, ((o${i}.x * $.H + at${i}.x) * $.W + at${i}.y) * $.Ci, in${i});`,
    )}
    ${lines(columns, (j) => `let w${j} = ${weights.replace("column", `c${j}`)};`)}
    for (var k = 0; k < $.Ci; k++) {
    ${lines(pixels, (i) => `let a${i} = select(0.0, $x(u32(x${i} + k)), in${i});`)}
    ${lines(columns, (j) => `let b${j} = $w(u32(w${j} + k * ${apart}));`)}
    ${tile.added}
    }
  }
  var all = ${tile.gathered};
  for (var i = 0; i < min(${pixels}, $.rows - p); i++) {
    for (var j = 0; j < min(${columns}, $.Co - c); j++) {
      $put(u32((p + i) * $.Co + c + j), all[${columns} * i + j]);
    }
  }
}`,
  };
}

const kernels = new Map<string, KernelModule>();

/** The kernel in the place of `like`, and its workgroups, for `rows` pixels by `columns` output channels. */
export function alone(like: KernelModule, rows: number, columns: number): Product {
  const own = side(columns);
  const key = `${like.name}/${own}`;
  const module = kernels.get(key) ?? tiled(like, own);
  kernels.set(key, module);
  const workgroups = Math.ceil((Math.ceil(rows / pixels) * Math.ceil(columns / own)) / threads);
  return { module, workgroups: [Math.min(workgroups, most), Math.ceil(workgroups / most), 1] };
}
