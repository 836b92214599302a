// Generator and discriminator as pure functions of their weights (Karras et al. 2018, §2 and table 2).

import {
  addBias,
  biasLeakyRelu,
  blend,
  conv,
  convTranspose,
  dense,
  downsample2x,
  minibatchStddev,
  pixelNorm,
  upsample2x,
} from "../ops/index.ts";
import type { Config } from "../settings/config.ts";
import * as tf from "../tf.ts";
import type { Images, Latents, Scores } from "../tf.ts";

/** Weights and biases by name, e.g. "G/b8/conv0/weight", the weights as they are multiplied with. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** The part of a stage that decides which layers there are. */
export interface Depth {
  /** Pixels a side of the images. */
  resolution: number;
  /** Whether the images of half the resolution are blended in. */
  fading: boolean;
}

type GeneratorSwitches = Pick<Config, "pixelNorm" | "latentNorm" | "upsampling">;
type DiscriminatorSwitches = Pick<Config, "minibatchStddev" | "downsampling">;

/**
 * Latents [N,Z] to images [N,R,R,colors], nominally in [-1,1] and not clipped.
 * @param alpha weight of the newest resolution while fading, a tensor of one number
 */
export function generate(
  weights: Weights,
  z: Latents,
  { resolution, fading }: Depth,
  alpha: tf.Tensor,
  { pixelNorm: normalised, latentNorm, upsampling }: GeneratorSwitches,
): Images {
  const activate = (x: Images, name: string): Images => {
    const y = biasLeakyRelu(x, weights[`G/${name}/bias`]!);
    return normalised ? pixelNorm(y) : y;
  };
  const filter = (name: string) => weights[`G/${name}/weight`] as tf.Tensor4D;
  const toRgb = (x: Images, size: number): Images =>
    addBias(conv(x, filter(`b${size}/rgb`)), weights[`G/b${size}/rgb/bias`]!);

  const unit = latentNorm ? pixelNorm(z) : z; // [N,Z]
  const flat = dense(unit, weights["G/b4/dense/weight"] as tf.Tensor2D); // [N,16C]
  let x = activate(flat.reshape<Images>([z.shape[0], 4, 4, -1]), "b4/dense"); // [N,4,4,C]
  x = activate(conv(x, filter("b4/conv")), "b4/conv");

  let below = x;
  for (let size = 8; size <= resolution; size *= 2) {
    below = x; // [N,size/2,size/2,C]
    const w = filter(`b${size}/conv0`);
    const up = upsampling === "nearest" ? conv(upsample2x(x), w) : convTranspose(x, w, 2); // [N,size,size,C]
    x = activate(up, `b${size}/conv0`);
    x = activate(conv(x, filter(`b${size}/conv1`)), `b${size}/conv1`);
  }

  const images = toRgb(x, resolution); // [N,R,R,colors]
  return fading ? blend(upsample2x(toRgb(below, resolution / 2)), images, alpha) : images;
}

/**
 * Images [N,R,R,colors] to scores [N]: the higher, the more real.
 * @param sets how many minibatches the images hold; minibatch standard deviation keeps them apart
 */
export function discriminate(
  weights: Weights,
  images: Images,
  depth: Depth,
  alpha: tf.Tensor,
  switches: DiscriminatorSwitches,
  sets = 1,
): Scores {
  let x = featuresOfD(weights, images, depth, alpha, switches); // [N,4,4,C]
  // Switched off, the extra channel is fed zeros, so that the layer after it keeps its shape.
  const [N, H, W] = x.shape;
  x = switches.minibatchStddev
    ? minibatchStddev(x, sets)
    : tf.concat([x, tf.fill([N, H, W, 1], 0) as Images], 3); // [N,4,4,C+1]
  x = activated(weights, conv(x, weights["D/b4/conv/weight"] as tf.Tensor4D), "b4/conv"); // [N,4,4,C]
  const flat = x.reshape<tf.Tensor2D>([N, -1]); // [N,16C]
  const hidden = activated(weights, dense(flat, weights["D/b4/dense/weight"] as tf.Tensor2D), "b4/dense");
  const scores = dense(hidden, weights["D/b4/score/weight"] as tf.Tensor2D); // [N,1]
  return addBias(scores, weights["D/b4/score/bias"]!).reshape<Scores>([N]);
}

/** What D makes of each image by itself, before it compares those of a minibatch: [N,R,R,colors] to [N,4,4,C]. */
export function featuresOfD(
  weights: Weights,
  images: Images,
  { resolution, fading }: Depth,
  alpha: tf.Tensor,
  { downsampling }: Pick<DiscriminatorSwitches, "downsampling">,
): Images {
  const filter = (name: string) => weights[`D/${name}/weight`] as tf.Tensor4D;
  const activate = (x: Images, name: string) => activated(weights, x, name);
  const fromRgb = (x: Images, size: number) => activate(conv(x, filter(`b${size}/rgb`)), `b${size}/rgb`);

  let x = fromRgb(images, resolution); // [N,R,R,C]
  for (let size = resolution; size > 4; size /= 2) {
    x = activate(conv(x, filter(`b${size}/conv0`)), `b${size}/conv0`);
    const name = `b${size}/conv1`;
    x =
      downsampling === "pool"
        ? downsample2x(activate(conv(x, filter(name)), name))
        : activate(conv(x, filter(name), 2), name); // [N,size/2,size/2,C]
    if (fading && size === resolution) x = blend(fromRgb(downsample2x(images), size / 2), x, alpha);
  }
  return x;
}

/** A layer of D after its product: bias, then leaky ReLU. */
const activated = <T extends tf.Tensor>(weights: Weights, x: T, name: string): T =>
  biasLeakyRelu(x, weights[`D/${name}/bias`]!);

/** A pair of networks that a step can train. */
export interface Networks {
  generate: typeof generate;
  discriminate: typeof discriminate;
}

export const networks: Networks = { generate, discriminate };

/** Real images as D may see them while fading: blended with themselves at half the resolution (§2). */
export function fadeReals(images: Images, { fading }: Depth, alpha: tf.Tensor): Images {
  return fading ? blend(upsample2x(downsample2x(images)), images, alpha) : images;
}
