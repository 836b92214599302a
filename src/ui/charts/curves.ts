// From rows of statistics to lines on a chart: smoothed within each phase, with what can't be drawn set aside.

import type { Phase, StatName, StatsRow } from "../../worker/protocol.ts";

/** A place on a chart: images shown, and a value (NaN: a gap). */
export interface Point {
  x: number;
  y: number;
}

/** One statistic over the run. */
export interface Curve {
  raw: Point[];
  /** Debiased exponential average of `raw`, started afresh in each phase. */
  smooth: Point[];
  /** One standard deviation below and above the average, over the steps of each row. */
  low: Point[];
  high: Point[];
  /** Where the value was not finite, images shown. */
  broken: number[];
  /** Finite values ≤ 0 that a logarithmic axis has no place for. */
  leftOut: number;
  /** Steps that all rows rest on. */
  steps: number;
}

export interface Smoothing {
  /** Weight of the past in the average, in [0,1). */
  weight: number;
  /** Images shown when a phase begins; a new resolution is a new process. */
  starts: readonly number[];
  /** Smooth logarithms, and leave out what has none. */
  log?: boolean;
}

/** The line of statistic `name`; rows without it are passed over. */
export function curveOf(rows: readonly StatsRow[], name: StatName, smoothing: Smoothing): Curve {
  const { weight, starts, log = false } = smoothing;
  const curve: Curve = { raw: [], smooth: [], low: [], high: [], broken: [], leftOut: 0, steps: 0 };
  const [to, from] = log ? [Math.log, Math.exp] : [same, same];
  let phase = -1;
  let sum = 0;
  let mass = 0;

  for (const { images: x, stats } of rows) {
    const summary = stats[name];
    if (!summary) continue;
    const { mean, std, n } = summary;
    curve.steps += n;
    const finite = Number.isFinite(mean);
    if (!finite) curve.broken.push(x);
    else if (log && mean <= 0) curve.leftOut++;
    if (!finite || (log && mean <= 0)) {
      for (const line of [curve.raw, curve.smooth, curve.low, curve.high]) line.push({ x, y: NaN });
      continue;
    }

    const current = phaseAt(x, starts);
    if (current !== phase) [phase, sum, mass] = [current, 0, 0];
    sum = weight * sum + (1 - weight) * to(mean);
    mass = weight * mass + (1 - weight);
    const y = from(sum / mass);
    const spread = Number.isFinite(std) ? std : 0;
    curve.raw.push({ x, y: mean });
    curve.smooth.push({ x, y });
    curve.low.push({ x, y: y - spread });
    curve.high.push({ x, y: y + spread });
  }
  return curve;
}

/** The phase that training was in just before `images` had been shown: a row's images are those at its end. */
function phaseAt(images: number, starts: readonly number[]): number {
  return starts.findLastIndex((start) => start < images);
}

/** When phases begin, in order. */
export const startsOf = (phases: readonly Phase[]): number[] => phases.map(({ start }) => start);

const same = (x: number) => x;

/** Place in `rows` of the row nearest to `images`; -1 where there is none. Rows are in order. */
export function nearestRow(rows: readonly { images: number }[], images: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.images < images) low = middle + 1;
    else high = middle;
  }
  const before = rows[low - 1];
  const here = rows[low];
  if (!here) return -1;
  return before && images - before.images < here.images - images ? low - 1 : low;
}
