// Rows of single operations on an engine: how fast, and how near to what the device can do.

import { columns, figure } from "../rows.ts";

/** [N, H = W, in, out, K]: layers of the networks, one with three colours, and the one after minibatch stddev. */
export const shapes = [
  [16, 4, 64, 64, 3],
  [16, 16, 64, 64, 3],
  [16, 64, 32, 32, 3],
  [4, 128, 16, 16, 3],
  [64, 64, 8, 8, 3],
  [16, 64, 32, 3, 1],
  [16, 4, 65, 64, 3],
] as const;
export const quickShapes = shapes.slice(0, 1);

export interface MicroRow {
  engine: "webgpu" | "wasm";
  /** Kernels of ours, or those of tfjs. "peak" rows are what the device can do. */
  kernels: "fast" | "plain" | "peak";
  operation: "multiply-add" | "matrix product" | "conv" | "input gradient" | "filter gradient";
  /** N×H×W×in→out and the filter's size. */
  shape: string;
  ms: number;
  gflops: number;
  /** Of the fastest peak row. */
  share: number;
}

/** What the process that measures them answers. */
export interface Micro {
  device: string;
  rows: MicroRow[];
}

/** Rows with the share of the fastest peak row among them. */
export function shareOfPeak(rows: readonly Omit<MicroRow, "share">[]): MicroRow[] {
  const peak = Math.max(...rows.filter(({ kernels }) => kernels === "peak").map(({ gflops }) => gflops));
  return rows.map((row) => ({ ...row, share: row.gflops / peak }));
}

/** Rows for a person. */
export function formatMicro(rows: readonly MicroRow[]): string {
  const cells = rows.map(({ engine, kernels, operation, shape, ms, gflops, share }) => [
    figure(ms),
    figure(gflops),
    `${figure(100 * share)} %`,
    engine.padEnd(6),
    kernels.padEnd(7),
    operation.padEnd(15),
    shape,
  ]);
  const head = ["ms", "GFLOP/s", "of peak", "engine", "kernels", "operation      ", "shape"];
  return columns([head, ...cells], 3);
}
