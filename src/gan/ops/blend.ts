// A weighted mean of two minibatches, as resolutions fade in.

import * as tf from "../tf.ts";
import type { Images } from "../tf.ts";
import { type Apply, defineOperation } from "./operation.ts";

const mix: Apply<{ before: tf.Tensor; after: tf.Tensor; alpha: tf.Tensor }> = defineOperation({
  name: "PggBlend",
  forward: ({ before, after, alpha }) => before.add(after.sub(before).mul(alpha)),
  needs: ["before", "after", "alpha"],
  gradient: (dy, { before, after, alpha }) => ({
    before: () => share({ x: dy, alpha }, { rest: true }),
    after: () => share({ x: dy, alpha }, { rest: false }),
    alpha: () => dy.mul(after.sub(before)).sum().reshape(alpha.shape),
  }),
});

/** x α, or the rest, x (1 - α). */
const share: Apply<{ x: tf.Tensor; alpha: tf.Tensor }, { rest: boolean }> = defineOperation({
  name: "PggShare",
  forward: ({ x, alpha }, { rest }) => x.mul(rest ? tf.sub(1, alpha) : alpha),
  needs: ["x", "alpha"],
  gradient: (dy, { x, alpha }, { rest }) => ({
    x: () => share({ x: dy, alpha }, { rest }),
    alpha: () =>
      dy
        .mul(x)
        .sum()
        .mul(rest ? -1 : 1)
        .reshape(alpha.shape),
  }),
});

/** `before` where alpha is 0, `after` where it is 1. @param alpha one number */
export function blend(before: Images, after: Images, alpha: tf.Tensor): Images {
  return mix({ before, after, alpha }, {}) as Images;
}
