// Networks that no longer learn: for drawing samples and scoring images, at once or piece by piece, whatever their run does
// next.

import { discriminate, fadeReals, featuresOfD, networks } from "./networks.ts";
import { averageName, parameterNames, scaledWeights } from "./parameters.ts";
import type { Store } from "../state.ts";
import type { Plan } from "../step.ts";
import * as tf from "../tf.ts";
import type { Images, Latents, Scores } from "../tf.ts";

/** It owns its weights. */
export interface FrozenGenerator {
  /** Pixels a side. */
  readonly resolution: number;
  /** Images [N,R,R,C], nominally in [-1,1], from latents [N,Z]; both are the caller's. */
  sample(z: Latents): Images;
  dispose(): void;
}

/**
 * G as it is now.
 * @param alpha weight of the newest resolution
 * @param average the average of G's past selves in place of G itself
 */
export function freeze(
  store: Store,
  { g, depth, config }: Plan,
  alpha: number,
  average: boolean,
  { generate } = networks,
): FrozenGenerator {
  const weights = tf.tidy(() => {
    const raw: Record<string, tf.Tensor> = {};
    for (const name of parameterNames(g)) raw[name] = store.read(average ? averageName(name) : name).clone();
    return scaledWeights(store, g, raw, config);
  });
  return {
    resolution: depth.resolution,
    sample: (z) => tf.tidy(() => generate(weights, z, depth, tf.tensor1d([alpha]), config)),
    dispose: () => tf.dispose(weights as tf.NamedTensorMap),
  };
}

/** It owns its weights. */
export interface FrozenDiscriminator {
  /** Pixels a side. */
  readonly resolution: number;
  /**
   * Scores [N] of images [N,R,R,C], which are the caller's.
   * @param sets how many minibatches they are: each is compared within itself alone
   */
  score(images: Images, sets?: number): Scores;
  /** What D makes of each image by itself, before it compares those of a minibatch: [N,4,4,C]. */
  features(images: Images): Images;
  /** Real images [N,R,R,C] as D is shown them: blended with themselves at half the resolution while that fades in. */
  faded(images: Images): Images;
  dispose(): void;
}

/**
 * D as it is now. Nothing of the run changes by it: a spectral norm is taken as the last step left it.
 * @param alpha weight of the newest resolution
 */
export function freezeDiscriminator(
  store: Store,
  { d, depth, config }: Plan,
  alpha: number,
): FrozenDiscriminator {
  const weights = tf.tidy(() => {
    const raw: Record<string, tf.Tensor> = {};
    for (const name of parameterNames(d)) raw[name] = store.read(name).clone();
    return scaledWeights(store, d, raw, config);
  });
  const weight = () => tf.tensor1d([alpha]);
  return {
    resolution: depth.resolution,
    score: (images, sets) => tf.tidy(() => discriminate(weights, images, depth, weight(), config, sets)),
    features: (images) => tf.tidy(() => featuresOfD(weights, images, depth, weight(), config)),
    faded: (images) => tf.tidy(() => fadeReals(images, depth, weight())),
    dispose: () => tf.dispose(weights as tf.NamedTensorMap),
  };
}
