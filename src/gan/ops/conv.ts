// Convolution, its transpose and its filter gradient: three bilinear maps that are one another's derivatives.

import * as tf from "../tf.ts";
import type { Images } from "../tf.ts";
import { type Apply, defineOperation, defineUpdate } from "./operation.ts";

type Filter = tf.Tensor4D; // [K,K,in,out]
type ExplicitPadding = Extract<Parameters<typeof tf.conv2d>[3], unknown[]>;
type Stride = { stride: 1 | 2 };

/** [K,K,in,out] to [K,K,out,in], upside down and left to right. */
const turnRound = defineUpdate<{ w: Filter }, object>("PggTurnRound", ({ w }) => [
  tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2]),
]);

const forward: Apply<{ x: Images; w: Filter }, Stride, Images> = defineOperation({
  name: "PggConv",
  forward: ({ x, w }, { stride }) => tf.conv2d(x, w, stride, "same"),
  needs: ["x", "w"],
  gradient: (dy, { x, w }, { stride }) => ({
    x: () => transpose({ y: dy, w }, { stride }),
    w: () => filterGradient({ x, y: dy }, { stride, size: w.shape[0] }),
  }),
});

const transpose: Apply<{ y: Images; w: Filter }, Stride, Images> = defineOperation({
  name: "PggConvTranspose",
  forward: ({ y, w }, { stride }) => {
    // At stride 1 it is a convolution with the filter turned round, for which engines have their best kernel.
    if (stride === 1 && w.shape[0] % 2 === 1)
      return tf.conv2d(y, turnRound({ w }, {})[0] as Filter, 1, "same");
    const [N, H, W] = y.shape;
    return tf.conv2dTranspose(y, w, [N, stride * H, stride * W, w.shape[2]], stride, "same");
  },
  needs: ["y", "w"],
  gradient: (dx, { y, w }, { stride }) => ({
    y: () => forward({ x: dx, w }, { stride }),
    w: () => filterGradient({ x: dx, y }, { stride, size: w.shape[0] }),
  }),
});

const filterGradient: Apply<{ x: Images; y: Images }, Stride & { size: number }, Filter> = defineOperation({
  name: "PggConvFilterGrad",
  forward: ({ x, y }, { stride, size }) => {
    if (tf.getBackend() === "wasm") return filterGradientByConv(x, y, stride, size);
    const filterShape = [size, size, x.shape[3], y.shape[3]];
    const options = { strides: stride, pad: "same", dataFormat: "NHWC", dimRoundingMode: null, filterShape };
    const inputs: tf.NamedTensorMap = { x, dy: y };
    return tf.engine().runKernel(tf.Conv2DBackpropFilter, inputs, options as unknown as tf.NamedAttrMap);
  },
  needs: ["x", "y"],
  gradient: (dw, { x, y }, { stride }) => ({
    x: () => transpose({ y, w: dw }, { stride }),
    y: () => forward({ x, w: dw }, { stride }),
  }),
});

/**
 * Convolution with padding such that [N,H,W,in] becomes [N,H/stride,W/stride,out].
 * @param w filter [K,K,in,out]; K odd at stride 1, 4 at stride 2
 */
export const conv = (x: Images, w: Filter, stride: 1 | 2 = 1): Images => forward({ x, w }, { stride });

/**
 * The adjoint of `conv`: [N,H,W,out] becomes [N,H·stride,W·stride,in].
 * At stride 2 this is the transposed (fractionally strided) convolution.
 */
export const convTranspose = (y: Images, w: Filter, stride: 1 | 2 = 1): Images =>
  transpose({ y, w }, { stride });

/** A fully connected layer: [N,in] times [in,out]. A 1×1 convolution, so that it has all of its derivatives. */
export function dense(x: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor2D {
  const [N, inputs] = x.shape;
  const outputs = w.shape[1];
  const y = conv(x.reshape([1, N, 1, inputs]), w.reshape([1, 1, inputs, outputs])); // [1,N,1,out]
  return y.reshape([N, outputs]);
}

/**
 * For the WASM engine, which has no kernel for it. The filter gradient is itself a convolution: channels take the
 * place of samples, samples that of channels, and `y` is slid over `x` as if it were the filter.
 */
function filterGradientByConv(x: Images, y: Images, stride: 1 | 2, size: number): Filter {
  const beside = Math.floor((size - 1) / 2);
  // Spelt out per side: given as one number, tfjs takes the output to be square.
  const pad: ExplicitPadding = [
    [0, 0],
    [beside, beside],
    [beside, beside],
    [0, 0],
  ];
  const channels = tf.transpose(x, [3, 1, 2, 0]); // [in,H,W,N]
  const slid = tf.transpose(y, [1, 2, 0, 3]); // [H,W,N,out]
  const taps = tf.conv2d(channels, slid, 1, pad, "NHWC", stride); // [in,K,K,out]
  return tf.transpose(taps, [1, 2, 0, 3]); // [K,K,in,out]
}
