// What every operation of the networks computes, number by number, on every engine.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Trouble } from "../../src/gan/errors.ts";
import { fadeReals } from "../../src/gan/networks/networks.ts";
import {
  biasLeakyRelu,
  conv,
  convTranspose,
  dense,
  downsample2x,
  minibatchStddev,
  pixelNorm,
  upsample2x,
} from "../../src/gan/ops/index.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images } from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";
import { expectClose } from "./expectClose.ts";

describe.each(engines)("on $name", ({ open, close }) => {
  beforeAll(open);
  afterAll(close);
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test("biasLeakyRelu adds a bias, keeps what is positive and takes a fifth of the rest", async () => {
    const x = tf.tensor2d([-2, -0, 0, 3], [2, 2]);
    await expectClose(biasLeakyRelu(x, tf.tensor1d([1, -3])), [-0.2, -0.6, 1, 0]);
  });

  test("pixelNorm gives every feature vector unit mean square", async () => {
    const x = tf.tensor2d([
      [3, 4],
      [-1, 1],
      [0, 0],
    ]);
    await expectClose(pixelNorm(x), [3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5), -1, 1, 0, 0]);
  });

  describe("conv", () => {
    test("3×3 sums neighbours, with zeros outside", async () => {
      const ones = tf.ones<tf.Rank.R4>([3, 3, 1, 1]);
      await expectClose(conv(image([1, 2, 3], [4, 5, 6], [7, 8, 9]), ones), [
        ...[12, 21, 16],
        ...[27, 45, 33],
        ...[24, 39, 28],
      ]);
    });

    test("3×3 looks right and down at the later taps", async () => {
      const w = tf.tensor4d([0, 0, 0, 0, 0, 10, 0, 1, 0], [3, 3, 1, 1]);
      await expectClose(conv(image([1, 2], [3, 4]), w), [23, 4, 40, 0]);
    });

    test("4×4 of stride 2 begins one pixel outside", async () => {
      const w = tf.tensor4d([...Array(16).keys()], [4, 4, 1, 1]);
      const corner = image([1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 100]);
      await expectClose(conv(corner, w, 2), [5, 0, 0, 1000]);
    });

    test("1×1 mixes channels", async () => {
      const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
      const w = tf.tensor4d([1, 0, 5, 10, 1, 0], [1, 1, 2, 3]);
      await expectClose(conv(x, w), [21, 2, 5, 43, 4, 15]);
    });
  });

  test("convTranspose of stride 2 lays the filter down, its rim cut off at the border", async () => {
    const w = tf.tensor4d([...Array(16).keys()], [4, 4, 1, 1]);
    await expectClose(convTranspose(image([1]), w, 2), [5, 6, 9, 10]);
    await expectClose(convTranspose(image([1, 100]), w, 2), [5, 406, 507, 600, 9, 810, 911, 1000]);
  });

  // Whole numbers this small are exact in 32 bits, in whatever order they are added.
  test.each([
    { K: 1, stride: 1, H: 3, W: 5 },
    { K: 3, stride: 1, H: 3, W: 5 },
    { K: 3, stride: 1, H: 1, W: 1 },
    { K: 3, stride: 1, H: 16, W: 4 },
    { K: 4, stride: 2, H: 4, W: 6 },
    { K: 4, stride: 2, H: 2, W: 2 },
  ] as const)(
    "conv $K×$K, stride $stride, of $H×$W: it, its adjoint and its filter gradient",
    async (size) => {
      const { K, stride, H, W } = size;
      const shapes = { x: [2, H, W, 3], w: [K, K, 3, 4], y: [2, H / stride, W / stride, 4] };
      const { x, w, y } = { x: whole(shapes.x), w: whole(shapes.w), y: whole(shapes.y) };
      const expected = convByLoops(x, w, y, stride);

      const [images, filter, above] = [x, w, y].map((a) => tf.tensor4d(a.values, a.shape as Shape4D));
      await expectClose(conv(images!, filter!, stride), expected.y, 0);
      await expectClose(convTranspose(above!, filter!, stride), expected.x, 0);
      const gradient = tf.grad((at) =>
        conv(images!, at as Images, stride)
          .mul(above!)
          .sum(),
      )(filter!);
      await expectClose(gradient, expected.w, 0);
    },
  );

  test("dense is a product of matrices", async () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const w = tf.tensor2d([
      [1, 0, -1],
      [10, 1, 0],
    ]);
    await expectClose(dense(x, w), [21, 2, -1, 43, 4, -3]);
  });

  test("upsample2x repeats pixels, downsample2x takes the mean of blocks", async () => {
    await expectClose(upsample2x(image([1, 2])), [1, 1, 2, 2, 1, 1, 2, 2]);
    await expectClose(downsample2x(image([1, 2, 10, 10], [3, 4, 10, 50])), [2.5, 20]);
    await expectClose(downsample2x(upsample2x(image([1, 2], [3, 4]))), [1, 2, 3, 4], 0);
  });

  test("fadeReals shows half the resolution at α 0, the image at α 1, and their blend between", async () => {
    const shown = (alpha: number, fading = true) =>
      fadeReals(image([0, 4], [4, 8]), { resolution: 2, fading }, tf.tensor1d([alpha]));
    await expectClose(shown(0), [4, 4, 4, 4]);
    await expectClose(shown(0.25), [3, 4, 4, 5]);
    await expectClose(shown(1), [0, 4, 4, 8]);
    await expectClose(shown(0, false), [0, 4, 4, 8]);
  });

  describe("minibatchStddev", () => {
    const channel = (x: Images, sets?: number) =>
      tf.slice(minibatchStddev(x, sets), [0, 0, 0, x.shape[3]], [-1, -1, -1, 1]);
    const none = 1e-4; // the root of the ε that keeps its slope finite

    test("appends one channel, the mean deviation over places and channels, and leaves the rest", async () => {
      const x = tf.tensor4d([1, 5, -1, 5], [2, 1, 1, 2]); // the first channel deviates by 1, the second not at all
      await expectClose(minibatchStddev(x), [1, 5, (1 + none) / 2, -1, 5, (1 + none) / 2]);
    });

    test("compares samples that lie N/4 apart", async () => {
      const x = tf.tensor4d([0, 1, 0, 1, 0, 1, 0, 3], [8, 1, 1, 1]);
      const odd = Math.sqrt(0.75); // of 1, 1, 1, 3
      await expectClose(channel(x), [none, odd, none, odd, none, odd, none, odd]);
    });

    test("takes the whole batch where it has four or less", async () => {
      await expectClose(channel(tf.tensor4d([0, 3, 6], [3, 1, 1, 1])), Array(3).fill(Math.sqrt(6)));
      await expectClose(channel(tf.tensor4d([5], [1, 1, 1, 1])), [none]);
    });

    test("keeps sets apart", async () => {
      const x = tf.tensor4d([-1, 1, -1, 1, -5, 5, -5, 5], [8, 1, 1, 1]);
      await expectClose(channel(x, 2), [1, 1, 1, 1, 5, 5, 5, 5]);
    });

    test("refuses a batch that does not divide, in words a person can use", () => {
      const batch = tf.zeros<tf.Rank.R4>([6, 4, 4, 1]);
      expect(() => minibatchStddev(batch)).toThrow(
        new Trouble("A batch of 6 does not split into groups of 4.", "Use a multiple of 4."),
      );
    });
  });

  test("gradients of sums and means are the share of each number", async () => {
    const x = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const weights = tf.tensor1d([1, 10, 100]);
    await expectClose(tf.grad((at) => at.sum(0).mul(weights).sum())(x), [1, 10, 100, 1, 10, 100]);
    await expectClose(tf.grad((at) => at.mean(0, true).mul(weights).sum())(x), [0.5, 5, 50, 0.5, 5, 50]);
    await expectClose(tf.grad((at) => at.mean())(x), Array(6).fill(1 / 6));
  });
});

