// The figures of metrics side by side, with what reals score against reals, and why there are none.

import type { MeasuredFigure } from "../../worker/protocol.ts";
import { measure } from "../charts/numbers.ts";
import type { Measurement } from "./measures.svelte.ts";

/** A figure, and the same of each run; undefined where a run has none. */
export interface FigureRow {
  figure: MeasuredFigure;
  of: readonly (MeasuredFigure | undefined)[];
}

/** All figures that any run has, in the order in which they came. */
export function figuresOf(taken: readonly Pick<Measurement, "answers">[]): FigureRow[] {
  const each = taken.map(({ answers }) => answers.flatMap(({ figures }) => figures));
  const names = [...new Set(each.flat().map(({ name }) => name))];
  return names.map((name) => {
    const of = each.map((figures) => figures.find((figure) => figure.name === name));
    return { figure: of.find((figure) => figure !== undefined)!, of };
  });
}

/** Below or above what reals score against reals. */
export function markOf({ value, floor }: MeasuredFigure): "" | "▾" | "▴" {
  if (!floor) return "";
  return value < floor.low ? "▾" : value > floor.high ? "▴" : "";
}

/** Where reals against reals lie. */
export const floorOf = ({ floor }: MeasuredFigure): string =>
  floor ? `${measure(floor.low)} to ${measure(floor.high)}` : "not known";

/** Why metrics gave no figures, each reason once, with the side where there are two. */
export function troublesOf(taken: readonly ({ side: string } & Pick<Measurement, "answers">)[]): string[] {
  const said = taken.flatMap(({ side, answers }) =>
    answers.flatMap(({ trouble }) =>
      trouble ? [`${side ? `${side}: ` : ""}${trouble.message} ${trouble.remedy}`] : [],
    ),
  );
  return [...new Set(said)];
}
