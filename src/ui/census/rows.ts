// The numbers of a census in words, each with what real data scores.

import type { Census } from "../../worker/protocol.ts";
import { measure } from "../charts/numbers.ts";

type Name = "covered" | "strict" | "effective" | "rejects" | "kl" | "distance";

export interface Row {
  name: Name;
  label: string;
  help: string;
}

/** The rows of the table, for a census of so many modes. */
export const rowsOf = ({ modes }: Census): Row[] => [
  { name: "covered", label: `Modes covered, of ${modes}`, help: "Modes with at least one sample." },
  {
    name: "strict",
    label: `Strictly covered, of ${modes}`,
    help: "Modes with at least a quarter of their fair share of all samples.",
  },
  { name: "effective", label: "Effective modes", help: "exp of the entropy of the accepted samples." },
  { name: "rejects", label: "Rejects", help: "Samples that look like no mode." },
  { name: "kl", label: "KL(model‖data), nats", help: "Of accepted samples; biased upwards at few samples." },
  { name: "distance", label: "Distance, reals = 1", help: "Mean distance of two samples in pixels." },
];

const text = (name: Name, value: number): string =>
  name === "effective" ? value.toFixed(1) : name === "distance" ? value.toFixed(2) : measure(value);

/** A number of a census, marked where it lies below or above that of real data. */
export function numberOf(census: Census, { name }: Row): { text: string; mark: "" | "▾" | "▴" | "–" } {
  const value = census[name];
  if (value === null) return { text: "undefined", mark: "–" };
  const { low, high } = census.band[name];
  return { text: text(name, value), mark: value < low ? "▾" : value > high ? "▴" : "" };
}

/** What real data scores. */
export function realOf({ band }: Census, { name }: Row): string {
  const [low, high] = [text(name, band[name].low), text(name, band[name].high)];
  return low === high ? low : `${low} to ${high}`;
}

/** One cell of the heat map. */
export interface Cell {
  name: string;
  count: number;
  /** Of the fair share, in [0,1]; more than that is 1. */
  fill: number;
}

/** Cells in rows of the first factor, or in one row where there is no other; merged modes have several cells of one count. */
export function cellsOf({
  layout,
  names,
  counts,
  modes,
  samples,
}: Pick<Census, "layout" | "names" | "counts" | "modes" | "samples">): { row: string; cells: Cell[] }[] {
  const [first, ...rest] = layout.factors;
  if (!first) return [];
  const columns = (rest.length > 0 ? rest : [first]).reduce(
    (product, { values }) => product * values.length,
    1,
  );
  const fair = samples / modes;
  const rows = rest.length > 0 ? first.values : [first.name];
  return rows.map((row, i) => ({
    row,
    cells: layout.places.slice(i * columns, (i + 1) * columns).map((place) => {
      const count = counts[place]!;
      return { name: names[place]!, count, fill: fair > 0 ? Math.min(1, count / fair) : 0 };
    }),
  }));
}
