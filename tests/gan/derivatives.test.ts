// First and second derivatives of every operation in G or D, by the tape and by finite differences, on every engine.
//
// From an operation y = f(x, w) comes a scalar, L = Σ c (y + y²/2), in which linear operations count twice. Its gradient
// is checked, then that of P = ‖∂L/∂x‖² + ‖∂L/∂w‖², which is what a gradient penalty is made of, then that of
// ‖∂P/∂x‖² + ‖∂P/∂w‖², in which the operations of the second derivatives are differentiated themselves.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { augment, drawAugmentation } from "../../src/gan/networks/augment.ts";
import { losses } from "../../src/gan/settings/config.ts";
import { discriminatorLoss, generatorLoss } from "../../src/gan/losses.ts";
import { fadeReals } from "../../src/gan/networks/networks.ts";
import {
  addBias,
  biasLeakyRelu,
  blend,
  channelSum,
  conv,
  convTranspose,
  dense,
  downsample2x,
  minibatchStddev,
  pixelNorm,
  scale,
  upsample2x,
} from "../../src/gan/ops/index.ts";
import { createStream } from "../../src/gan/random.ts";
import { singularValue } from "../../src/gan/networks/spectral.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images, Scores } from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";
import { gradientError, numbers, type ScalarField, slope } from "./finiteDifferences.ts";

/** Of the gradient's length. Rounding alone comes to half of it at most; a missing term to a hundred times as much. */
const tolerance = 1e-4;

type Apply = (...inputs: never[]) => tf.Tensor;
type Operation = [name: string, apply: Apply, shapes: number[][]];
type Objective = [name: string, apply: Apply];

const fading = { resolution: 4, fading: true };
const augmentation = () => drawAugmentation(createStream(1, "augment"), 3, 4);
const u = () => numbers([3, 1]) as tf.Tensor2D;

// prettier-ignore
const operations: Operation[] = [
  ["biasLeakyRelu", (x: tf.Tensor, b: tf.Tensor) => biasLeakyRelu(awayFromZero(x), b), [[2, 2, 3, 4], [4]]],
  ["channelSum", (x: tf.Tensor) => channelSum(x.square()), [[2, 3, 2, 4]]],
  ["pixelNorm", pixelNorm, [[2, 2, 3, 4]]],
  ["conv 1×1", conv, [[2, 3, 4, 2], [1, 1, 2, 3]]],
  ["conv 3×3", conv, [[2, 3, 4, 2], [3, 3, 2, 3]]],
  ["conv 4×4, stride 2", (x: Images, w: Images) => conv(x, w, 2), [[2, 4, 6, 2], [4, 4, 2, 3]]],
  ["convTranspose 1×1", convTranspose, [[2, 3, 4, 3], [1, 1, 2, 3]]],
  ["convTranspose 3×3", convTranspose, [[2, 3, 4, 3], [3, 3, 2, 3]]],
  ["convTranspose 4×4, stride 2", (y: Images, w: Images) => convTranspose(y, w, 2), [[2, 2, 3, 3], [4, 4, 2, 3]]],
  ["dense", dense, [[3, 4], [4, 2]]],
  ["upsample2x", upsample2x, [[2, 2, 3, 2]]],
  ["downsample2x", downsample2x, [[2, 4, 6, 2]]],
  ["minibatchStddev", minibatchStddev, [[8, 2, 2, 2]]],
  ["minibatchStddev of two sets", (x: Images) => minibatchStddev(x, 2), [[8, 2, 2, 2]]],
  ["fadeReals", (x: Images, a: tf.Tensor) => fadeReals(x, fading, a), [[2, 4, 4, 2], [1]]],
  ["augment", (x: Images) => augment(x, augmentation()), [[3, 4, 4, 2]]],
  ["singularValue", (w: tf.Tensor) => singularValue(w, u()), [[2, 2, 2, 3]]],
  ["a product with a scalar", (x: tf.Tensor, s: tf.Tensor) => x.mul(s), [[2, 3, 4], [1]]],
  ["a division by a scalar", (x: tf.Tensor, s: tf.Tensor) => x.div(s.square().add(4)), [[3, 4], [1]]],
  ["scale", (a: tf.Tensor, b: tf.Tensor) => tf.concat(scale([a, b], [0.5, 3])), [[3, 2], [2, 2]]],
  ["blend", blend, [[2, 2, 2, 3], [2, 2, 2, 3], [1]]],
  ["a bias", (x: tf.Tensor, b: tf.Tensor) => x.add(b), [[2, 2, 3, 4], [4]]],
  ["addBias", addBias, [[2, 2, 3, 4], [4]]],
  ["concat", (a: Images, b: Images) => tf.concat([a, b]), [[1, 2, 2, 3], [2, 2, 2, 3]]],
  ["slice", (x: tf.Tensor) => tf.slice(x, 1, 2), [[4, 3]]],
  ["sum over axes", (x: tf.Tensor) => x.square().sum([1, 3]), [[2, 3, 2, 2]]],
  ["mean over axes, kept", (x: tf.Tensor) => x.square().mean([0, 2], true), [[2, 3, 2, 2]]],
];

/** D and G take first derivatives of them only. */
const objectives = losses.flatMap((loss): Objective[] => [
  [
    `D's ${loss} loss`,
    (real: Scores, fake: Scores) => discriminatorLoss(loss, real, fake, tf.tensor1d([0.001])),
  ],
  [`G's ${loss} loss`, (real: Scores, fake: Scores) => generatorLoss(loss, fake.sub<Scores>(real))],
]);

describe.each(engines)("on $name", ({ open, close }) => {
  beforeAll(open);
  afterAll(close);

  test.each(operations)("%s", async (_, apply, shapes) => {
    const inputs = shapes.map((shape, i) => numbers(shape, i));
    let f: ScalarField = (at) => {
      const y = apply(...(at as never[]));
      return y.add(y.square().mul(0.5)).mul(numbers(y.shape, 9)).sum();
    };
    for (let order = 1; order <= 3; order++, f = slope(f)) {
      expect(await gradientError(f, inputs), `order ${order}`).toBeLessThan(tolerance);
    }
  });

  test.each(objectives)("%s", async (_, apply) => {
    const scores = [numbers([5], 1), numbers([5], 2)];
    expect(await gradientError((at) => apply(...(at as never[])), scores)).toBeLessThan(tolerance);
  });
});

/** x, moved to where no bias and no step of a difference takes it across the kink. */
function awayFromZero(x: tf.Tensor): tf.Tensor {
  return x.add(tf.sign(x).mul(4));
}
