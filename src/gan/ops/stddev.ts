// Minibatch standard deviation (Karras et al. 2018, §3).
//
// Samples come as [S,G,M,K]: S minibatches, groups of G samples that lie M apart, K features of each. From a feature's
// deviation c from its mean over the group comes its standard deviation, s = √(mean c² + ε), and from that y = mean s, one
// number for each of the S·M groups. The derivatives below follow from ∂s/∂x = c / (G s).

import { groupSize } from "../settings/config.ts";
import { Trouble } from "../errors.ts";
import * as tf from "../tf.ts";
import type { Images } from "../tf.ts";
import { type Apply, defineOperation } from "./operation.ts";

/** How many minibatches lie one after the other, and how many samples a group has. */
type Groups = { sets: number; size: number };

const epsilon = 1e-8;

/** [N,H,W,C] to y, [S,1,M,1]. */
const deviation: Apply<{ x: tf.Tensor }, Groups> = defineOperation({
  name: "PggDeviation",
  forward: ({ x }, groups) => spread(x, groups).s.mean(3, true),
  needs: ["x"],
  gradient: (dy, { x }, groups) => ({ x: () => backward({ dy, x }, groups) }),
});

/** dy·∂y/∂x = dy c / (K G s), for dy [S,1,M,1]. */
const backward: Apply<{ dy: tf.Tensor; x: tf.Tensor }, Groups> = defineOperation({
  name: "PggDeviationGrad",
  forward: ({ dy, x }, groups) => {
    const { c, s, K } = spread(x, groups);
    return c
      .div(s)
      .mul(dy.div(K * groups.size))
      .reshape(x.shape);
  },
  needs: ["dy", "x"],
  gradient: (u, { dy, x }, groups) => ({
    dy: () => tangent({ u, x }, groups),
    x: () => curve({ u, dy, x }, groups),
  }),
});

/** How y changes as x moves along u: the sum of u c / (K G s) over a group. */
const tangent: Apply<{ u: tf.Tensor; x: tf.Tensor }, Groups> = defineOperation({
  name: "PggDeviationTangent",
  forward: ({ u, x }, groups) => {
    const { c, s } = spread(x, groups);
    return u.reshape(c.shape).mul(c).mean(1, true).div(s).mean(3, true); // [S,1,M,1]
  },
  needs: ["u", "x"],
  gradient: (dy, { u, x }, groups) => ({
    u: () => backward({ dy, x }, groups),
    x: () => curve({ u, dy, x }, groups),
  }),
});

/** How dy·∂y/∂x changes as x moves along u: dy ((u - mean u) / s - c mean(u c) / s³) / (K G). Symmetric in u. */
const curve: Apply<{ u: tf.Tensor; dy: tf.Tensor; x: tf.Tensor }, Groups> = defineOperation({
  name: "PggDeviationCurve",
  forward: ({ u, dy, x }, groups) => {
    const { c, s, K } = spread(x, groups);
    const along = u.reshape(c.shape); // [S,G,M,K]
    const bent = c.mul(along.mul(c).mean(1, true)).div(cubed(s));
    const straight = centred(along).div(s);
    return straight
      .sub(bent)
      .mul(dy.div(K * groups.size))
      .reshape(x.shape);
  },
  needs: ["u", "dy", "x"],
  gradient: (gradient, { u, dy, x }, groups) => {
    const { c, s, K } = spread(x, groups);
    const [v, along] = [gradient.reshape(c.shape), u.reshape(c.shape)];
    const mean = (a: tf.Tensor, b: tf.Tensor) => a.mul(b).mean(1, true); // [S,1,M,K]
    const [vu, vc, uc] = [mean(v, centred(along)), mean(v, c), mean(along, c)];
    return {
      u: () => curve({ u: gradient, dy, x }, groups),
      dy: () =>
        vu
          .div(s)
          .sub(vc.mul(uc).div(cubed(s)))
          .mean(3, true),
      x: () => {
        const inward = vc.mul(uc).mul(3).div(s.square()).sub(vu); // [S,1,M,K]
        const change = c.mul(inward).sub(v.mul(uc)).sub(along.mul(vc)).div(cubed(s));
        return centred(change)
          .mul(dy.div(K * groups.size))
          .reshape(x.shape);
      },
    };
  },
});

