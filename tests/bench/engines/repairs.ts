// What stock tfjs needs so that a gradient penalty can be trained at all: gradients of gradients that it throws on, and
// on WASM the filter gradient that it lacks. Composed of its own operations, nothing made faster.

import * as tf from "../../../src/gan/tf.ts";
import type { Images } from "../../../src/gan/tf.ts";

/** Registers the repairs, in place of stock gradients of the same names. */
export function repairGradients(backendName: "webgpu" | "wasm"): void {
  const engine = tf.engine();

  // The stock gradient asks where x > 0, and comparisons have no gradient. x travels beside the inputs: among them, its
  // gradient, zero, would be carried back through every layer below.
  const slopeName = "StockLeakyReluGrad";
  tf.registerKernel({
    kernelName: slopeName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { x, alpha } = attrs as unknown as { x: tf.Tensor; alpha: number };
      return tf.tidy(() => tf.mul(inputs.dy as tf.Tensor, tf.step(x, alpha)));
    },
  });
  const slope = (dy: tf.Tensor, attrs?: tf.NamedAttrMap): tf.Tensor =>
    engine.runKernel(slopeName, { dy }, attrs) as tf.Tensor;
  tf.registerGradient({
    kernelName: slopeName,
    gradFunc: (ddx, _, attrs) => ({ dy: () => slope(ddx as tf.Tensor, attrs) }),
  });
  tf.registerGradient({
    kernelName: tf.LeakyRelu,
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({
      x: () => slope(dy as tf.Tensor, { ...attrs, x } as unknown as tf.NamedAttrMap),
    }),
  });

  // Average pooling and nearest-neighbour scaling by 2 are each other's adjoint, up to a factor of 4.
  tf.registerGradient({
    kernelName: tf.AvgPool,
    gradFunc: (gradient) => {
      const dy = gradient as Images;
      const [, H, W] = dy.shape;
      return { x: () => tf.image.resizeNearestNeighbor(dy, [2 * H, 2 * W]).mul(1 / 4) };
    },
  });
  tf.registerGradient({
    kernelName: tf.ResizeNearestNeighbor,
    gradFunc: (dy) => ({ images: () => tf.avgPool(dy as Images, 2, 2, "valid").mul(4) }),
  });

  if (backendName === "wasm")
    tf.registerKernel({
      kernelName: tf.Conv2DBackpropFilter,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const { filterShape } = attrs as unknown as { filterShape: [number, number, number, number] };
        return tf.tidy(() => filterGradient(inputs.x as Images, inputs.dy as Images, filterShape));
      },
    });
}

/** A matrix product for each tap of the filter. At stride 1, with padding that keeps the size. */
function filterGradient(x: Images, dy: Images, [K, , inputs, outputs]: [number, number, number, number]) {
  const [N, H, W] = x.shape;
  const beside = (K - 1) / 2;
  const padded = tf.pad(x, [[0, 0], [beside, beside], [beside, beside], [0, 0]]); // prettier-ignore
  const columns = dy.reshape<tf.Tensor2D>([N * H * W, outputs]);
  const taps = Array.from({ length: K * K }, (_, tap) => {
    const from = [0, Math.floor(tap / K), tap % K, 0];
    const rows = padded.slice(from, [N, H, W, inputs]).reshape<tf.Tensor2D>([N * H * W, inputs]);
    return tf.matMul(rows, columns, true);
  });
  return tf.stack(taps).reshape([K, K, inputs, outputs]);
}
