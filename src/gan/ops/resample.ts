// Doubling and halving of resolution. Each is the other's adjoint, up to a factor of four.

import * as tf from "../tf.ts";
import type { Images } from "../tf.ts";
import { type Apply, defineOperation } from "./operation.ts";

/** What the result is multiplied by. */
type Factor = { factor: number };

const up: Apply<{ x: Images }, Factor, Images> = defineOperation({
  name: "PggUpsample2x",
  forward: ({ x }, { factor }) =>
    times(tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]), factor),
  needs: [],
  gradient: (dy, _, { factor }) => ({ x: () => down({ x: dy }, { factor: 4 * factor }) }),
});

const down: Apply<{ x: Images }, Factor, Images> = defineOperation({
  name: "PggDownsample2x",
  forward: ({ x }, { factor }) => times(tf.avgPool(x, 2, 2, "valid"), factor),
  needs: [],
  gradient: (dy, _, { factor }) => ({ x: () => up({ x: dy }, { factor: factor / 4 }) }),
});

const times = (x: Images, factor: number): Images => (factor === 1 ? x : x.mul(factor));

/** Nearest neighbour: every pixel becomes a 2×2 block. [N,H,W,C] to [N,2H,2W,C]. */
export const upsample2x = (x: Images): Images => up({ x }, { factor: 1 });

/** Box filter: every 2×2 block becomes its mean. [N,2H,2W,C] to [N,H,W,C]. */
export const downsample2x = (x: Images): Images => down({ x }, { factor: 1 });