/** c [S,G,M,K], s [S,1,M,K], and K. */
function spread(x: tf.Tensor, { sets, size }: Groups): { c: tf.Tensor; s: tf.Tensor; K: number } {
  const M = x.shape[0]! / sets / size;
  const K = x.size / x.shape[0]!;
  const c = centred(x.reshape([sets, size, M, K]));
  return { c, s: c.square().mean(1, true).add(epsilon).sqrt(), K };
}

const centred = (x: tf.Tensor): tf.Tensor => x.sub(x.mean(1, true));
const cubed = (x: tf.Tensor): tf.Tensor => x.square().mul(x);

/** Appends to every pixel of x [N,H,W,C] its group's y. Linear in both. */
const append: Apply<{ x: tf.Tensor; y: tf.Tensor }, Groups, Images> = defineOperation({
  name: "PggAppend",
  forward: ({ x, y }, { sets, size }) => {
    const [N, H, W] = x.shape as [number, number, number];
    const everywhere = y.reshape([sets, 1, -1, 1]).mul(tf.fill([1, size, 1, H * W], 1)); // [S,G,M,HW]
    return tf.concat([x as Images, everywhere.reshape<Images>([N, H, W, 1])], 3);
  },
  needs: [],
  gradient: (dz, _, groups) => ({ x: () => drop({ z: dz }, groups), y: () => gather({ z: dz }, groups) }),
});

/** z without its last channel. */
const drop: Apply<{ z: tf.Tensor }, Groups> = defineOperation({
  name: "PggDrop",
  forward: ({ z }) => z.slice([0, 0, 0, 0], [...z.shape.slice(0, 3), z.shape[3]! - 1]),
  needs: [],
  gradient: (dx, _, groups) => ({
    z: () =>
      append({ x: dx, y: tf.fill([groups.sets, 1, dx.shape[0]! / groups.sets / groups.size, 1], 0) }, groups),
  }),
});

/** The sum of z's last channel over each group, [S,1,M,1]. @param z [N,H,W,C+1] */
const gather: Apply<{ z: tf.Tensor }, Groups> = defineOperation({
  name: "PggGather",
  forward: ({ z }, { sets, size }) => {
    const [N, H, W, C] = z.shape as [number, number, number, number];
    const last = z.slice([0, 0, 0, C - 1], [N, H, W, 1]).reshape([sets, size, N / sets / size, H * W]);
    return last.sum([1, 3]).reshape([sets, 1, -1, 1]);
  },
  needs: ["z"],
  gradient: (dy, { z }, groups) => ({
    z: () => {
      const [N, H, W, C] = z.shape as [number, number, number, number];
      return append({ x: tf.fill([N, H, W, C - 1], 0), y: dy }, groups);
    },
  }),
});

/**
 * Appends one channel that holds how much the samples of a group differ. A group is made of samples that lie
 * N/G apart, as in the authors' code.
 * @param x [N,H,W,C]
 * @param sets how many minibatches lie one after the other in x; groups never mix them
 * @returns [N,H,W,C+1]
 * @throws Trouble when a minibatch does not split into groups
 */
export function minibatchStddev(x: Images, sets = 1): Images {
  const N = x.shape[0];
  const size = Math.min(groupSize, N / sets);
  if (!Number.isInteger(N / sets / size))
    throw new Trouble(
      `A batch of ${N / sets} does not split into groups of ${size}.`,
      `Use a multiple of ${size}.`,
    );
  const groups = { sets, size };
  return append({ x, y: deviation({ x }, groups) }, groups);
}
