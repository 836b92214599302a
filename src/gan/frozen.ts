// A G that no longer learns: for drawing samples, at once or piece by piece, whatever its run does next.

import { networks } from "./networks.ts";
import { averageName, parameterNames, scaledWeights } from "./parameters.ts";
import type { Store } from "./state.ts";
import type { Plan } from "./step.ts";
import * as tf from "./tf.ts";
import type { Images, Latents } from "./tf.ts";

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
