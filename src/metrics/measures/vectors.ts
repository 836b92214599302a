// Dot products and distances of rows of matrices: where nearly all time of metrics on features goes.
// Four sums at once, since each addition otherwise waits for the one before it.

/** The dot product of two vectors of `width` numbers, which begin at `i` and `j`. */
export function dot(a: Float64Array, i: number, b: Float64Array, j: number, width: number): number {
  let [s, t, u, v] = [0, 0, 0, 0];
  let f = 0;
  for (; f + 3 < width; f += 4) {
    s += a[i + f]! * b[j + f]!;
    t += a[i + f + 1]! * b[j + f + 1]!;
    u += a[i + f + 2]! * b[j + f + 2]!;
    v += a[i + f + 3]! * b[j + f + 3]!;
  }
  for (; f < width; f++) s += a[i + f]! * b[j + f]!;
  return s + t + (u + v);
}

/** The squared Euclidean distance of two vectors. Of differences, not of dot products: a copy is at 0 exactly. */
export function squaredDistance(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  width: number,
): number {
  let [s, t, u, v] = [0, 0, 0, 0];
  let f = 0;
  for (; f + 3 < width; f += 4) {
    const [d0, d1] = [a[i + f]! - b[j + f]!, a[i + f + 1]! - b[j + f + 1]!];
    const [d2, d3] = [a[i + f + 2]! - b[j + f + 2]!, a[i + f + 3]! - b[j + f + 3]!];
    s += d0 * d0;
    t += d1 * d1;
    u += d2 * d2;
    v += d3 * d3;
  }
  for (; f < width; f++) s += (a[i + f]! - b[j + f]!) ** 2;
  return s + t + (u + v);
}
