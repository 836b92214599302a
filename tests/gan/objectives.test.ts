// What the networks play for and how they learn, number by number: losses, penalties, Adam, spectral normalisation,
// augmentation.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adamStep, nextPaces, paceAt } from "../../src/gan/adam.ts";
import { augment, drawAugmentation } from "../../src/gan/networks/augment.ts";
import type { Config } from "../../src/gan/settings/config.ts";
import { discriminatorLoss, generatorLoss, gradientPenalty, r1Penalty } from "../../src/gan/losses.ts";
import { createStream } from "../../src/gan/random.ts";
import { iterationsAtBirth, powerIteration, singularValue } from "../../src/gan/networks/spectral.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images, Scores } from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";
import { expectClose } from "./expectClose.ts";

const softplus = (x: number) => Math.log(1 + Math.exp(x));

describe.each(engines)("on $name", ({ open, close }) => {
  beforeAll(open);
  afterAll(close);
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  describe("losses of real scores 1, 3 and fake scores 2, -1", () => {
    test.each<[Config["loss"], d: number, g: number]>([
      ["wgan-gp", 0.5 - 2 + 0.001 * 5, -0.5],
      [
        "logistic",
        (softplus(2) + softplus(-1) + softplus(-1) + softplus(-3)) / 2,
        (softplus(-2) + softplus(1)) / 2,
      ],
      ["hinge", (3 + 0) / 2 + (0 + 0) / 2, -0.5],
      ["least-squares", (4 + 1) / 4 + (0 + 4) / 4, (1 + 4) / 4],
    ])("%s: %f for D, %f for G", async (loss, d, g) => {
      const [real, fake] = [tf.tensor1d([1, 3]), tf.tensor1d([2, -1])];
      await expectClose(discriminatorLoss(loss, real, fake, tf.tensor1d([0.001])), [d]);
      await expectClose(generatorLoss(loss, fake), [g]);
    });

    test("the logistic loss stays finite where eˣ does not", async () => {
      const far = tf.tensor1d([-200, 200]);
      await expectClose(generatorLoss("logistic", far), [100]);
    });
  });

  describe("penalties of a D that is a plane", () => {
    // D(x) = 3 x₀ + 4 x₁, of slope 5 everywhere.
    const plane = (x: Images) => x.mul(tf.tensor4d([3, 4], [1, 1, 2, 1])).sum<Scores>([1, 2, 3]);
    const images = () => tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]);

    test("WGAN-GP's is (5 - 1)², R1's is 5²/2", async () => {
      await expectClose(gradientPenalty(plane, images(), images().mul(2), mix(0.3, 0.8)), [16]);
      await expectClose(r1Penalty(plane, images()), [12.5]);
    });
  });

  test("WGAN-GP's penalty is taken between real and fake, R1's at the reals", async () => {
    const bowl = (x: Images) => x.square().sum<Scores>([1, 2, 3]); // of slope 2x
    const [real, fake] = [tf.tensor4d([1, 2], [2, 1, 1, 1]), tf.tensor4d([5, 2], [2, 1, 1, 1])];
    await expectClose(gradientPenalty(bowl, real, fake, mix(0.25, 0.5)), [
      ((2 * 2 - 1) ** 2 + (4 - 1) ** 2) / 2,
    ]);
    await expectClose(r1Penalty(bowl, real), [(4 + 16) / 4]);
  });

  describe("Adam", () => {
    const options = { beta1: 0.5, beta2: 0.9, adamEpsilon: 1e-8 };

    test("takes the steps of the paper's algorithm 1", async () => {
      const gradients = [3, -1, 0.5];
      let [w, m, v] = [10, 0, 0];
      let state = {
        w: tf.tensor1d([w]) as tf.Tensor,
        m: tf.tensor1d([m]) as tf.Tensor,
        v: tf.tensor1d([v]) as tf.Tensor,
      };
      const ages = {};
      for (const [i, gradient] of gradients.entries()) {
        m = 0.5 * m + 0.5 * gradient;
        v = 0.9 * v + 0.1 * gradient ** 2;
        w -= (0.1 * (m / (1 - 0.5 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.9 ** (i + 1))) + 1e-8);
        const pace = nextPaces(["w"], ages, 0.1, options).get("w")!;
        state = adamStep(state.w, state, tf.tensor1d([gradient]), pace, options);
        await expectClose(tf.concat([state.w, state.m, state.v]), [w, m, v]);
      }
      expect(ages).toEqual({ w: 3 });
    });

    test("moves each weight by the learning rate at its first step, whatever the gradient's size", async () => {
      const { rate, correction } = paceAt(1, 0.1, { ...options, beta1: 0 });
      const pace = { rate: tf.tensor1d([rate]), correction: tf.tensor1d([correction]) };
      const gradient = tf.tensor1d([1e-3, -500]);
      const zero = tf.zeros([2]);
      const after = adamStep(zero, { m: zero, v: zero }, gradient, pace, {
        ...options,
        beta1: 0,
      });
      await expectClose(after.w, [-0.1, 0.1], 1e-4);
    });
  });

  describe("spectral normalisation", () => {
    const w = () =>
      tf.tensor2d([
        [0, 3],
        [1, 0],
        [0, 4],
      ]); // singular values 5 and 1

    test("finds the largest singular value, and its slope v uᵀ", async () => {
      const u = powerIteration(w(), tf.tensor2d([[1], [0.1]]), iterationsAtBirth);
      await expectClose(u, [0, 1]);
      await expectClose(singularValue(w(), u), [5]);
      const slope = tf.grad((at) => singularValue(at, u).sum())(w());
      await expectClose(slope, [0, 0.6, 0, 0, 0, 0.8]);
    });

    test("takes a filter as the matrix [K·K·in,out]", async () => {
      const filter = w().reshape<tf.Tensor4D>([1, 3, 1, 2]);
      const u = powerIteration(filter, tf.tensor2d([[0.1], [1]]), iterationsAtBirth);
      await expectClose(singularValue(filter, u), [5]);
    });
  });

  describe("augmentation", () => {
    const images = () =>
      tf.tensor4d(
        [...Array(16).keys()].map((i) => i / 8 - 1),
        [1, 4, 4, 1],
      );
    const still = () => tf.eye(4).reshape<tf.Tensor3D>([1, 4, 4]);

    test("that moves and dims nothing leaves the image", async () => {
      const none = { rows: still(), columns: still(), light: tf.ones<tf.Rank.R3>([1, 1, 1]) };
      await expectClose(augment(images(), none), await images().data());
    });

    test("moves rows and columns, repeats the edge, and dims towards black", async () => {
      const down = tf.tensor3d(
        [
          [1, 0],
          [1, 0],
        ].flat(),
        [1, 2, 2],
      ); // one row down: both show the first
      const right = tf.tensor3d(
        [
          [1, 0],
          [0, 1],
        ].flat(),
        [1, 2, 2],
      );
      const light = tf.tensor3d([0.5], [1, 1, 1]);
      const image = tf.tensor4d([1, 0, -1, -1], [1, 2, 2, 1]);
      await expectClose(augment(image, { rows: down, columns: right, light }), [0, -0.5, 0, -0.5]);
      await expectClose(augment(image, { rows: right, columns: down, light }), [0, 0, -1, -1]);
    });

    test("is drawn alike again: one place in every row, shifts of an eighth, light from 0.7 to 1", async () => {
      const draw = () => drawAugmentation(createStream(7, "augment"), 64, 16);
      const { rows, columns, light } = draw();
      for (const moves of [rows, columns]) {
        await expectClose(moves.sum(2), Array(64 * 16).fill(1), 0);
        const ones = await moves.data(); // [64,16,16], a one where each row comes from
        const shifts = Array.from({ length: 64 }, (_, n) => (ones.indexOf(1, (n * 16 + 8) * 16) % 16) - 8);
        expect(new Set(shifts)).toEqual(new Set([-2, -1, 0, 1, 2]));
      }
      const kept = await light.data();
      expect(Math.min(...kept)).toBeGreaterThanOrEqual(0.7);
      expect(Math.max(...kept)).toBeLessThanOrEqual(1);
      await expectClose(draw().rows, await rows.data(), 0);
    });
  });
});

/** Where between real and fake, for two samples. */
function mix(...shares: [number, number]): tf.Tensor4D {
  return tf.tensor4d(shares, [2, 1, 1, 1]);
}
