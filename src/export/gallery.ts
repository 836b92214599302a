// What is looked at while a run goes on: samples of the same z from start to end, and real images beside them.

import { createStream } from "../gan/random.ts";
import type { Run } from "../gan/run.ts";
import type { ImageSource } from "../gan/source.ts";
import * as tf from "../gan/tf.ts";
import { type Tiles, toBytes } from "./images.ts";

/** Which G draws: the average of its past selves, or the one being trained. */
export type Weights = "average" | "raw";

export interface Gallery {
  /** Tiles in a row, and rows, of a grid. */
  readonly columns: number;
  readonly rows: number;
  /** A grid of samples. The same tile comes from the same z at every resolution. */
  samples(weights: Weights): Promise<Tiles>;
  /** A grid of real images, always the same ones, at the run's resolution and α. */
  reals(): Promise<Tiles>;
  /** Samples `start` … `start + count - 1` of those that belong to `seed`. */
  draw(weights: Weights, seed: number, start: number, count: number): Promise<Tiles>;
}

/** A gallery of a run. It keeps no tensors. */
export function createGallery(run: Run, source: ImageSource, columns = 8, rows = 8): Gallery {
  const count = columns * rows;
  const { seed, latent } = run.config;

  const draw = async (weights: Weights, z: Float32Array): Promise<Tiles> => {
    const images = tf.tidy(() =>
      run.sample(tf.tensor2d(z, [z.length / latent, latent]), weights === "average"),
    );
    return toTiles(images);
  };

  return {
    columns,
    rows,
    samples: (weights) => draw(weights, latents(seed, "gallery", 0, count, latent)),
    draw: (weights, from, start, wanted) => draw(weights, latents(from, "samples", start, wanted, latent)),
    async reals() {
      const { resolution: R } = run.stage;
      const C = source.channels;
      const images = new Float32Array(count * R * R * C);
      for (let n = 0; n < count; n++) source.write(n % source.count, R, images, n * R * R * C);
      return toTiles(tf.tidy(() => run.faded(tf.tensor4d(images, [count, R, R, C]))));
    },
  };
}

/** Latents [N,Z] of samples `start` … of a seed. Each sample has numbers of its own, however many are drawn at once. */
function latents(seed: number, purpose: string, start: number, count: number, latent: number): Float32Array {
  const blocks = Math.ceil(latent / 4); // the stream counts in blocks of four
  const stream = createStream(seed, purpose);
  const z = new Float32Array(count * latent);
  for (let n = 0; n < count; n++) {
    stream.position = (start + n) * blocks;
    z.set(stream.normal(new Float32Array(latent)), n * latent);
  }
  return z;
}

/** Bytes of images [N,R,R,C], which are freed. */
async function toTiles(images: tf.Images): Promise<Tiles> {
  const [count, resolution, , channels] = images.shape;
  try {
    const values = (await images.data()) as Float32Array;
    return { pixels: toBytes(values).bytes, count, resolution, channels: channels as 1 | 3 };
  } finally {
    images.dispose();
  }
}
