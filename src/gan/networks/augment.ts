// The same random shift and dimming for reals and fakes (in the spirit of Zhao et al. 2020): D can't learn a small
// set by heart, and G does not learn the change. Drawn on the CPU, applied as products, so that it has derivatives.

import type { Stream } from "../random.ts";
import * as tf from "../tf.ts";
import type { Images } from "../tf.ts";

/** One draw for each sample. */
export interface Augmentation {
  /** Matrices of 0 and 1 that move rows, and columns: [N,R,R]. */
  rows: tf.Tensor3D;
  columns: tf.Tensor3D;
  /** Brightness kept, [N,1,1] in (0.7,1]. */
  light: tf.Tensor3D;
}

/** Furthest shift as a share of the image's side, and most brightness taken away. */
const furthest = 1 / 8;
const darkest = 0.3;

/** Draws the changes for a minibatch. What is shifted in from outside repeats the edge. */
export function drawAugmentation(stream: Stream, count: number, resolution: number): Augmentation {
  const draws = stream.uniform(new Float32Array(3 * count));
  const reach = Math.max(1, Math.round(resolution * furthest));
  const shift = (u: number) => Math.floor(u * (2 * reach + 1)) - reach;
  const moves = (axis: number) => {
    const matrices = new Float32Array(count * resolution * resolution);
    for (let n = 0; n < count; n++) {
      const by = shift(draws[3 * n + axis]!);
      for (let to = 0; to < resolution; to++) {
        const from = Math.min(resolution - 1, Math.max(0, to - by));
        matrices[(n * resolution + to) * resolution + from] = 1;
      }
    }
    return tf.tensor3d(matrices, [count, resolution, resolution]);
  };
  const light = Float32Array.from({ length: count }, (_, n) => 1 - darkest * draws[3 * n + 2]!);
  return { rows: moves(0), columns: moves(1), light: tf.tensor3d(light, [count, 1, 1]) };
}

/** Moves and dims images [N,R,R,C] in [-1,1]. */
export function augment(images: Images, { rows, columns, light }: Augmentation): Images {
  const [N, H, W, C] = images.shape;
  const lit = images
    .reshape<tf.Tensor3D>([N, H, W * C])
    .add(1)
    .mul(light)
    .sub(1); // [N,H,WC]
  const moved = tf.matMul(rows, lit); // [N,H,WC]
  const turned = tf.transpose(moved.reshape<Images>([N, H, W, C]), [0, 2, 1, 3]); // [N,W,H,C]
  const movedToo = tf.matMul(columns, turned.reshape([N, W, H * C])); // [N,W,HC]
  return tf.transpose(movedToo.reshape<Images>([N, W, H, C]), [0, 2, 1, 3]); // [N,H,W,C]
}
