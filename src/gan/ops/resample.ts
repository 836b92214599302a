// Doubling and halving of resolution. Each is the other's adjoint, up to a factor of four.

import * as tf from "../tf.ts";
import type { Images } from "../tf.ts";
import { type Apply, defineOperation } from "./operation.ts";

const up: Apply<{ x: Images }, object, Images> = defineOperation({
  name: "PggUpsample2x",
  forward: ({ x }) => tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]),
  needs: [],
  gradient: (dy) => ({ x: () => down({ x: dy }, {}).mul(4) }),
});

const down: Apply<{ x: Images }, object, Images> = defineOperation({
  name: "PggDownsample2x",
  forward: ({ x }) => tf.avgPool(x, 2, 2, "valid"),
  needs: [],
  gradient: (dy) => ({ x: () => up({ x: dy }, {}).mul(0.25) }),
});

/** Nearest neighbour: every pixel becomes a 2×2 block. [N,H,W,C] to [N,2H,2W,C]. */
export const upsample2x = (x: Images): Images => up({ x }, {});

/** Box filter: every 2×2 block becomes its mean. [N,2H,2W,C] to [N,H,W,C]. */
export const downsample2x = (x: Images): Images => down({ x }, {});
