// Charts of single points, as SVG: there are few of them, so they need no library, and are there with the first picture.

import type { Token } from "./colors.ts";
import type { Point } from "./curves.ts";

/** A place on a line, and how its value is written where that is more than the number. */
export interface PointText extends Point {
  text?: string;
}

export interface PointLine {
  label: string;
  /** Hue is the network, or what was real. */
  color: Token | "metric";
  /** B is dashed, so that it differs by more than colour. */
  dashed: boolean;
  /** CSS pixels. */
  width?: number;
  points: readonly PointText[];
}

export interface PointSpec {
  title: string;
  subtitle: string;
  lines: readonly PointLine[];
  /** Between which values real images score, as steps: from `x` on. */
  band?: readonly { x: number; low: number; high: number }[];
  /** The y axis reaches this far at least. */
  reach?: { min: number; max: number };
  /** Written behind the numbers of the y axis. */
  unit?: string;
}

/** A change to be marked: what stands at its flag, and where that is, images shown. */
export interface PointMark {
  label: string;
  images: number;
}

/** The place on a line nearest to `x` images. */
export function pointAt({ points }: PointLine, x: number): PointText | undefined {
  let best: PointText | undefined;
  for (const point of points) if (!best || Math.abs(point.x - x) < Math.abs(best.x - x)) best = point;
  return best;
}

/** Lowest and highest finite value of a chart. */
export function extent({ lines, reach, band = [] }: PointSpec): { min: number; max: number } {
  const values = lines
    .flatMap(({ points }) => points.map(({ y }) => y))
    .concat(
      band.flatMap(({ low, high }) => [low, high]),
      reach ? [reach.min, reach.max] : [],
    )
    .filter(Number.isFinite);
  if (values.length === 0) return { min: 0, max: 1 };
  const [min, max] = values.reduce(([a, b], y) => [Math.min(a, y), Math.max(b, y)], [Infinity, -Infinity]);
  return min === max ? { min: min - 1, max: max + 1 } : { min, max };
}

/** About `wanted` round numbers from `min` to `max`. */
export function ticks(min: number, max: number, wanted: number): number[] {
  const rough = (max - min) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const first = Math.ceil(min / step);
  return Array.from({ length: Math.floor(max / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** An SVG path through points, which are already where they are drawn; a gap where one is not a number. */
export function pathOf(points: readonly Point[]): string {
  let pen = "M";
  return points
    .map(({ x, y }) => {
      if (!Number.isFinite(y)) {
        pen = "M";
        return "";
      }
      const part = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
      return part;
    })
    .join("");
}
