// The filter gradient where threads work alone: each has one tap of four or eight input channels by four or eight output
// channels. Sums run over the same pixels in the same order as in filterGradient.ts, so that the bits are the same.

import { lines, side, sums, threads } from "./aloneTile.ts";
import type { KernelModule } from "./wgsl.ts";

/**
 * @param like the kernel whose place this takes
 * @param rows input channels of a thread
 * @param columns output channels of a thread
 * @param biased whether it also adds up `dy` over all pixels
 */
function tiled(like: KernelModule, rows: number, columns: number, biased: boolean): KernelModule {
  const tile = sums(rows, columns);
  return {
    ...like,
    name: `${like.name}/${rows}x${columns}`,
    still: ["x", "dy"],
    code: /* wgsl */ `
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let across = ($.Co + ${columns - 1}) / ${columns};
  let along = ($.Ci + ${rows - 1}) / ${rows};
  let thread = i32(group.x * ${threads} + index);
  let c = thread % across * ${columns};
  let r = thread / across % along * ${rows};
  let tap = thread / across / along;
  if (tap >= $.K * $.K) { return; }
  let shift = vec2<i32>(tap / $.K, tap % $.K) - $.before;
  ${lines(rows, (i) => `let r${i} = min(r + ${i}, $.Ci - 1);`)}
  ${lines(columns, (j) => `let c${j} = min(c + ${j}, $.Co - 1);`)}
  ${tile.declared}
  ${biased ? lines(columns, (j) => `var bias${j} = 0.0;`) : ""}
  let end = min((i32(group.z) + 1) * $.each, $.all);
  var pixel = i32(group.z) * $.each;
  while (pixel < end) {
    // What pixels of a row have in common.
    let line = pixel / $.Wo;
    let stop = min(end, (line + 1) * $.Wo);
    let y = line % $.Ho * $.stride + shift.x;
    let isRow = u32(y) < u32($.H);
    let first = (line / $.Ho * $.H + y) * $.W;
    var x = pixel % $.Wo * $.stride + shift.y;
    for (; pixel < stop; pixel++) {
    let inside = isRow & (u32(x) < u32($.W));
    let begin = select(0, (first + x) * $.Ci, inside);
    ${lines(rows, (i) => `let a${i} = select(0.0, $x(u32(begin + r${i})), inside);`)}
    ${lines(columns, (j) => `let b${j} = $dy(u32(pixel * $.Co + c${j}));`)}
    ${tile.added}
    ${biased ? lines(columns, (j) => `bias${j} += b${j};`) : ""}
    x += $.stride;
    }
  }
  var all = ${tile.gathered};
  let part = (i32(group.z) * $.K * $.K + tap) * $.Ci;
  for (var i = 0; i < min(${rows}, $.Ci - r); i++) {
    for (var j = 0; j < min(${columns}, $.Co - c); j++) {
      dw[(part + r + i) * $.Co + c + j] = all[${columns} * i + j];
    }
  }
  ${
    biased
      ? `if (tap == 0 && r == 0) {
    var sum = array<f32, ${columns}>(${Array.from({ length: columns }, (_, j) => `bias${j}`).join(", ")});
    for (var j = 0; j < min(${columns}, $.Co - c); j++) { db[i32(group.z) * $.Co + c + j] = sum[j]; }
  }`
      : ""
  }
}`,
  };
}

type Pair = readonly [plain: KernelModule, biased: KernelModule];

/** The kernels in the place of two, by the sides of their tiles. */
export function aloneInPlaceOf([plain, biased]: Pair): ReadonlyMap<string, Pair> {
  const sides = [4, 8];
  return new Map(
    sides.flatMap((rows) =>
      sides.map((columns) => [
        `${rows}x${columns}`,
        [tiled(plain, rows, columns, false), tiled(biased, rows, columns, true)],
      ]),
    ),
  );
}

/** How wide a thread's tile is, and how many workgroups there are to a part. */
export function aloneTile(K: number, Ci: number, Co: number): { key: string; workgroups: number } {
  const [rows, columns] = [side(Ci), side(Co)];
  const tiles = K * K * Math.ceil(Ci / rows) * Math.ceil(Co / columns);
  return { key: `${rows}x${columns}`, workgroups: Math.ceil(tiles / threads) };
}
