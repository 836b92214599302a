// Minibatch standard deviation (Karras et al. 2018, §3).

import { groupSize } from "../config.ts";
import { Trouble } from "../errors.ts";
import * as tf from "../tf.ts";
import type { Images } from "../tf.ts";

/**
 * Appends one channel that holds how much the samples of a group differ. A group is made of samples that lie
 * N/G apart, as in the authors' code.
 * @param x [N,H,W,C]
 * @param sets how many minibatches lie one after the other in x; groups never mix them
 * @returns [N,H,W,C+1]
 * @throws Trouble when a minibatch does not split into groups
 */
export function minibatchStddev(x: Images, sets = 1): Images {
  const [N, H, W, C] = x.shape;
  const G = Math.min(groupSize, N / sets);
  const M = N / sets / G;
  if (!Number.isInteger(M))
    throw new Trouble(
      `A batch of ${N / sets} does not split into groups of ${G}.`,
      `Use a multiple of ${G}.`,
    );

  const groups = x.reshape<tf.Tensor4D>([sets, G, M, H * W * C]); // [S,G,M,HWC]
  const centred = groups.sub(groups.mean(1, true)); // [S,G,M,HWC]
  const stddev = centred.square().mean(1, true).add(1e-8).sqrt(); // [S,1,M,HWC]
  const perGroup = stddev.mean(3, true); // [S,1,M,1]
  const everywhere = perGroup.mul(tf.fill([1, G, 1, H * W], 1)); // [S,G,M,HW]
  return tf.concat([x, everywhere.reshape<Images>([N, H, W, 1])], 3); // [N,H,W,C+1]
}
