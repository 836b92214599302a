// tfjs's WebGPU kernels that only the plain forms of our operations run. The page has kernels of its own in their place,
// and does not load these.

import { avgPoolConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/AvgPool.js";
import { conv2DConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2D.js";
import { conv2DBackpropFilterConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2DBackpropFilter.js";
import { conv2DBackpropInputConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2DBackpropInput.js";
import { leakyReluConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/LeakyRelu.js";
import { resizeNearestNeighborConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/ResizeNearestNeighbor.js";
import { reverseConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Reverse.js";
import * as tf from "../gan/tf.ts";

const kernels = [
  avgPoolConfig,
  conv2DConfig,
  conv2DBackpropFilterConfig,
  conv2DBackpropInputConfig,
  leakyReluConfig,
  resizeNearestNeighborConfig,
  reverseConfig,
];
for (const kernel of kernels) tf.registerKernel(kernel);
