// The one door to TensorFlow.js: tfjs-core without a backend, with the chained operations and gradients that we use.
//
// All of them would double what the page loads. And of many operations tfjs's gradient has no derivative, or a wrong
// one: a gradient that is not listed here, and so was not checked, can't slip into a penalty. tfjs throws in its place.

import "@tensorflow/tfjs-core/dist/public/chained_ops/abs.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/add.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/arg_max.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/as_scalar.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/div.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/exp.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/flatten.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/mat_mul.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/max.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/mean.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/mul.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/neg.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/pow.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/reshape.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/rsqrt.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/slice.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/sqrt.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/square.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/sub.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/sum.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/transpose.js";
import { addGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Add_grad.js";
import { batchMatMulGradConfig } from "@tensorflow/tfjs-core/dist/gradients/BatchMatMul_grad.js";
import { castGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Cast_grad.js";
import { concatGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Concat_grad.js";
import { identityGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Identity_grad.js";
import { multiplyGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Multiply_grad.js";
import { negGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Neg_grad.js";
import { packGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Pack_grad.js";
import { padV2GradConfig } from "@tensorflow/tfjs-core/dist/gradients/PadV2_grad.js";
import { powGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Pow_grad.js";
import { divGradConfig } from "@tensorflow/tfjs-core/dist/gradients/RealDiv_grad.js";
import { reluGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Relu_grad.js";
import { reshapeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Reshape_grad.js";
import { rsqrtGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Rsqrt_grad.js";
import { signGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Sign_grad.js";
import { sliceGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Slice_grad.js";
import { softplusGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Softplus_grad.js";
import { splitVGradConfig } from "@tensorflow/tfjs-core/dist/gradients/SplitV_grad.js";
import { sqrtGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Sqrt_grad.js";
import { squareGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Square_grad.js";
import { subGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Sub_grad.js";
import { transposeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/Transpose_grad.js";
import { zerosLikeGradConfig } from "@tensorflow/tfjs-core/dist/gradients/ZerosLike_grad.js";
import { registerGradient } from "@tensorflow/tfjs-core";

export * from "@tensorflow/tfjs-core";

import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";

/** Checked to third order in tests/gan/derivatives.test.ts, as parts of the operations of networks and losses. */
const gradients = [
  addGradConfig,
  batchMatMulGradConfig,
  castGradConfig,
  concatGradConfig,
  identityGradConfig,
  multiplyGradConfig,
  negGradConfig,
  packGradConfig,
  padV2GradConfig,
  powGradConfig,
  divGradConfig,
  reluGradConfig,
  reshapeGradConfig,
  rsqrtGradConfig,
  signGradConfig,
  sliceGradConfig,
  softplusGradConfig,
  splitVGradConfig,
  sqrtGradConfig,
  squareGradConfig,
  subGradConfig,
  transposeGradConfig,
  zerosLikeGradConfig,
];
for (const gradient of gradients) registerGradient(gradient);

/** A minibatch of images or feature maps, [N,H,W,C]. */
export type Images = Tensor4D;
/** A minibatch of latent vectors, [N,Z]. */
export type Latents = Tensor2D;
/** D's scores, one a sample, [N]. */
export type Scores = Tensor1D;