type Shape4D = [number, number, number, number];
type Whole = { shape: number[]; values: number[] };

/** One image of one channel. */
function image(...rows: number[][]): Images {
  return tf.tensor4d(rows.flat(), [1, rows.length, rows[0]!.length, 1]);
}

/** Whole numbers from -5 to 5 without a pattern. */
function whole(shape: number[]): Whole {
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (i * i * 7 + 3 * i) % 11);
  return { shape, values: values.map((value) => value - 5) };
}

/** The sums that define a convolution, its adjoint and its filter gradient: Σ over x·w, over y·w, over x·y. */
function convByLoops(x: Whole, w: Whole, y: Whole, stride: number): Record<"x" | "w" | "y", number[]> {
  const [N, H, W, I] = x.shape as Shape4D;
  const [K, , , O] = w.shape as Shape4D;
  const [, h, wide] = y.shape as Shape4D;
  const sums = { x: x.values.map(() => 0), w: w.values.map(() => 0), y: y.values.map(() => 0) };
  const before = Math.floor((K - 1) / 2);
  for (const [n, i, j, a, b, c, o] of places([N, h, wide, K, K, I, O])) {
    const [row, column] = [stride * i! + a! - before, stride * j! + b! - before];
    if (row < 0 || row >= H || column < 0 || column >= W) continue;
    const atX = ((n! * H + row) * W + column) * I + c!;
    const atW = ((a! * K + b!) * I + c!) * O + o!;
    const atY = ((n! * h + i!) * wide + j!) * O + o!;
    sums.y[atY]! += x.values[atX]! * w.values[atW]!;
    sums.x[atX]! += y.values[atY]! * w.values[atW]!;
    sums.w[atW]! += x.values[atX]! * y.values[atY]!;
  }
  return sums;
}

/** Every index into an array of this shape. */
function* places(shape: number[]): Generator<number[]> {
  const [size, ...rest] = shape;
  if (size === undefined) return yield [];
  for (let i = 0; i < size; i++) for (const place of places(rest)) yield [i, ...place];
}
