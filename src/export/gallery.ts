// What is looked at while a run goes on: samples of the same z from start to end, and real images beside them.

import { createStream } from "../gan/random.ts";
import type { FrozenGenerator } from "../gan/networks/frozen.ts";
import { fadeReals } from "../gan/networks/networks.ts";
import type { Run } from "../gan/run.ts";
import { countScores, type ScoreCounts } from "../gan/statistics/scores.ts";
import { batchAt } from "../gan/settings/settings.ts";
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
  /**
   * The grid of samples, and how D scores them beside the real images of the other grid. D is shown them as in training, in
   * minibatches of the run's size and of one kind each, but not augmented. The run is only read: it goes on as if nobody
   * had looked.
   */
  judged(weights: Weights): Promise<Judged>;
  /** The samples that belong to `seed`, from G as it is now, however long it takes to draw them. */
  open(weights: Weights, seed: number): Album;
}

/** A grid of samples, and D's scores, unless none is finite. */
export interface Judged {
  samples: Tiles;
  scores?: ScoreCounts;
}

/** Samples of one G. */
export interface Album {
  /** Samples `start` … `start + count - 1`. */
  draw(start: number, count: number): Promise<Tiles>;
  /** Frees that G. */
  close(): void;
}

/** Purpose of the random stream that the latents of a grid come from. */
export const gridPurpose = "gallery";

/** A gallery of a run. It keeps no tensors. */
export function createGallery(run: Run, source: ImageSource, columns = 8, rows = 8): Gallery {
  const count = columns * rows;
  const { seed, latent } = run.config;

  /** As many at a time as a step of training has: what fits there fits here. */
  const draw = async (g: FrozenGenerator, purpose: string, from: number, start: number, wanted: number) => {
    const most = batchAt(g.resolution, run.config);
    const parts: Tiles[] = [];
    for (let done = 0; done < wanted; done += most) {
      const N = Math.min(most, wanted - done);
      const z = latentsOf(from, purpose, start + done, N, latent);
      parts.push(await toTiles(tf.tidy(() => g.sample(tf.tensor2d(z, [N, latent])))));
    }
    return joined(parts);
  };

  return {
    columns,
    rows,
    async samples(weights) {
      const g = run.freeze(weights === "average");
      try {
        return await draw(g, gridPurpose, seed, 0, count);
      } finally {
        g.dispose();
      }
    },
    async judged(weights) {
      const [g, d] = [run.freeze(weights === "average"), run.freezeD()];
      try {
        const most = batchAt(d.resolution, run.config);
        const parts: Tiles[] = [];
        const scores: { reals: number[]; fakes: number[] } = { reals: [], fakes: [] };
        for (let done = 0; done < count; done += most) {
          const N = Math.min(most, count - done);
          const z = latentsOf(seed, gridPurpose, done, N, latent);
          const [fakes, both] = tf.tidy(() => {
            const fakes = g.sample(tf.tensor2d(z, [N, latent])); // [N,R,R,C]
            const reals = realImages(source, d.resolution, N, done);
            const real = d.faded(tf.tensor4d(reals, fakes.shape));
            return [fakes, d.score(tf.concat([real, fakes]), 2)] as const; // [2N]
          });
          parts.push(await toTiles(fakes));
          const read = await both.data<"float32">().finally(() => both.dispose());
          scores.reals.push(...read.subarray(0, N));
          scores.fakes.push(...read.subarray(N));
        }
        return { samples: joined(parts), scores: countScores(scores.reals, scores.fakes) };
      } finally {
        g.dispose();
        d.dispose();
      }
    },
    open(weights, from) {
      const g = run.freeze(weights === "average");
      return { draw: (start, wanted) => draw(g, "samples", from, start, wanted), close: () => g.dispose() };
    },
    async reals() {
      const { resolution: R, alpha } = run.stage;
      const reals = () => tf.tensor4d(realImages(source, R, count), [count, R, R, source.channels]);
      return toTiles(tf.tidy(() => fadeReals(reals(), run.stage, tf.tensor1d([alpha]))));
    },
  };
}

/** The real images that are looked at, the same ones at every resolution, from number `start`: [N,R,R,C] in [-1,1]. */
export function realImages(source: ImageSource, resolution: number, count: number, start = 0): Float32Array {
  const size = resolution ** 2 * source.channels;
  const images = new Float32Array(count * size);
  for (let n = 0; n < count; n++) source.write((start + n) % source.count, resolution, images, n * size);
  return images;
}

/** Latents [N,Z] of samples `start` … of a seed. Each sample has numbers of its own, however many are drawn at once. */
export function latentsOf(
  seed: number,
  purpose: string,
  start: number,
  count: number,
  latent: number,
): Float32Array {
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

/** Tiles of one size, one after the other. */
function joined(parts: Tiles[]): Tiles {
  const [first] = parts;
  const pixels = new Uint8Array(parts.reduce((bytes, part) => bytes + part.pixels.length, 0));
  let at = 0;
  for (const part of parts) {
    pixels.set(part.pixels, at);
    at += part.pixels.length;
  }
  return { ...first!, pixels, count: parts.reduce((count, part) => count + part.count, 0) };
}
