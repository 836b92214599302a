// The table of the bench: what a row says, how figures are summed up, and when engines agree.

import type { Case } from "./cases.ts";

/** One engine at one size. A figure is null where it does not apply or could not be measured. */
export interface Row extends Case {
  engine: string;
  /** Of a D and a G step together, once all is warm. */
  dispatchesPerStep: number | null;
  /** JavaScript alone, on an adapter that computes nothing. */
  jsMsPerStep: number | null;
  msPerStep: number | null;
  imagesPerSec: number | null;
  /** Most bytes held at once: of buffers on the GPU, of the WASM heap, or of PyTorch's allocator; after warming up. */
  peakBytes: number | null;
  /** The same while it warmed up. */
  startBytes: number | null;
  /** From weights on the device to the end of the first step, compiling included. */
  firstStepMs: number | null;
  /** Whether the row counts: its first losses are those of another engine. Null where it was not to be found out. */
  lossAgrees: boolean | null;
  /** Losses of D and of G at each of the first steps. */
  losses: [d: number, g: number][];
  /** Whether the engine is there and broke down. */
  failed?: true;
  /** Why figures are missing, or the row does not count. */
  note?: string;
}

/** How far losses may lie apart, as a share of the loss where that is above 1. */
export const tolerance = 1e-4;

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

/** The largest distance between two runs' losses, as `tolerance` measures it. Not a number where there is none to compare. */
export function distance(a: Row["losses"], b: Row["losses"]): number {
  if (a.length !== b.length || a.length === 0) return NaN;
  const apart = a.flat().map((loss, i) => {
    const other = b.flat()[i]!;
    return Math.abs(loss - other) / Math.max(1, Math.abs(other));
  });
  return apart.some(Number.isNaN) ? NaN : Math.max(...apart);
}

/**
 * Says of each row of one case whether it counts.
 * @param reference losses that the others are held against, and who had them; that row itself is held against all others
 */
export function judge(rows: Row[], reference: { engine: string; losses: Row["losses"] }): void {
  for (const row of rows) {
    if (row.losses.length === 0) continue;
    const others =
      row.engine === reference.engine ? rows.filter((other) => other !== row && other.losses.length > 0) : [];
    const against = others.length > 0 ? others : row.engine === reference.engine ? [] : [reference];
    if (against.length === 0) {
      row.note ??= "no other engine ran to compare its losses with";
      continue;
    }
    const nearest = against
      .map((other) => ({ ...other, apart: distance(row.losses, other.losses) }))
      .reduce((best, other) => (other.apart < best.apart || Number.isNaN(best.apart) ? other : best));
    row.lossAgrees = nearest.apart <= tolerance;
    if (!row.lossAgrees)
      row.note = `does not count: its losses are ${nearest.apart.toPrecision(2)} from those of ${nearest.engine}`;
  }
}

/** Rows for a person, with the columns in line. */
export function formatRows(rows: readonly Row[]): string {
  const head = ["px", "fade", "engine", "dispatches", "JS ms", "ms/step", "images/s", "MB", "MB at start"];
  const cells = rows.map((row) => [
    String(row.resolution),
    row.fade ? "on" : "off",
    row.engine,
    figure(row.dispatchesPerStep),
    figure(row.jsMsPerStep),
    figure(row.msPerStep),
    figure(row.imagesPerSec),
    figure(row.peakBytes && row.peakBytes / 1e6),
    figure(row.startBytes && row.startBytes / 1e6),
    figure(row.firstStepMs),
    row.lossAgrees === null ? "-" : row.lossAgrees ? "yes" : "NO",
    row.note ?? "",
  ]);
  return columns([[...head, "first ms", "agrees", ""], ...cells], 2);
}

/** @param left columns that are words from here on; the first ones are aligned like numbers */
export function columns(rows: readonly (readonly string[])[], left: number): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const last = i === row.length - 1;
          return last ? cell : i === left ? cell.padEnd(width(i)) : cell.padStart(width(i));
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Three digits that count. */
export function figure(value: number | null): string {
  if (value === null) return "-";
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}
