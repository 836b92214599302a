// Whether a device computes right: the operations that training rests on, against plain loops.
// Faulty drivers and browsers exist, and a GAN trained on wrong gradients looks like a badly tuned one.

import { conv } from "../gan/ops/index.ts";
import { createStream } from "../gan/random.ts";
import * as tf from "../gan/tf.ts";

/** An operation whose result is off, and by how much at most. */
export interface WrongOperation {
  operation: string;
  error: number;
}

// Small, but more than one workgroup of every kernel, and channels that fill vectors of four, as in training.
const [N, H, W, C, D, K] = [2, 6, 6, 8, 12, 3]; // images [N,H,W,C], filter [K,K,C,D]

/** Sums of up to N·H·W = 72 products of numbers of size one: engines that add in another order differ by less. */
const tolerance = 1e-3;

/**
 * Computes a conv, its two gradients, a matrix product and a sum on the current engine and on the CPU.
 * Reads the engine once.
 * @returns the operation that is furthest off, or undefined where all are right
 */
export async function selfCheck(): Promise<WrongOperation | undefined> {
  const x = numbers("x", N * H * W * C);
  const w = numbers("w", K * K * C * D);
  const dy = numbers("dy", N * H * W * D);
  const got = await onEngine(x, w, dy);
  const wrong = Object.entries(onCpu(x, w, dy))
    .map(([operation, expected]) => ({ operation, error: furthest(got[operation]!, expected) }))
    .sort((a, b) => b.error - a.error);
  return wrong.find(({ error }) => !(error < tolerance)); // NaN is wrong too
}

type Results = Record<string, Float32Array>;

async function onEngine(xs: Float32Array, ws: Float32Array, dys: Float32Array): Promise<Results> {
  const results = tf.tidy(() => {
    const x = tf.tensor4d(xs, [N, H, W, C]);
    const w = tf.tensor4d(ws, [K, K, C, D]);
    const dy = tf.tensor4d(dys, [N, H, W, D]);
    const gradients = tf.grads((x, w) => conv(x as tf.Tensor4D, w as tf.Tensor4D));
    const [dx, dw] = gradients([x, w], dy);
    return {
      "a convolution": conv(x, w),
      "the input gradient of a convolution": dx!,
      "the filter gradient of a convolution": dw!,
      "a matrix product": x.reshape([N * H, W * C]).matMul(w.reshape([W * C, -1])),
      "a sum": dy.sum([0, 1, 2]),
    };
  });
  const all = tf.tidy(() => tf.concat(Object.values(results).map((result) => result.flatten())));
  const values = (await all.data()) as Float32Array;
  const got: Results = {};
  let offset = 0;
  for (const [operation, { size }] of Object.entries(results)) {
    got[operation] = values.subarray(offset, (offset += size));
  }
  tf.dispose([all, ...Object.values(results)]);
  return got;
}

function onCpu(x: Float32Array, w: Float32Array, dy: Float32Array): Results {
  const y = new Float32Array(N * H * W * D);
  const dx = new Float32Array(x.length);
  const dw = new Float32Array(w.length);
  forEachProduct((i, k, o) => {
    y[o]! += x[i]! * w[k]!;
    dx[i]! += dy[o]! * w[k]!;
    dw[k]! += dy[o]! * x[i]!;
  });
  const sum = new Float32Array(D);
  dy.forEach((value, i) => (sum[i % D]! += value));
  return {
    "a convolution": y,
    "the input gradient of a convolution": dx,
    "the filter gradient of a convolution": dw,
    "a matrix product": product(x, w, N * H, W * C),
    "a sum": sum,
  };
}

/** Every product x[i]·w[k] that a convolution adds to y[o]. */
function forEachProduct(visit: (i: number, k: number, o: number) => void): void {
  const reach = (K - 1) / 2;
  for (let pixel = 0; pixel < N * H * W; pixel++)
    for (let tap = 0; tap < K * K; tap++) {
      const row = (Math.floor(pixel / W) % H) + Math.floor(tap / K) - reach;
      const column = (pixel % W) + (tap % K) - reach;
      if (row < 0 || row >= H || column < 0 || column >= W) continue;
      const source = (Math.floor(pixel / (H * W)) * H + row) * W + column;
      for (let c = 0; c < C; c++)
        for (let d = 0; d < D; d++) visit(source * C + c, (tap * C + c) * D + d, pixel * D + d);
    }
}

/** [rows,inner] times [inner,columns], for as many columns as b has. */
function product(a: Float32Array, b: Float32Array, rows: number, inner: number): Float32Array {
  const columns = b.length / inner;
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < out.length; i++)
    for (let k = 0; k < inner; k++)
      out[i]! += a[Math.floor(i / columns) * inner + k]! * b[k * columns + (i % columns)]!;
  return out;
}

function furthest(got: Float32Array, expected: Float32Array): number {
  return expected.reduce((most, value, i) => {
    const error = Math.abs(got[i]! - value);
    return Number.isNaN(error) || error > most ? error : most;
  }, 0);
}

const numbers = (purpose: string, length: number) =>
  createStream(0, purpose).normal(new Float32Array(length));
