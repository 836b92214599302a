// Rows of single operations on a GPU: how fast, and how near to what the device can do.

import { columns, figure } from "./rows.ts";

export interface MicroRow {
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

/** Rows for a person. */
export function formatMicro(rows: readonly MicroRow[]): string {
  const cells = rows.map(({ kernels, operation, shape, ms, gflops, share }) => [
    figure(ms),
    figure(gflops),
    `${figure(100 * share)} %`,
    kernels,
    operation.padEnd(15),
    shape,
  ]);
  return columns([["ms", "GFLOP/s", "of peak", "kernels", "operation      ", "shape"], ...cells], 3);
}
