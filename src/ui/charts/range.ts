// How far the y axis of a chart reaches: a few wild values must not flatten all the others.

import type { Curve } from "./curves.ts";

export interface Range {
  min: number;
  max: number;
  /** Measured values that lie outside. */
  beyond: number;
}

/**
 * The range that holds the 1st to the 99th percentile with room around it; undefined where the full range is
 * hardly larger, and so serves as well.
 * @param log measure distances on a logarithmic axis; all values are positive then
 */
export function robustRange(curves: readonly Curve[], log = false): Range | undefined {
  const measured = curves.flatMap(({ raw }) => raw.map(({ y }) => y)).filter(Number.isFinite);
  if (measured.length < 20) return undefined;
  const [to, from] = log ? [Math.log, Math.exp] : [Number, Number];
  const sorted = Float64Array.from(measured, to).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const room = 0.25 * (at(0.99) - at(0.01));
  const [low, high] = [at(0.01) - room, at(0.99) + room];
  if (room === 0 || at(1) - at(0) <= 1.5 * (high - low)) return undefined;

  const beyond = sorted.filter((y) => y < low || y > high).length;
  return { min: from(low), max: from(high), beyond };
}
