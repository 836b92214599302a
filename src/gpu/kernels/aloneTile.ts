// What kernels share whose threads work alone: each keeps a tile of sums in variables that have names, as numbers of
// an array that is indexed by a variable cost SwiftShader six times as much.

/** Threads of a workgroup: so few that small maps keep all cores busy. SwiftShader computes four at a time. */
export const threads = 8;

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Lines of code, one for each i. */
export const lines = (length: number, line: (i: number) => string): string =>
  range(length).map(line).join("\n    ");

/** Numbers on a side of a tile along an axis of `length`: a tile of eight is faster where it is filled. */
export const side = (length: number): 4 | 8 => (length > 4 ? 8 : 4);

/** WGSL for a tile of sums, of `rows` numbers a0, a1 ... by `columns` numbers b0, b1 ... */
export const sums = (rows: number, columns: number) => ({
  declared: lines(rows, (i) =>
    range(columns)
      .map((j) => `var s${i}_${j} = 0.0;`)
      .join(" "),
  ),
  added: lines(rows, (i) =>
    range(columns)
      .map((j) => `s${i}_${j} = fma(a${i}, b${j}, s${i}_${j});`)
      .join(" "),
  ),
  /** All of them as an array, to be stored in a loop: compiling takes a second less than with a line for each. */
  gathered: `array<f32, ${rows * columns}>(${range(rows)
    .flatMap((i) => range(columns).map((j) => `s${i}_${j}`))
    .join(", ")})`,
});
