// tfjs's WebGPU backend with those of its kernels that networks, losses, metrics and their gradients run, and no other.
//
// The package registers all 170 as it is imported, which no bundler can leave out: 85 kB gzipped, where these are half. A
// kernel that is not listed here ends in tfjs's "Cannot find registered kernel 'Tanh' for backend 'webgpu'".

import { absConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Abs.js";
import { addConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Add.js";
import { argMaxConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/ArgMax.js";
import { avgPoolConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/AvgPool.js";
import { batchMatMulConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/BatchMatMul.js";
import { castConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Cast.js";
import { concatConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Concat.js";
import { conv2DConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2D.js";
import { conv2DBackpropFilterConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2DBackpropFilter.js";
import { conv2DBackpropInputConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2DBackpropInput.js";
import { expConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Exp.js";
import { fillConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Fill.js";
import { identityConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Identity.js";
import { leakyReluConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/LeakyRelu.js";
import { logConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Log.js";
import { maxConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Max.js";
import { meanConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Mean.js";
import { multiplyConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Multiply.js";
import { negConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Neg.js";
import { oneHotConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/OneHot.js";
import { packConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Pack.js";
import { padV2Config } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/PadV2.js";
import { powConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Pow.js";
import { realDivConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/RealDiv.js";
import { reluConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Relu.js";
import { reshapeConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Reshape.js";
import { resizeNearestNeighborConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/ResizeNearestNeighbor.js";
import { reverseConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Reverse.js";
import { rsqrtConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Rsqrt.js";
import { sigmoidConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sigmoid.js";
import { signConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sign.js";
import { sliceConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Slice.js";
import { softplusConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Softplus.js";
import { splitVConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/SplitV.js";
import { sqrtConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sqrt.js";
import { squareConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Square.js";
import { stepConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Step.js";
import { subConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sub.js";
import { sumConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Sum.js";
import { transposeConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Transpose.js";
import { unpackConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Unpack.js";
import { zerosLikeConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/ZerosLike.js";
import * as tf from "../gan/tf.ts";

export { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js";

const kernels = [
  absConfig,
  addConfig,
  argMaxConfig,
  avgPoolConfig,
  batchMatMulConfig,
  castConfig,
  concatConfig,
  conv2DConfig,
  conv2DBackpropFilterConfig,
  conv2DBackpropInputConfig,
  expConfig,
  fillConfig,
  identityConfig,
  leakyReluConfig,
  logConfig,
  maxConfig,
  meanConfig,
  multiplyConfig,
  negConfig,
  oneHotConfig,
  packConfig,
  padV2Config,
  powConfig,
  realDivConfig,
  reluConfig,
  reshapeConfig,
  resizeNearestNeighborConfig,
  reverseConfig,
  rsqrtConfig,
  sigmoidConfig,
  signConfig,
  sliceConfig,
  softplusConfig,
  splitVConfig,
  sqrtConfig,
  squareConfig,
  stepConfig,
  subConfig,
  sumConfig,
  transposeConfig,
  unpackConfig,
  zerosLikeConfig,
];
for (const kernel of kernels) tf.registerKernel(kernel);
