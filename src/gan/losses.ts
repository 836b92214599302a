// What the networks play for: scores to scalars, and the penalties on D's slope.

import type { Config } from "./settings/config.ts";
import * as tf from "./tf.ts";
import type { Images, Scores } from "./tf.ts";

/** D as a function of images alone. */
type Critic = (images: Images) => Scores;

/**
 * What D minimises, without penalties.
 * WGAN: Gulrajani et al. 2017, with the drift term of Karras et al. 2018, appendix A.1. Logistic: Goodfellow et al. 2014.
 * Hinge: Miyato et al. 2018. Least squares: Mao et al. 2017.
 * @param drift weight of D(real)², a tensor of one number; WGAN-GP only
 */
export function discriminatorLoss(
  loss: Config["loss"],
  real: Scores,
  fake: Scores,
  drift: tf.Tensor,
): tf.Scalar {
  switch (loss) {
    case "wgan-gp":
      return fake.mean().sub(real.mean()).add(real.square().mean().mul(drift)).asScalar();
    case "logistic":
      return softplus(fake).add(softplus(real.neg())).mean();
    case "hinge":
      return tf
        .relu(fake.add(1))
        .add(tf.relu(tf.sub(1, real)))
        .mean();
    case "least-squares":
      return fake.square().add(real.sub(1).square()).mean<tf.Scalar>().mul(0.5);
  }
}

/** What G minimises. The logistic loss is the non-saturating one. */
export function generatorLoss(loss: Config["loss"], fake: Scores): tf.Scalar {
  switch (loss) {
    case "wgan-gp":
    case "hinge":
      return fake.mean<tf.Scalar>().neg();
    case "logistic":
      return softplus(fake.neg()).mean();
    case "least-squares":
      return fake.sub(1).square().mean<tf.Scalar>().mul(0.5);
  }
}

/**
 * Mean over samples of (‖∇D‖ - 1)² between a real and a fake image (Gulrajani et al. 2017, eq. 3). The norm is that
 * at the current resolution.
 * @param mix where between them, [N,1,1,1] in [0,1)
 */
export function gradientPenalty(critic: Critic, real: Images, fake: Images, mix: tf.Tensor4D): tf.Scalar {
  const between = real.add<Images>(fake.sub(real).mul(mix)); // [N,H,W,C]
  const norms = slope(critic, between).square().sum([1, 2, 3]).add(1e-12).sqrt(); // [N]
  return norms.sub(1).square().mean();
}

/** Half the mean over samples of ‖∇D‖² at the real images (R1 of Mescheder et al. 2018, eq. 9). */
export function r1Penalty(critic: Critic, real: Images): tf.Scalar {
  const squares = slope(critic, real).square().sum([1, 2, 3]); // [N]
  return squares.mean<tf.Scalar>().mul(0.5);
}

/** The gradient of the sum of all scores with respect to the images, [N,H,W,C]. */
function slope(critic: Critic, images: Images): Images {
  return tf.grad((x) => critic(x as Images).sum())(images) as Images;
}

/** ln(1 + eˣ), without overflow. Its stock gradient is right to first order, which is all that losses need. */
function softplus(x: Scores): Scores {
  return tf.softplus(x);
}
