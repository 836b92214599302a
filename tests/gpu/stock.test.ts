// tfjs's own operations by our maps are what tfjs computes.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import { useKernels } from "../../src/gpu/kernels/index.ts";
import { engines } from "../engines.ts";
import { numbers } from "../gan/finiteDifferences.ts";

const x = (...shape: number[]) => numbers(shape);

/** Some for each map, one that is left to tfjs, and shapes in which one tensor repeats. */
const cases: [name: string, apply: () => tf.Tensor][] = [
  ["sum", () => x(3, 5).add(numbers([3, 5], 2))],
  ["difference by sample", () => x(3, 2, 2, 4).sub(x(3, 1, 1, 1))],
  ["product by channel", () => x(3, 2, 4).mul(x(4))],
  ["product by channel, from the left", () => x(4).mul(x(3, 2, 4))],
  ["product with a scalar", () => x(3, 4).mul(2.5)],
  ["product by two axes at once", () => x(3, 1).mul(x(1, 4))],
  ["product by an axis in the middle", () => x(3, 2, 4).mul(x(1, 2, 1))],
  ["quotient by a scalar", () => x(3, 4).div(tf.scalar(7))],
  ["negative, square, root", () => x(3, 4).neg().square().sqrt()],
  ["all summed up", () => x(3, 4).sum()],
  ["mean of last axes", () => x(3, 4, 2).mean([1, 2], true)],
  ["mean of first axes", () => x(3, 4, 2).mean([0])],
  ["mean of many", () => x(20, 20).mean()],
  ["slice of rows", () => x(6, 2, 3).slice([2, 0, 0], [3, 2, 3])],
  ["slice of columns", () => x(6, 4).slice([0, 1], [6, 2])],
  ["pad of rows", () => tf.pad(x(2, 3), [[1, 2], [0, 0]])], // prettier-ignore
  ["concat of three", () => tf.concat([x(2, 3), x(1, 3), x(4, 3)])],
  ["concat of columns", () => tf.concat([x(2, 3), x(2, 1)], 1)],
  ["fill", () => tf.fill([2, 3], 1.5)],
  ["sum of integers", () => tf.tensor1d([1, 2], "int32").add(tf.tensor1d([3, 4], "int32"))],
];

const gpu = engines.find(({ name }) => name === "webgpu");
describe.runIf(gpu)("on WebGPU", () => {
  beforeAll(() => gpu!.open());
  afterAll(() => {
    useKernels("fast");
    gpu!.close();
  });

  test.each(cases)("%s", async (_, apply) => {
    const before = tf.memory().numTensors;
    const [got, expected] = (["fast", "plain"] as const).map((which) => {
      useKernels(which);
      return tf.tidy(apply);
    });
    expect(got!.shape).toEqual(expected!.shape);
    const [values, others] = await Promise.all([got!.data(), expected!.data()]);
    others.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
    tf.dispose([got!, expected!]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
