// Gaussians fitted to features: how far apart in Kullback-Leibler divergence and in Fréchet distance.

import { Trouble } from "../../gan/errors.ts";
import { type Features, needAtLeast, needSameWidth } from "../samples.ts";
import { cholesky, eigenvaluesSymmetric, multiply, solveLower } from "./algebra.ts";

export interface Gaussian {
  /** Vectors it was fitted to. */
  count: number;
  width: number;
  /** [F] */
  mean: Float64Array;
  /** [F,F], after shrinkage */
  covariance: Float64Array;
  /** How much of the covariance is its target, in [0,1]. */
  shrinkage: number;
}

/**
 * The Gaussian with the features' mean and their covariance (divided by N), shrunk towards a multiple of the identity by
 * as much as Ledoit & Wolf (2004, "A well-conditioned estimator for large-dimensional covariance matrices", §3.2) find best.
 *
 * @param shrink false for the bare covariance
 * @throws Trouble when there are fewer than 2 F vectors: what came out would be bias
 */
export function fitGaussian(features: Features, shrink = true): Gaussian {
  const { count: N, width: F, values } = features;
  needAtLeast(2 * F, N, `samples for ${F} features`, "A Gaussian");

  const mean = new Float64Array(F);
  for (let i = 0; i < N; i++) for (let f = 0; f < F; f++) mean[f]! += values[i * F + f]! / N;

  const covariance = new Float64Array(F * F);
  const centred = new Float64Array(F);
  let fourth = 0; // Σ ‖x‖⁴
  for (let i = 0; i < N; i++) {
    let square = 0;
    for (let f = 0; f < F; f++) square += (centred[f] = values[i * F + f]! - mean[f]!) ** 2;
    fourth += square ** 2;
    for (let f = 0; f < F; f++)
      for (let g = 0; g <= f; g++) covariance[f * F + g]! += (centred[f]! * centred[g]!) / N;
  }
  for (let f = 0; f < F; f++) for (let g = 0; g < f; g++) covariance[g * F + f] = covariance[f * F + g]!;

  const shrinkage = shrink ? ledoitWolf(covariance, N, F, fourth) : 0;
  const scale = trace(covariance, F) / F;
  for (let i = 0; i < F * F; i++) covariance[i]! *= 1 - shrinkage;
  for (let f = 0; f < F; f++) covariance[f * F + f]! += shrinkage * scale;
  return { count: N, width: F, mean, covariance, shrinkage };
}

/** The weight of the target: the expected error of the covariance over its distance from the target, at most 1. */
function ledoitWolf(covariance: Float64Array, N: number, F: number, fourth: number): number {
  const scale = trace(covariance, F) / F;
  let square = 0;
  for (const entry of covariance) square += entry ** 2;
  const distance = square - F * scale ** 2; // ‖S - m I‖²
  const error = (fourth / N - square) / N; // an estimate of E‖S - Σ‖²
  // Rounding leaves a little where S is m I, and then any weight gives the same matrix.
  return distance <= F * Number.EPSILON * square ? 1 : Math.min(1, Math.max(0, error / distance));
}

/**
 * KL(P ‖ Q) in nats, at least 0 (in closed form; Cover & Thomas 2006, ch. 8), by Cholesky factors.
 * @throws Trouble when a covariance is singular, where KL is infinite
 */
export function klDivergence(p: Gaussian, q: Gaussian): number {
  const n = p.width;
  const [lp, lq] = [factor(p), factor(q)];
  const a = solveLower(lq, lp, n); // [F,F]
  const y = solveLower(lq, difference(p, q), n); // [F]
  let sum = -n;
  for (const entry of a) sum += entry ** 2;
  for (const entry of y) sum += entry ** 2;
  for (let i = 0; i < n; i++) sum += 2 * Math.log(lq[i * n + i]! / lp[i * n + i]!);
  return Math.max(0, sum / 2); // below 0 by rounding alone
}

/**
 * The Fréchet distance of Dowson & Landau (1982), the squared 2-Wasserstein distance, in the features' units squared:
 * ‖m₀ - m₁‖² + tr S₀ + tr S₁ - 2 tr (S₀ S₁)^½, at least 0. With S₀ = L Lᵀ, S₀ S₁ has the eigenvalues of Lᵀ S₁ L, which
 * is symmetric, so that no square root of a matrix is taken. FID is this on Inception features, which these are not.
 *
 * @param q may have a singular covariance, as a collapsed generator's
 * @throws Trouble when the covariance of `p` is singular
 */
export function frechetDistance(p: Gaussian, q: Gaussian): number {
  const n = p.width;
  const l = factor(p);
  const product = multiply(l, multiply(q.covariance, l, n), n, true); // [F,F]
  let sum = trace(p.covariance, n) + trace(q.covariance, n);
  for (const entry of difference(p, q)) sum += entry ** 2;
  for (const value of eigenvaluesSymmetric(product, n)) sum -= 2 * Math.sqrt(Math.max(0, value));
  return Math.max(0, sum);
}

/**
 * What KL comes to, in nats, when both sets are drawn from the same Gaussian, without shrinkage: F (F + 3) / 4 for every
 * 1 / N (second order in 1 / √N; with few samples it is more).
 */
export function klBias(width: number, countP: number, countQ: number): number {
  return ((width * (width + 3)) / 4) * (1 / countP + 1 / countQ);
}

/**
 * What the Fréchet distance comes to when both sets are drawn from `p`, without shrinkage. The means differ by tr S for
 * every 1 / N. Two covariances S and S + E are ½ Σ Eᵢⱼ² / (λᵢ + λⱼ) apart, to second order, in the axes of S.
 */
export function frechetBias(p: Gaussian, countP: number, countQ: number): number {
  const values = eigenvaluesSymmetric(p.covariance, p.width);
  let sum = 0;
  for (const a of values) {
    sum += a + a / 4;
    for (const b of values) if (a + b > 0) sum += (a * b) / (a + b) / 2;
  }
  return sum * (1 / countP + 1 / countQ);
}

function factor({ covariance, width, count }: Gaussian): Float64Array {
  const l = cholesky(covariance, width);
  if (l) return l;
  throw new Trouble(
    `${count} samples vary in fewer than their ${width} features, so their Gaussian has no density, and KL is infinite.`,
    "See whether they are all the same image.",
  );
}

function difference(p: Gaussian, q: Gaussian): Float64Array {
  needSameWidth({ values: p.mean, count: 1, width: p.width }, { values: q.mean, count: 1, width: q.width });
  return p.mean.map((mean, f) => mean - q.mean[f]!);
}

function trace(m: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += m[i * n + i]!;
  return sum;
}
