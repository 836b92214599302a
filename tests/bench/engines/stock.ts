// The same step in stock tfjs, as a practitioner would write it today: tfjs's own operations, gradients, optimizer and
// settings, and of repairs only those without which the second derivative of D does not exist (repairs.ts).

import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import * as tf from "../../../src/gan/tf.ts";
import type { Images, Scores } from "../../../src/gan/tf.ts";
import { groupSize } from "../../../src/gan/settings/config.ts";
import { activeLayers, type Layer } from "../../../src/gan/networks/layers.ts";
import { node } from "../../../src/gpu/node.ts";
import { nameOf } from "../../../src/gpu/webgpu.ts";
import { type Case, colors, configOf, type Draw, type Inputs, layersOf } from "../cases.ts";
import type { Begin, Racer } from "./index.ts";
import { repairGradients } from "./repairs.ts";

type Variables = Record<string, tf.Variable>;

/** tfjs finds the adapter by itself, in navigator.gpu. */
export const beginOnWebGpu: Begin = async (of, inputs, adapter) => {
  await import("@tensorflow/tfjs-backend-webgpu");
  await tf.setBackend("webgpu");
  repairGradients("webgpu");
  return { ...race(of, inputs), device: nameOf(adapter!.info) };
};

export const beginOnWasm: Begin = async (of, inputs) => {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(await node.wasmFiles());
  await tf.setBackend("wasm");
  repairGradients("wasm");
  const heap = (tf.backend() as unknown as { wasm: { HEAP8: Int8Array } }).wasm;
  return {
    ...race(of, inputs),
    device: "WASM",
    threads: wasm.getThreadsCount(),
    bytes: () => heap.HEAP8.byteLength,
  };
};

function race(of: Case, { weights, draws }: Inputs): Omit<Racer, "device"> {
  const config = configOf(of);
  const { batch: N, resolution: R, fade } = of;
  const all = layersOf(of);
  const layers = { G: activeLayers(all.G, R, fade), D: activeLayers(all.D, R, fade) };
  const variables: Variables = {};
  const averages: Variables = {};
  for (const [name, { shape, values }] of weights) {
    variables[name] = tf.variable(tf.tensor(values, [...shape]));
    if (name.startsWith("G/")) averages[name] = tf.variable(tf.tensor(values, [...shape]));
  }
  const trained = (list: Layer[]) =>
    list.flatMap(({ name }) => [variables[`${name}/weight`]!, variables[`${name}/bias`]!]);
  const adam = (rate: number) => tf.train.adam(rate, config.beta1, config.beta2, config.adamEpsilon);
  const optimizers = { G: adam(config.learningRateG), D: adam(config.learningRateD) };
  const averageRate = 1 - 0.5 ** (N / config.emaHalfLifeImages);

  const stepD = ({ alpha, real: reals, zD, mix }: Draw) =>
    tf.tidy(() => {
      const nets = networks(variables, all, of, alpha);
      const fake = nets.generate(tf.tensor2d(zD, [N, config.latent]));
      const real = nets.fadeReals(tf.tensor4d(reals, [N, R, R, colors]));
      const between = real.add<Images>(fake.sub(real).mul(tf.tensor4d(mix, [N, 1, 1, 1])));
      const objective = () => {
        const scores = nets.discriminate(tf.concat([real, fake]), 2); // [2N]
        const [scoreReal, scoreFake] = tf.split(scores, 2) as [Scores, Scores];
        const slope = tf.grad((x) => nets.discriminate(x as Images).sum())(between);
        const norms = slope.square().sum([1, 2, 3]).add(1e-12).sqrt();
        const penalty = norms.sub(1).square().mean().mul(config.gpWeight);
        const drift = scoreReal.square().mean().mul(config.drift);
        return scoreFake.mean().sub(scoreReal.mean()).add(drift).add(penalty).asScalar();
      };
      return optimizers.D.minimize(objective, true, trained(layers.D))!;
    });

  const stepG = ({ alpha, zG }: Draw) =>
    tf.tidy(() => {
      const nets = networks(variables, all, of, alpha);
      const objective = () => {
        const images = nets.generate(tf.tensor2d(zG, [N, config.latent]));
        return nets.discriminate(images).mean().neg().asScalar();
      };
      const loss = optimizers.G.minimize(objective, true, trained(layers.G))!;
      for (const name of Object.keys(averages).filter((name) =>
        trained(layers.G).includes(variables[name]!),
      )) {
        const average = averages[name]!;
        average.assign(average.add(variables[name]!.sub(average).mul(averageRate)));
      }
      return loss;
    });

  let taken = 0;
  let losses: tf.Scalar[] = [];
  return {
    step() {
      tf.dispose(losses);
      const draw = draws[taken++ % draws.length]!;
      losses = [stepD(draw), stepG(draw)];
    },
    settled: async () => void (await losses[1]!.data()),
    losses: async () => [(await losses[0]!.data())[0]!, (await losses[1]!.data())[0]!],
  };
}

