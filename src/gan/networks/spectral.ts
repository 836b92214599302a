// Spectral normalisation (Miyato et al. 2018): a weight divided by its largest singular value, found by power
// iteration from a vector u that is kept from step to step.

import * as tf from "../tf.ts";

/**
 * Power iterations for a vector u that has just been drawn; one is enough when u comes from the step before.
 * After 15, σ of a fresh layer is still 1 to 2 % low, and the scores drift while it settles.
 */
export const iterationsAtBirth = 50;

/** A weight as a matrix: [K,K,in,out] or [in,out] to [K·K·in,out]. */
function asMatrix(w: tf.Tensor): tf.Tensor2D {
  return w.reshape<tf.Tensor2D>([-1, w.shape.at(-1)!]);
}

/** u after `iterations` rounds, unit length. @param w any weight; u has as many numbers as its last axis, [out,1] */
export function powerIteration(w: tf.Tensor, u: tf.Tensor2D, iterations = 1): tf.Tensor2D {
  return tf.tidy(() => {
    const matrix = asMatrix(w); // [in,out]
    let next = u;
    for (let i = 0; i < iterations; i++) next = unit(tf.matMul(matrix, unit(tf.matMul(matrix, next)), true));
    return next;
  });
}

/**
 * The largest singular value of `w` as u sees it, ‖Wu‖, as a tensor of one number. u is a constant for gradients, and
 * the other vector, Wu/‖Wu‖, drops out of them: dσ/dW = v uᵀ (appendix A).
 */
export function singularValue(w: tf.Tensor, u: tf.Tensor2D): tf.Tensor {
  return tf.matMul(asMatrix(w), u).square().sum().sqrt().reshape([1]); // [1]
}

function unit(x: tf.Tensor2D): tf.Tensor2D {
  return x.div(x.square().sum().sqrt().add(1e-12));
}
