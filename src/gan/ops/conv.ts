// Convolution, its transpose and its filter gradient: three bilinear maps that are one another's derivatives.

import * as tf from "../tf.ts";
import type { Images } from "../tf.ts";
import { type Apply, defineOperation } from "./operation.ts";

type Filter = tf.Tensor4D; // [K,K,in,out]
type Stride = { stride: 1 | 2 };

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
    if (stride === 1 && w.shape[0] % 2 === 1) return tf.conv2d(y, turnRound(w), 1, "same");
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
    if (tf.getBackend() === "wasm") return filterGradientByTaps(x, y, stride, size);
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

/** [K,K,in,out] to [K,K,out,in], upside down and left to right. */
function turnRound(w: Filter): Filter {
  return tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2]);
}

/** For the WASM engine, which has no kernel for it: one matrix product for each tap of the filter. */
function filterGradientByTaps(x: Images, y: Images, stride: 1 | 2, size: number): Filter {
  const [N, H, W, C] = x.shape;
  const [, h, w, D] = y.shape;
  const before = Math.floor((size - 1) / 2); // padding above and to the left, as in "same"
  const after = size - 1 - before;
  const padded =
    size === 1
      ? x
      : tf.pad(x, [
          [0, 0],
          [before, after],
          [before, after],
          [0, 0],
        ]); // [N,H+K-1,W+K-1,C]
  const rows = y.reshape<tf.Tensor2D>([N * h * w, D]);
  const taps: tf.Tensor2D[] = [];
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const end: [number, number, number, number] = [N, i + H, j + W, C];
      const seen =
        stride === 1
          ? tf.slice(padded, [0, i, j, 0], [N, H, W, C])
          : tf.stridedSlice(padded, [0, i, j, 0], end, [1, stride, stride, 1]); // [N,h,w,C]
      taps.push(tf.matMul(seen.reshape<tf.Tensor2D>([N * h * w, C]), rows, true)); // [C,D]
    }
  return tf.stack(taps).reshape<Filter>([size, size, C, D]);
}