/** Karras et al. 2018, table 2, for one step. */
function networks(variables: Variables, { G, D }: { G: Layer[]; D: Layer[] }, of: Case, alpha: number) {
  const byName = new Map([...G, ...D].map((layer) => [layer.name, layer]));
  const weight = (name: string): tf.Tensor => variables[`${name}/weight`]!.mul(byName.get(name)!.he);
  const bias = <T extends tf.Tensor>(x: T, name: string): T => x.add(variables[`${name}/bias`]!);
  const conv = (x: Images, name: string): Images =>
    bias(tf.conv2d(x, weight(name) as tf.Tensor4D, 1, "same"), name);
  const activate = <T extends tf.Tensor>(x: T): T => tf.leakyRelu(x, 0.2);
  const pixelNorm = <T extends tf.Tensor>(x: T): T => x.mul(x.square().mean(-1, true).add(1e-8).rsqrt());
  const up = (x: Images) => tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);
  const down = (x: Images) => tf.avgPool(x, 2, 2, "valid");
  const blend = (before: Images, after: Images): Images => before.add(after.sub(before).mul(alpha));

  return {
    generate(z: tf.Tensor2D): Images {
      const layer = (x: Images, name: string) => pixelNorm(activate(conv(x, name)));
      const flat = tf.matMul(pixelNorm(z), weight("G/b4/dense") as tf.Tensor2D);
      let x = bias(flat.reshape<Images>([z.shape[0], 4, 4, -1]), "G/b4/dense");
      x = layer(pixelNorm(activate(x)), "G/b4/conv");
      let below = x;
      for (let size = 8; size <= of.resolution; size *= 2) {
        below = x;
        x = layer(layer(up(x), `G/b${size}/conv0`), `G/b${size}/conv1`);
      }
      const images = conv(x, `G/b${of.resolution}/rgb`);
      return of.fade ? blend(up(conv(below, `G/b${of.resolution / 2}/rgb`)), images) : images;
    },

    discriminate(images: Images, sets = 1): Scores {
      const layer = (x: Images, name: string) => activate(conv(x, name));
      let x = layer(images, `D/b${of.resolution}/rgb`);
      for (let size = of.resolution; size > 4; size /= 2) {
        x = down(layer(layer(x, `D/b${size}/conv0`), `D/b${size}/conv1`));
        if (of.fade && size === of.resolution) x = blend(layer(down(images), `D/b${size / 2}/rgb`), x);
      }
      x = layer(minibatchStddev(x, sets), "D/b4/conv");
      const flat = x.reshape<tf.Tensor2D>([x.shape[0], -1]);
      const dense = (x: tf.Tensor2D, name: string) =>
        bias<tf.Tensor2D>(tf.matMul(x, weight(name) as tf.Tensor2D), name);
      const hidden = activate(dense(flat, "D/b4/dense"));
      return dense(hidden, "D/b4/score").reshape<Scores>([x.shape[0]]);
    },

    fadeReals: (images: Images): Images => (of.fade ? blend(up(down(images)), images) : images),
  };
}

/** @param sets minibatches in x, one after the other, whose statistics stay apart */
function minibatchStddev(x: Images, sets: number): Images {
  const [N, H, W, C] = x.shape;
  const size = Math.min(groupSize, N / sets);
  const groups = x.reshape([sets, size, N / sets / size, H * W * C]); // [S,G,M,K]
  const centred = groups.sub(groups.mean(1, true));
  const y = centred.square().mean(1, true).add(1e-8).sqrt().mean(3, true); // [S,1,M,1]
  const everywhere = y.mul(tf.ones([1, size, 1, H * W])); // [S,G,M,HW]
  return tf.concat([x, everywhere.reshape<Images>([N, H, W, 1])], 3);
}
