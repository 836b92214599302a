// tfjs's WebGPU backend with those of its kernels that networks, losses, metrics and their gradients run, and no other.
//
// The package registers all 170 as it is imported, which no bundler can leave out: 85 kB gzipped, where these are 31. A
// kernel that is not listed here ends in tfjs's "Kernel 'Tanh' not registered for backend 'webgpu'".

import { absConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Abs.js";
import { addConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Add.js";
import { batchMatMulConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/BatchMatMul.js";
import { castConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Cast.js";
import { concatConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Concat.js";
import { expConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Exp.js";
import { fillConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Fill.js";
import { identityConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Identity.js";
import { meanConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Mean.js";
import { multiplyConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Multiply.js";
import { negConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Neg.js";
import { packConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Pack.js";
import { padV2Config } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/PadV2.js";
import { powConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Pow.js";
import { realDivConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/RealDiv.js";
import { reluConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Relu.js";
import { reshapeConfig } from "@tensorflow/tfjs-backend-webgpu/dist/kernels/Reshape.js";
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
  batchMatMulConfig,
  castConfig,
  concatConfig,
  expConfig,
  fillConfig,
  identityConfig,
  meanConfig,
  multiplyConfig,
  negConfig,
  packConfig,
  padV2Config,
  powConfig,
  realDivConfig,
  reluConfig,
  reshapeConfig,
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
