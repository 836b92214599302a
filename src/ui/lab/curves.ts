// The charts of a recording as plain points: modes over time, scores of D, losses; A solid, B dashed.

import { phases, type Recording, rulerOf, type StatName, type Weights } from "../../worker/protocol.ts";
import type { Token } from "../charts/colors.ts";
import { curveOf, type Point, startsOf } from "../charts/curves.ts";
import { sides } from "./marks.ts";

export interface LabLine {
  label: string;
  /** Hue is the network, or what was real. */
  color: Token | "metric";
  /** B is dashed, so that it differs by more than colour. */
  dashed: boolean;
  points: readonly Point[];
}

export interface LabChart {
  title: string;
  subtitle: string;
  lines: readonly LabLine[];
  /** Between which values real images score, as steps: from `x` on. */
  band?: readonly { x: number; low: number; high: number }[];
  /** The y axis reaches this far at least. */
  reach?: { min: number; max: number };
}

/** Weight of the past in the lines of statistics. */
export const smoothing = 0.8;

/** @param weights of which G the modes are counted */
export function chartsOf(recording: Recording, weights: Weights): LabChart[] {
  const { arms } = recording;
  const who = (i: number) => (arms.length > 1 ? ` · ${sides[i]}` : "");
  const statistic = (name: StatName, label: string, color: Token): LabLine[] =>
    arms.map(({ rows, config }, i) => ({
      label: `${label}${who(i)}`,
      color,
      dashed: i > 0,
      points: curveOf(rows, name, { weight: smoothing, starts: startsOf(phases(config)) }).smooth,
    }));
  const most = Math.max(...recording.rulers.map(({ names }) => names.length));
  return [
    {
      title: "Modes covered",
      subtitle: `Of ${weights === "average" ? "the EMA of G" : "raw G"}; grey: what real images score`,
      lines: arms.map(({ moments }, i) => ({
        label: `modes${who(i)}`,
        color: "metric",
        dashed: i > 0,
        points: moments.map((moment) => ({ x: moment.images, y: moment[weights].covered })),
      })),
      band: bandOf(recording),
      reach: { min: 0, max: most },
    },
    {
      title: "D scores",
      subtitle: "Of reals and fakes; they overlap where G fools D",
      lines: [...statistic("scoreReal", "reals", "real"), ...statistic("scoreFake", "fakes", "g")],
    },
    {
      title: "Losses",
      subtitle: "G and D losses are a contest, not a score",
      lines: [...statistic("lossD", "D", "d"), ...statistic("lossG", "G", "g")],
    },
  ];
}

function bandOf(recording: Recording): { x: number; low: number; high: number }[] {
  const band: { x: number; low: number; high: number }[] = [];
  for (const moment of recording.arms[0]!.moments) {
    const { low, high } = rulerOf(recording, moment).band.covered;
    const last = band.at(-1);
    if (last?.low !== low || last.high !== high) band.push({ x: moment.images, low, high });
  }
  return band;
}

/** The value of a line at `x` images: at its nearest point. */
export function valueAt({ points }: LabLine, x: number): number | undefined {
  let best: Point | undefined;
  for (const point of points) if (!best || Math.abs(point.x - x) < Math.abs(best.x - x)) best = point;
  return best?.y;
}

/** Lowest and highest finite value of a chart. */
export function extent({ lines, reach, band = [] }: LabChart): { min: number; max: number } {
  const values = lines
    .flatMap(({ points }) => points.map(({ y }) => y))
    .concat(
      band.flatMap(({ low, high }) => [low, high]),
      reach ? [reach.min, reach.max] : [],
    )
    .filter(Number.isFinite);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  if (values.length === 0) return { min: 0, max: 1 };
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
