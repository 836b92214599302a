// Convolution, its adjoint at stride 1 and its filter gradient on the WASM heap.

import * as tf from "../../gan/tf.ts";
import { convolve, correlate, surround, tileColumns, tileRows } from "./convCode.ts";
import { type Heap } from "./heap.ts";
import type { WasmKernel } from "./kernel.ts";

type Shape4 = [number, number, number, number];

/** Pixels of a block of rows, at most: its images, and the sums over them, stay in the first cache. */
const blockPixels = 64;

/** How a kernel walks over images [N,H,W,C]: with margins of `beside` pixels, at a stride. */
interface Walk {
  images: number;
  rows: number;
  columns: number;
  C: number;
  K: number;
  stride: number;
  beside: number;
}

function walkOver([N, H, W, C]: Shape4, K: number, stride: number): Walk {
  const beside = Math.floor((K - 1) / 2);
  const walk = { images: N, rows: H / stride, columns: W / stride, C, K, stride, beside };
  if (K > 1) return walk;
  // One pixel at a time, rows may be as long as they like.
  return W < tileRows
    ? { ...walk, images: 1, rows: 1, columns: N * H * W }
    : { ...walk, images: 1, rows: N * H };
}

/** The steps between images, rows and taps, in bytes, and how many taps there are. */
function stepsOf({ rows, columns, C, K, stride, beside }: Walk): number[] {
  const outer = 4 * C * (columns * stride + 2 * beside);
  return [outer * (rows * stride + 2 * beside), outer * stride, outer, K];
}

const blockRows = ({ columns }: Walk): number => Math.max(1, Math.floor(blockPixels / columns));

/** Has `use` work on images with their margins. @param slack whether a few floats after the last are read too */
function withMargins(
  heap: Heap,
  x: tf.TensorInfo,
  walk: Walk,
  slack: boolean,
  use: (x: number) => void,
): void {
  const { images, rows, columns, C, stride, beside } = walk;
  if (beside === 0 && !slack) return use(heap.address(x));
  const [innerRow, innerRows] = [columns * stride * C, rows * stride];
  const outerRow = innerRow + 2 * beside * C;
  const size = images * (innerRows + 2 * beside) * outerRow;
  heap.borrow(size + tileRows, (padded) => {
    const functions = heap.functions<"surround">("surround", () => [surround]);
    heap.clear(padded, size + tileRows);
    const first = padded + 4 * beside * (outerRow + C);
    functions.surround(
      heap.address(x),
      first,
      images,
      innerRows,
      4 * innerRow,
      4 * outerRow,
      8 * beside * outerRow,
    );
    use(padded);
  });
}

/** x times a filter in panels, [.., D]. */
function multiplied(
  heap: Heap,
  x: tf.TensorInfo,
  walk: Walk,
  shape: Shape4,
  fill: (panels: Float32Array) => void,
): tf.TensorInfo {
  const { images, rows, columns, C, K, stride } = walk;
  const D = shape[3];
  const y = heap.output(shape);
  const size = Math.ceil(D / tileColumns) * tileColumns * K * K * C;
  withMargins(heap, x, walk, false, (from) =>
    heap.borrow(size, (panels) => {
      fill(heap.floats(panels, size));
      const step = stride * C;
      const functions = heap.functions<"convolve">(`convolve/${step},${D}`, () => [convolve(step, D)]);
      const walked = [...stepsOf(walk), K * C, blockRows(walk)];
      functions.convolve(from, panels, heap.address(y), images, rows, columns, ...walked);
    }),
  );
  return y;
}

/** Filter [K·K·C,D] in panels [D/8][K·K·C][8], filled up with zeros. */
function fillPanels(panels: Float32Array, w: Float32Array, D: number): void {
  const inner = w.length / D;
  let at = 0;
  for (let first = 0; first < D; first += tileColumns)
    for (let k = 0; k < inner; k++)
      for (let lane = first; lane < first + tileColumns; lane++)
        panels[at++] = lane < D ? w[k * D + lane]! : 0;
}

