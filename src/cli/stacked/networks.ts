// The small networks of the discrete mode test (Karras et al. 2018, appendix D): one convolution per resolution, and a D whose
// feature maps are a K-th of the full ones.

import { activeLayers, type Layer } from "../../gan/networks/layers.ts";
import type { Networks } from "../../gan/networks/networks.ts";
import {
  addBias,
  biasLeakyRelu,
  blend,
  conv,
  dense,
  downsample2x,
  minibatchStddev,
  pixelNorm,
  upsample2x,
} from "../../gan/ops/index.ts";
import type * as tf from "../../gan/tf.ts";
import type { Images, Scores } from "../../gan/tf.ts";

export const latent = 64;
const colors = 3;
const full = 32;

/** What decides which layers there are. */
export interface Sizes {
  /** By how much D's feature maps are divided: 4 or 2 in the paper. */
  K: number;
  /** Whether the networks grow from 4 px, or are whole from the start. */
  grows: boolean;
  minibatchStddev: boolean;
}

/** Feature maps: of G at 4 to 32 px, and of D at 8 to 32 px. */
const mapsOfG = (resolution: number): number => 256 / resolution;
const mapsOfD = (resolution: number, K: number): number => Math.max(1, Math.floor(256 / resolution / K));

/** All layers of both networks. */
export function layersOf({ K, grows, minibatchStddev }: Sizes): Record<"G" | "D", Layer[]> {
  const G = [layer("G/b4/dense", 4, [latent, 16 * mapsOfG(4)], { outputs: mapsOfG(4) })];
  const last = 16 * (mapsOfD(8, K) + (minibatchStddev ? 1 : 0));
  const D = [layer("D/b4/score", 4, [last, 1], { gain: 1 })];
  for (let size = 4; size <= full; size *= 2) {
    const [C, below] = [mapsOfG(size), mapsOfG(size / 2)];
    if (size > 4) {
      G.push(layer(`G/b${size}/conv`, size, [3, 3, below, C]));
      const seen = size === full ? colors : mapsOfD(2 * size, K);
      D.push(layer(`D/b${size}/conv`, size, [3, 3, seen, mapsOfD(size, K)]));
    }
    if (grows || size === full)
      G.push(layer(`G/b${size}/rgb`, size, [3, 3, C, colors], { gain: 1, rgb: true }));
    if (grows && size < full)
      D.push(layer(`D/b${size}/rgb`, size, [1, 1, colors, mapsOfD(2 * size, K)], { rgb: true }));
  }
  return { G, D };
}

/** The layers that take part at a resolution. */
export function activeAt(
  { G, D }: Record<"G" | "D", Layer[]>,
  { resolution, fading }: { resolution: number; fading: boolean },
): { g: Layer[]; d: Layer[] } {
  return { g: activeLayers(G, resolution, fading), d: activeLayers(D, resolution, fading) };
}

/** Numbers in the layers: weights and biases. */
export const sizeOf = (layers: readonly Layer[]): number =>
  layers.reduce((sum, { shape, outputs }) => sum + shape.reduce((a, b) => a * b) + outputs, 0);

export const smallNetworks: Networks = {
  generate(weights, z, { resolution, fading }, alpha, { pixelNorm: normalised, latentNorm }) {
    const filter = (name: string) => weights[`G/${name}/weight`] as tf.Tensor4D;
    const activate = (x: Images, name: string): Images => {
      const y = biasLeakyRelu(x, weights[`G/${name}/bias`]!);
      return normalised ? pixelNorm(y) : y;
    };
    const toRgb = (x: Images, size: number): Images =>
      addBias(conv(x, filter(`b${size}/rgb`)), weights[`G/b${size}/rgb/bias`]!);

    const flat = dense(latentNorm ? pixelNorm(z) : z, weights["G/b4/dense/weight"] as tf.Tensor2D);
    let x = activate(flat.reshape<Images>([z.shape[0], 4, 4, -1]), "b4/dense"); // [N,4,4,C]
    let below = x;
    for (let size = 8; size <= resolution; size *= 2) {
      below = x;
      x = activate(conv(upsample2x(x), filter(`b${size}/conv`)), `b${size}/conv`); // [N,size,size,C]
    }
    const images = toRgb(x, resolution); // [N,R,R,3]
    return fading ? blend(upsample2x(toRgb(below, resolution / 2)), images, alpha) : images;
  },

  discriminate(weights, images, { resolution, fading }, alpha, { minibatchStddev: compared }, sets = 1) {
    const activate = (x: Images, name: string): Images =>
      biasLeakyRelu(conv(x, weights[`D/${name}/weight`] as tf.Tensor4D), weights[`D/${name}/bias`]!);
    const fromRgb = (x: Images, size: number) => (size === full ? x : activate(x, `b${size}/rgb`));

    let x = fromRgb(images, resolution); // [N,R,R,C]
    for (let size = resolution; size > 4; size /= 2) {
      x = downsample2x(activate(x, `b${size}/conv`)); // [N,size/2,size/2,C]
      if (fading && size === resolution) x = blend(fromRgb(downsample2x(images), size / 2), x, alpha);
    }
    if (compared) x = minibatchStddev(x, sets); // [N,4,4,C+1]
    const flat = x.reshape<tf.Tensor2D>([x.shape[0], -1]);
    const scores = dense(flat, weights["D/b4/score/weight"] as tf.Tensor2D); // [N,1]
    return addBias(scores, weights["D/b4/score/bias"]!).reshape<Scores>([x.shape[0]]);
  },
};

function layer(
  name: string,
  resolution: number,
  shape: number[],
  { gain = Math.SQRT2, outputs = shape.at(-1)!, rgb = false } = {},
): Layer {
  const fanIn = shape.slice(0, -1).reduce((product, size) => product * size);
  return { name, resolution, shape, he: gain / Math.sqrt(fanIn), outputs, rgb };
}
