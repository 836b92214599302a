// Operations that have no more to say than an expression for each number of their result.

import * as tf from "../../gan/tf.ts";
import type { Options } from "../operations.ts";
import type { FastKernel } from "./kernel.ts";
import { launch } from "./launch.ts";
import type { MapModule } from "./wgsl.ts";

type Shape4 = [number, number, number, number];

// The slope is that of src/gan/ops/activation.ts, and 0 counts as negative there too.
export const biasLeakyRelu: MapModule = {
  name: "PggBiasLeakyRelu",
  inputs: ["x", "bias"],
  fields: ["C: u32"],
  aligned: ["x"],
  product: true,
  reads: 1,
  value: "let before = $x(i) + $bias(i % $.C); return select(0.2 * before, before, before > 0.0);",
};

export const biasLeakyReluGrad: MapModule = {
  name: "PggBiasLeakyReluGrad",
  inputs: ["dy", "x", "bias"],
  fields: ["C: u32"],
  aligned: ["dy"],
  product: true,
  reads: 2,
  value: "let d = $dy(i); return select(0.2 * d, d, $x(i) + $bias(i % $.C) > 0.0);",
};

/** The same from y, the value: it is above 0 where x + bias is. */
export const leakyReluGrad: MapModule = {
  name: "PggLeakyReluGrad",
  inputs: ["dy", "y"],
  aligned: ["dy"],
  product: true,
  reads: 2,
  value: "let d = $dy(i); return select(0.2 * d, d, $y(i) > 0.0);",
};

const addBias: MapModule = {
  name: "PggBias",
  inputs: ["x", "bias"],
  fields: ["C: u32"],
  aligned: ["x"],
  reads: 1,
  value: "return $x(i) + $bias(i % $.C);",
};

const blending: MapModule = {
  name: "PggBlend",
  inputs: ["before", "after", "alpha"],
  aligned: ["after", "before"],
  reads: 2,
  value: "return fma($after(i) - $before(i), $alpha(0u), $before(i));",
};

const sharing: MapModule = {
  name: "PggShare",
  inputs: ["x", "alpha"],
  fields: ["rest: u32"],
  aligned: ["x"],
  product: true,
  reads: 1,
  value: "return $x(i) * select($alpha(0u), 1.0 - $alpha(0u), $.rest == 1);",
};

const scaling: MapModule = {
  name: "PggScale",
  inputs: ["x"],
  fields: ["factor: f32"],
  aligned: ["x"],
  product: true,
  reads: 1,
  value: "return $x(i) * $.factor;",
};

// Factors are powers of two: products with them are exact.
const doubling: MapModule = {
  name: "PggUpsample2x",
  inputs: ["x"],
  fields: ["W: u32", "C: u32", "factor: f32"],
  reads: 1,
  value: `let pixel = i / $.C; // of rows of 2W
    let row = pixel / (2 * $.W) / 2;
    return $x((row * $.W + pixel % (2 * $.W) / 2) * $.C + i % $.C) * $.factor;`,
};

const halving: MapModule = {
  name: "PggDownsample2x",
  inputs: ["x"],
  fields: ["W: u32", "C: u32", "factor: f32"],
  reads: 4,
  value: `let pixel = i / $.C; // of rows of W / 2
    let first = (pixel / ($.W / 2) * 2 * $.W + pixel % ($.W / 2) * 2) * $.C + i % $.C;
    let below = first + $.W * $.C;
    return ($x(first) + $x(first + $.C) + $x(below) + $x(below + $.C)) * $.factor;`,
};

/** A kernel whose result has the shape of its first input. */
function alike(module: MapModule, fields: (x: tf.TensorInfo, options: Options) => number[]): FastKernel {
  return {
    operation: module.name,
    run(backend, given, options) {
      const inputs = module.inputs.map((name) => given[name] ?? options[name as "x" | "bias"]);
      const [x] = inputs as [tf.TensorInfo];
      return launch(backend, module, { outputs: [x.shape], inputs, fields: fields(x, options) });
    },
  };
}

/** Sizes that "up" and "down" are told; rows of all samples lie one behind the other. */
const resampled = ({ shape }: tf.TensorInfo, { factor }: Options) => {
  const [N, H, W, C] = shape as Shape4;
  return { N, H, W, C, fields: (times: number) => [W, C, factor * times] };
};

const channels = ({ shape }: tf.TensorInfo) => [shape.at(-1)!];

export const maps: readonly FastKernel[] = [
  alike(biasLeakyRelu, channels),
  alike(biasLeakyReluGrad, channels),
  alike(addBias, channels),
  alike(blending, () => []),
  alike(sharing, (_, { rest }) => [Number(rest)]),
  {
    operation: scaling.name,
    run: (backend, inputs, { factors }) =>
      factors.flatMap((factor, i) => {
        const x = inputs[`x${i}`]!;
        return launch(backend, scaling, { outputs: [x.shape], inputs: [x], fields: [factor] });
      }),
  },
  {
    operation: doubling.name,
    run(backend, { x }, options) {
      const { N, H, W, C, fields } = resampled(x!, options);
      return launch(backend, doubling, {
        outputs: [[N, 2 * H, 2 * W, C]],
        inputs: [x!],
        fields: fields(1),
      });
    },
  },
  {
    operation: halving.name,
    run(backend, { x }, options) {
      const { N, H, W, C, fields } = resampled(x!, options);
      return launch(backend, halving, {
        outputs: [[N, H / 2, W / 2, C]],
        inputs: [x!],
        fields: fields(1 / 4),
      });
    },
  },
];
