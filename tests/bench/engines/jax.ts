// The same step in jax-js (npm @jax-js/jax): its arrays are [N,C,H,W] and filters [out,in,K,K], and a step of D and one
// of G are a jit each. Arrays are counted by hand there: a function frees what it is given, and `.ref` keeps it.
// Here weights and alpha are lent to functions, and images given.

import { grad, init, defaultDevice, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { paceAt } from "../../../src/gan/adam.ts";
import { groupSize } from "../../../src/gan/settings/config.ts";
import { activeLayers, type Layer } from "../../../src/gan/networks/layers.ts";
import { nameOf } from "../../../src/gpu/webgpu.ts";
import { type Case, colors, configOf, type Draw, type Inputs, layersOf, product } from "../cases.ts";
import type { Begin } from "./index.ts";

type Arrays = Record<string, np.Array>;
type Trained = { w: Arrays; m: Arrays; v: Arrays };
/** What a step takes in: the draw, and Adam's rate and correction. */
type Given = Record<"z" | "alpha" | "rate" | "correction", np.Array>;
type GivenToD = Given & Record<"real" | "mix", np.Array>;

/** jax-js finds the adapter by itself, in navigator.gpu. */
export const begin: Begin = async (of, inputs, adapter) => {
  await init("webgpu");
  defaultDevice("webgpu");
  const config = configOf(of);
  const { batch: N, resolution: R } = of;
  const all = layersOf(of);
  const layers = { G: activeLayers(all.G, R, of.fade), D: activeLayers(all.D, R, of.fade) };
  let [g, d] = [trained(layers.G, inputs), trained(layers.D, inputs)];
  let average = tree.map((x: np.Array) => x.ref, g.w) as Arrays;
  const reals = inputs.draws.map(({ real }) => toNchw(real, [N, R, R, colors]));
  const { stepD, stepG } = compile(of, layers);

  const given = ({ alpha }: Draw, z: Float32Array<ArrayBuffer>, learningRate: number, t: number): Given => {
    const { rate, correction } = paceAt(t, learningRate, config);
    return {
      z: np.array(z).reshape([N, config.latent]),
      alpha: np.array(new Float32Array([alpha])),
      rate: np.array(new Float32Array([rate])),
      correction: np.array(new Float32Array([correction])),
    };
  };
  let taken = 0;
  let losses: np.Array[] = [];
  const lossAt = async (i: number) => (await losses[i]!.ref.data())[0]!;
  return {
    device: nameOf(adapter!.info),
    async step() {
      for (const loss of losses) loss.dispose();
      const at = taken % inputs.draws.length;
      const draw = inputs.draws[at]!;
      const toD: GivenToD = {
        ...given(draw, draw.zD, config.learningRateD, taken + 1),
        real: np.array(reals[at]!).reshape([N, colors, R, R]),
        mix: np.array(draw.mix).reshape([N, 1, 1, 1]),
      };
      const afterD = stepD(d, tree.ref(g.w), toD);
      d = afterD.trained;
      const toG = given(draw, draw.zG, config.learningRateG, taken + 1);
      const afterG = stepG(g, average, tree.ref(d.w), toG);
      g = afterG.trained;
      average = afterG.average;
      losses = [afterD.loss, afterG.loss];
      taken++;
      void losses[1]!.blockUntilReady(); // until somebody asks for results, nothing is told to the GPU
      await new Promise((resolve) => setImmediate(resolve));
    },
    settled: async () => void (await lossAt(1)),
    losses: async () => [await lossAt(0), await lossAt(1)],
  };
};

function compile(of: Case, layers: { G: Layer[]; D: Layer[] }) {
  const config = configOf(of);
  const nets = networks(of, new Map([...layers.G, ...layers.D].map(({ name, he }) => [name, he])));
  const averageRate = 1 - 0.5 ** (of.batch / config.emaHalfLifeImages);
  /** What each score counts in a mean over reals, and over fakes. [2N] */
  const shares = (real: number, fake: number) =>
    np.array(Float32Array.from({ length: 2 * of.batch }, (_, i) => (i < of.batch ? real : fake) / of.batch));

  const stepD = jit(function stepD({ w, m, v }: Trained, g: Arrays, given: GivenToD) {
    const { z, real: reals, mix, alpha, rate, correction } = given;
    const fake = nets.generate(g, z, alpha);
    const real = nets.fadeReals(reals, alpha);
    const objective = (w: Arrays): np.Array => {
      const critic = (images: np.Array, sets = 1) => nets.discriminate(w, images, alpha, sets);
      const scores = critic(np.concatenate([real.ref, fake.ref], 0), 2); // [2N]
      // Means by products: within a jit the gradient of a slice is 0 in jax-js 0.1.25.
      const meanOf = (x: np.Array, real: number, fake: number) => x.mul(shares(real, fake)).sum();
      const between = real.ref.add(fake.ref.sub(real.ref).mul(mix.ref));
      const slope = grad((x: np.Array) => critic(x).sum())(between);
      const norms = np.sqrt(np.square(slope).sum([1, 2, 3]).add(1e-12));
      const penalty = np.square(norms.sub(1)).mean().mul(config.gpWeight);
      const drift = meanOf(np.square(scores.ref), config.drift, 0);
      tree.dispose(w);
      return meanOf(scores, -1, 1).add(drift).add(penalty);
    };
    const [loss, gradients] = valueAndGrad(objective)(tree.ref(w));
    const after = descend({ w, m, v }, gradients, rate, correction);
    tree.dispose([g, fake, real, mix, alpha]);
    return { trained: after, loss };
  });

  const stepG = jit(function stepG({ w, m, v }: Trained, average: Arrays, d: Arrays, given: Given) {
    const { z, alpha, rate, correction } = given;
    const objective = (w: Arrays): np.Array => {
      const loss = nets
        .discriminate(d, nets.generate(w, z.ref, alpha), alpha)
        .mean()
        .mul(-1);
      tree.dispose(w);
      return loss;
    };
    const [loss, gradients] = valueAndGrad(objective)(tree.ref(w));
    const after = descend({ w, m, v }, gradients, rate, correction);
    const moved: Arrays = {};
    for (const [name, value] of Object.entries(average))
      moved[name] = value.ref.add(after.w[name]!.ref.sub(value).mul(averageRate));
    tree.dispose([d, z, alpha]);
    return { trained: after, average: moved, loss };
  });

  const descend = (
    { w, m, v }: Trained,
    gradients: Arrays,
    rate: np.Array,
    correction: np.Array,
  ): Trained => {
    const { beta1, beta2, adamEpsilon } = config;
    const after: Trained = { w: {}, m: {}, v: {} };
    for (const [name, gradient] of Object.entries(gradients)) {
      const first = m[name]!.mul(beta1).add(gradient.ref.mul(1 - beta1));
      const second = v[name]!.mul(beta2).add(np.square(gradient).mul(1 - beta2));
      const down = first.ref.mul(rate.ref).div(np.sqrt(second.ref).mul(correction.ref).add(adamEpsilon));
      after.w[name] = w[name]!.sub(down);
      after.m[name] = first;
      after.v[name] = second;
    }
    tree.dispose([rate, correction]);
    return after;
  };
  return { stepD, stepG };
}

/** Karras et al. 2018, table 2. @param he He's constant of each layer */
function networks(of: Case, he: ReadonlyMap<string, number>) {
  const weight = (w: Arrays, name: string) => w[`${name}/weight`]!.ref.mul(he.get(name)!);
  const conv = (w: Arrays, x: np.Array, name: string): np.Array =>
    lax.conv(x, weight(w, name), [1, 1], "SAME").add(w[`${name}/bias`]!.ref.reshape([1, -1, 1, 1]));
  const activate = (x: np.Array) => nn.leakyRelu(x, 0.2);
  const pixelNorm = (x: np.Array) => x.ref.div(np.sqrt(np.square(x).mean(1, { keepdims: true }).add(1e-8)));
  const up = (x: np.Array) => np.repeat(np.repeat(x, 2, 2), 2, 3);
  const down = (x: np.Array) => {
    const [N, C, H, W] = x.shape as [number, number, number, number];
    return x.reshape([N, C, H / 2, 2, W / 2, 2]).mean([3, 5]);
  };
  const blend = (before: np.Array, after: np.Array, alpha: np.Array) =>
    before.ref.add(after.sub(before).mul(alpha.ref));

  return {
    generate(w: Arrays, z: np.Array, alpha: np.Array): np.Array {
      const layer = (x: np.Array, name: string) => pixelNorm(activate(conv(w, x, name)));
      const N = z.shape[0]!;
      const flat = np.matmul(pixelNorm(z), weight(w, "G/b4/dense")).reshape([N, -1, 4, 4]);
      const biased = flat.add(w["G/b4/dense/bias"]!.ref.reshape([1, -1, 1, 1]));
      let x = layer(pixelNorm(activate(biased)), "G/b4/conv");
      let below: np.Array | undefined;
      for (let size = 8; size <= of.resolution; size *= 2) {
        if (of.fade && size === of.resolution) below = x.ref;
        x = layer(layer(up(x), `G/b${size}/conv0`), `G/b${size}/conv1`);
      }
      const images = conv(w, x, `G/b${of.resolution}/rgb`);
      return below ? blend(up(conv(w, below, `G/b${of.resolution / 2}/rgb`)), images, alpha) : images;
    },

    discriminate(w: Arrays, images: np.Array, alpha: np.Array, sets = 1): np.Array {
      const layer = (x: np.Array, name: string) => activate(conv(w, x, name));
      let x = layer(of.fade ? images.ref : images, `D/b${of.resolution}/rgb`);
      for (let size = of.resolution; size > 4; size /= 2) {
        x = down(layer(layer(x, `D/b${size}/conv0`), `D/b${size}/conv1`));
        if (of.fade && size === of.resolution) x = blend(layer(down(images), `D/b${size / 2}/rgb`), x, alpha);
      }
      const N = x.shape[0]!;
      const dense = (x: np.Array, name: string) => np.matmul(x, weight(w, name)).add(w[`${name}/bias`]!.ref);
      x = layer(minibatchStddev(x, sets), "D/b4/conv").reshape([N, -1]);
      return dense(activate(dense(x, "D/b4/dense")), "D/b4/score").reshape([N]);
    },

    fadeReals: (images: np.Array, alpha: np.Array): np.Array =>
      of.fade ? blend(up(down(images.ref)), images, alpha) : images,
  };
}

/** @param sets minibatches in x, one after the other, whose statistics stay apart */
function minibatchStddev(x: np.Array, sets: number): np.Array {
  const [N, C, H, W] = x.shape as [number, number, number, number];
  const size = Math.min(groupSize, N / sets);
  const groups = x.ref.reshape([sets, size, N / sets / size, C * H * W]); // [S,G,M,K]
  const centred = groups.ref.sub(groups.mean(1, { keepdims: true }));
  const s = np.sqrt(np.square(centred).mean(1, { keepdims: true }).add(1e-8)); // [S,1,M,K]
  const y = s.mean(3, { keepdims: true }); // [S,1,M,1]
  const everywhere = np.broadcastTo(y, [sets, size, N / sets / size, H * W]).reshape([N, 1, H, W]);
  return np.concatenate([x, everywhere], 1);
}

/** Parameters of the layers, in jax-js's order of axes, and Adam's moments. */
function trained(layers: Layer[], { weights }: Inputs): Trained {
  const after: Trained = { w: {}, m: {}, v: {} };
  for (const { name, outputs } of layers)
    for (const role of ["weight", "bias"]) {
      const { shape, values } = weights.get(`${name}/${role}`)!;
      const parameter = `${name}/${role}`;
      after.w[parameter] = reordered(values, shape, name, outputs);
      after.m[parameter] = np.zeros(after.w[parameter].shape);
      after.v[parameter] = np.zeros(after.w[parameter].shape);
    }
  return after;
}

function reordered(values: Float32Array, shape: readonly number[], name: string, C: number): np.Array {
  const array = (values: Float32Array, shape: readonly number[]) =>
    np.array(new Float32Array(values)).reshape([...shape]);
  if (shape.length === 4) return np.transpose(array(values, shape), [3, 2, 0, 1]);
  const [inputs, outputs] = shape as [number, number];
  if (shape.length === 2 && name === "G/b4/dense") return array(toNchw(values, [inputs, 4, 4, C]), shape);
  if (shape.length === 2 && name === "D/b4/dense")
    return array(toNchw(values, [1, 4, 4, inputs / 16], outputs), shape);
  return array(values, shape);
}

/** [N,H,W,C] to [N,C,H,W]. @param each numbers that stay together at each place */
function toNchw(
  values: Float32Array,
  [N, H, W, C]: [number, number, number, number],
  each = 1,
): Float32Array<ArrayBuffer> {
  const moved = new Float32Array(product([N, H, W, C, each]));
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++)
      for (let pixel = 0; pixel < H * W; pixel++)
        for (let i = 0; i < each; i++)
          moved[((n * C + c) * H * W + pixel) * each + i] = values[((n * H * W + pixel) * C + c) * each + i]!;
  return moved;
}
