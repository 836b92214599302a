// The one door to TensorFlow.js: tfjs-core with its gradients and chained operations, and no backend.

import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";

export * from "@tensorflow/tfjs-core";

import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";

/** A minibatch of images or feature maps, [N,H,W,C]. */
export type Images = Tensor4D;
/** A minibatch of latent vectors, [N,Z]. */
export type Latents = Tensor2D;
/** D's scores, one a sample, [N]. */
export type Scores = Tensor1D;
