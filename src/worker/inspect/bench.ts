// G and D of one moment, to draw and judge with while the run goes on: a minibatch at a time, and others have their turn in
// between.

import type { Weights } from "../../export/gallery.ts";
import { batchAt } from "../../gan/settings/settings.ts";
import * as tf from "../../gan/tf.ts";
import { nextTask } from "../nextTask.ts";
import type { Session } from "../run/session.ts";
import type { Rows } from "./questions.ts";
import type { Seen } from "./words.ts";

export interface Bench {
  readonly seen: Omit<Seen, "behind">;
  /** Pixels a side, numbers of an image, and images in a minibatch of the run. */
  readonly resolution: number;
  readonly size: number;
  readonly batch: number;
  /** Images [N,R,R,C] from latents [N,Z]. */
  draw(z: Float32Array): Promise<Float32Array<ArrayBuffer>>;
  /** D's scores of images, minibatch by minibatch in their order. */
  score(images: Float32Array): Promise<Float32Array<ArrayBuffer>>;
  /** What D makes of each image by itself, [N,16C]. */
  features(images: Float32Array): Promise<Float32Array<ArrayBuffer>>;
  /** The first `count` real images, as D is shown them. */
  reals(count: number): Promise<Rows>;
  /** Frees both networks. */
  close(): void;
}

/** Milliseconds of work after which others have their turn. */
const breath = 15;

/** What was asked for is not wanted any more. */
export class NotWanted extends Error {
  override name = "NotWanted";
}

/** @param wanted whether anybody still waits for it */
export function openBench(
  session: Pick<Session, "run" | "sound" | "source">,
  weights: Weights,
  wanted: () => boolean,
): Bench {
  const { run, sound, source } = session;
  const { images, step, stage, channels, config } = run;
  const [g, d] = [run.freeze(weights === "average"), run.freezeD()];
  const resolution = g.resolution;
  const size = resolution ** 2 * channels;
  const batch = batchAt(resolution, config);

  let since = performance.now();
  /** Lets others work if it is time. @throws NotWanted */
  const breathe = async () => {
    if (performance.now() - since < breath) return;
    await nextTask();
    if (!wanted()) throw new NotWanted();
    since = performance.now();
  };

  /** Rows of `width` numbers through a network, a minibatch at a time. */
  const through = async (
    rows: Float32Array,
    width: number,
    network: (part: Float32Array, count: number) => tf.Tensor,
  ): Promise<Float32Array<ArrayBuffer>> => {
    const count = rows.length / width;
    let out = new Float32Array();
    for (let done = 0; done < count; done += batch) {
      const N = Math.min(batch, count - done);
      const result = tf.tidy(() => network(rows.subarray(done * width, (done + N) * width), N));
      const read = await sound(result.data<"float32">()).finally(() => result.dispose());
      if (done === 0) out = new Float32Array((read.length / N) * count);
      out.set(read, (read.length / N) * done);
      await breathe();
    }
    return out;
  };
  const toImages = (part: Float32Array, N: number) =>
    tf.tensor4d(part, [N, resolution, resolution, channels]);

  return {
    seen: { images, step, alpha: stage.alpha, weights },
    resolution,
    size,
    batch,
    draw: (z) => through(z, config.latent, (part, N) => g.sample(tf.tensor2d(part, [N, config.latent]))),
    score: (images) => through(images, size, (part, N) => d.score(toImages(part, N))),
    features: (images) => through(images, size, (part, N) => d.features(toImages(part, N)).reshape([N, -1])),
    async reals(count) {
      const values = new Float32Array(count * size);
      for (let n = 0; n < count; n++) {
        source.write(n, resolution, values, n * size);
        await breathe();
      }
      if (!stage.fading) return { values, count };
      return { values: await through(values, size, (part, N) => d.faded(toImages(part, N))), count };
    },
    close() {
      g.dispose();
      d.dispose();
    },
  };
}
