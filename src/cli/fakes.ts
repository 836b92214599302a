// Samples of a run as numbers, always from the same z for a seed: for whatever measures them.

import type { FrozenGenerator } from "../gan/networks/frozen.ts";
import { createStream } from "../gan/random.ts";
import type { Run } from "../gan/run.ts";
import * as tf from "../gan/tf.ts";

/** Which G draws: the one being trained, or the average of its past selves. */
export type Weights = "raw" | "average";

/** Samples at a time: larger batches are no faster on a CPU. */
const piece = 64;

/** `count` images [N,R,R,C], nominally in [-1,1], from G as it is now. z depends on the run's seed alone. */
export async function drawFakes(run: Run, weights: Weights, count: number): Promise<Float32Array> {
  const { seed, latent } = run.config;
  return drawFrom(run.freeze(weights === "average"), count, { seed, latent, channels: run.channels });
}

/** `count` images [N,R,R,C] from `g`, which is freed. z depends on the seed alone. */
export async function drawFrom(
  g: FrozenGenerator,
  count: number,
  { seed, latent, channels }: { seed: number; latent: number; channels: number },
): Promise<Float32Array> {
  const stream = createStream(seed, "census z");
  const size = g.resolution ** 2 * channels;
  const images = new Float32Array(count * size);
  try {
    for (let start = 0; start < count; start += piece) {
      const N = Math.min(piece, count - start);
      const z = stream.normal(new Float32Array(N * latent));
      const drawn = tf.tidy(() => g.sample(tf.tensor2d(z, [N, latent])));
      images.set(await drawn.data(), start * size);
      drawn.dispose();
    }
  } finally {
    g.dispose();
  }
  return images;
}