/** Filter [taps,C,D] turned round, [taps·D,C], in panels. */
function fillTurned(panels: Float32Array, w: Float32Array, C: number, D: number): void {
  const taps = w.length / (C * D);
  let at = 0;
  for (let first = 0; first < C; first += tileColumns)
    for (let tap = taps - 1; tap >= 0; tap--)
      for (let d = 0; d < D; d++)
        for (let lane = first; lane < first + tileColumns; lane++)
          panels[at++] = lane < C ? w[(tap * C + lane) * D + d]! : 0;
}

const conv: WasmKernel = {
  operation: "PggConv",
  run(heap, { x, w }, { stride }) {
    const shape = x!.shape as Shape4;
    const [K, , , D] = w!.shape as Shape4;
    const walk = walkOver(shape, K, stride);
    const [N, H, W] = shape;
    return [
      multiplied(heap, x!, walk, [N, H / stride, W / stride, D], (panels) =>
        fillPanels(panels, heap.view(w!), D),
      ),
    ];
  },
};

const transpose: WasmKernel = {
  operation: "PggConvTranspose",
  serves: ({ w }, { stride }) => stride === 1 && w!.shape[0]! % 2 === 1,
  run(heap, { y, w }) {
    const [N, H, W] = y!.shape as Shape4;
    const [K, , C, D] = w!.shape as Shape4;
    const walk = walkOver(y!.shape as Shape4, K, 1);
    return [multiplied(heap, y!, walk, [N, H, W, C], (panels) => fillTurned(panels, heap.view(w!), C, D))];
  },
};

const filterGradient: WasmKernel = {
  operation: "PggConvFilterGrad",
  run(heap, { x, y }, { stride, size: K }) {
    const walk = walkOver(x!.shape as Shape4, K, stride);
    const { images, rows, columns, C } = walk;
    const D = y!.shape[3]!;
    const dw = heap.output([K, K, C, D]);
    const segment = K * C;
    const tiles = Math.ceil(segment / tileRows);
    const panels = Math.ceil(D / tileColumns);
    const size = K * tiles * panels * tileRows * tileColumns;
    withMargins(heap, x!, walk, segment % tileRows > 0, (from) =>
      withChannels(heap, y!, panels * tileColumns, (above) =>
        heap.borrow(size, (sums) => {
          heap.clear(sums, size);
          const step = stride * C;
          const outer = panels * tileColumns;
          const functions = heap.functions<"correlate">(`correlate/${step},${outer}`, () => [
            correlate(step, outer),
          ]);
          const walked = [...stepsOf(walk), tiles, blockRows(walk)];
          functions.correlate(from, above, sums, images, rows, columns, ...walked);
          untile(heap.view(dw), heap.floats(sums, size), K, segment, D);
        }),
      ),
    );
    return [dw];
  },
};

/** Has `use` work on images whose last axis is filled up to `channels`. */
function withChannels(heap: Heap, y: tf.TensorInfo, channels: number, use: (y: number) => void): void {
  const D = y.shape[3]!;
  if (D === channels) return use(heap.address(y));
  const pixels = tf.util.sizeFromShape(y.shape) / D;
  heap.borrow(pixels * channels, (filled) => {
    const [from, to] = [heap.view(y), heap.floats(filled, pixels * channels)];
    to.fill(0);
    for (let pixel = 0; pixel < pixels; pixel++)
      for (let d = 0; d < D; d++) to[pixel * channels + d] = from[pixel * D + d]!;
    use(filled);
  });
}

/** Tiles [K][tiles][D/8][4][8] to [K][segment][D]. */
function untile(dw: Float32Array, sums: Float32Array, K: number, segment: number, D: number): void {
  const tiles = Math.ceil(segment / tileRows);
  const panels = Math.ceil(D / tileColumns);
  const size = tileRows * tileColumns;
  for (let k = 0; k < K; k++)
    for (let row = 0; row < segment; row++) {
      const tile = (k * tiles + Math.floor(row / tileRows)) * panels;
      const inside = (row % tileRows) * tileColumns;
      for (let d = 0; d < D; d++)
        dw[(k * segment + row) * D + d] = sums[(tile + (d >> 3)) * size + inside + (d & 7)]!;
    }
}

export const convolutions: readonly WasmKernel[] = [conv, transpose, filterGradient];
