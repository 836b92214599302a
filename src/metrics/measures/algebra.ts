// The little linear algebra that Gaussians need, in float64, on square matrices stored row by row.
// Three routines of textbooks (Golub & Van Loan, Matrix Computations, 4th ed.), in place of a library of 70 kB.

/**
 * The lower triangle L with A = L Lᵀ (§4.2.5), zeros above.
 * @param a [n,n], symmetric; only its lower triangle is read
 * @returns [n,n], or undefined when A is not positive definite in float64
 */
export function cholesky(a: Float64Array, n: number): Float64Array | undefined {
  const l = new Float64Array(n * n);
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, a[i * n + i]!);
  const least = largest * n * Number.EPSILON; // a pivot below is rounding

  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i > j) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum > least) l[i * n + i] = Math.sqrt(sum);
      else return undefined; // NaN ends here too
    }
  return l;
}

/**
 * X with L X = B, by forward substitution (§3.1).
 * @param l [n,n], lower triangle without zeros on its diagonal
 * @param b [n,m]
 * @returns [n,m]
 */
export function solveLower(l: Float64Array, b: Float64Array, n: number): Float64Array {
  const m = b.length / n;
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) {
      const factor = l[i * n + k]!;
      for (let j = 0; j < m; j++) x[i * m + j]! -= factor * x[k * m + j]!;
    }
    for (let j = 0; j < m; j++) x[i * m + j]! /= l[i * n + i]!;
  }
  return x;
}

/** A B, or Aᵀ B. All [n,n]. */
export function multiply(a: Float64Array, b: Float64Array, n: number, transposeA = false): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = transposeA ? a[k * n + i]! : a[i * n + k]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += factor * b[k * n + j]!;
    }
  return out;
}

/**
 * The eigenvalues of a symmetric matrix, ascending, each to about 1e-15 of the largest: Householder's reduction to three
 * diagonals (§8.3.1), then bisection by Sturm's count of negative pivots (§8.4.1), which cannot fail to converge.
 * @param a [n,n], symmetric and finite
 */
export function eigenvaluesSymmetric(a: Float64Array, n: number): Float64Array {
  const { diagonal, beside } = tridiagonal(a, n);
  let radius = 0; // Gershgorin: all eigenvalues lie in [-radius, radius]
  for (let i = 0; i < n; i++)
    radius = Math.max(
      radius,
      Math.abs(diagonal[i]!) + Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0),
    );

  return Float64Array.from({ length: n }, (_, index) => {
    let [low, high] = [-radius, radius];
    while (high - low > 2 * Number.EPSILON * radius) {
      const middle = (low + high) / 2;
      if (countBelow(middle, diagonal, beside, radius) > index) high = middle;
      else low = middle;
    }
    return (low + high) / 2;
  });
}

/** How many eigenvalues of the tridiagonal matrix lie below `x`. */
function countBelow(x: number, diagonal: Float64Array, beside: Float64Array, scale: number): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    pivot = diagonal[i]! - x - (i === 0 ? 0 : beside[i - 1]! ** 2 / pivot);
    if (pivot === 0) pivot = -Number.EPSILON * scale; // as if x were a little larger
    if (pivot < 0) count++;
  }
  return count;
}

/** The diagonal [n], and the numbers beside it [n-1], of a tridiagonal matrix with the eigenvalues of `a`. */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const m = a.slice();
  const beside = new Float64Array(Math.max(0, n - 1));
  const v = new Float64Array(n);
  const q = new Float64Array(n);

  for (let k = 0; k < n - 1; k++) {
    // Householder's reflection I - 2 v vᵀ / vᵀv takes column k, below its diagonal, to a multiple of the first unit vector.
    let square = 0;
    for (let i = k + 1; i < n; i++) square += (v[i] = m[i * n + k]!) ** 2;
    const first = v[k + 1]!;
    const norm = first > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    beside[k] = norm;
    const half = square - first * norm; // vᵀv / 2, once v is final
    if (half === 0) continue;
    v[k + 1] = first - norm;

    let vq = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += m[i * n + j]! * v[j]!;
      vq += v[i]! * (q[i] = sum / half);
    }
    for (let i = k + 1; i < n; i++) q[i]! -= (vq / (2 * half)) * v[i]!;
    for (let i = k + 1; i < n; i++)
      for (let j = k + 1; j < n; j++) m[i * n + j]! -= v[i]! * q[j]! + q[i]! * v[j]!;
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => m[i * n + i]!), beside };
}
