// A census, live or recorded, as it is shown: its numbers in words, each with what real data scores, and its modes in cells.

import {
  type Census,
  type Count,
  effectiveModes,
  type PastCensus,
  type Ruler,
} from "../../worker/protocol.ts";
import { measure } from "../charts/numbers.ts";

type Name = "covered" | "strict" | "effective" | "rejects" | "kl" | "distance";
type Range = Census["band"][Name];

/** What is shown of a census, whoever has taken it. */
export interface Taken extends Pick<
  Census,
  "samples" | "resolution" | "modes" | "names" | "counts" | "layout" | Exclude<Name, "kl">
> {
  /** Of a census of the past it is not kept. */
  kl?: Census["kl"];
  band: Readonly<Record<Name, Range>> & { draws: number };
}

/** A census of a recording: what it counted, and what that was counted by. */
export const takenOf = (
  { covered, strict, effective, rejects, kl, distance, counts }: Count,
  { samples, resolution, names, factors, places, band, draws }: Ruler,
): Taken => ({
  ...{ covered, strict, effective, rejects, kl, distance, counts, samples, resolution, names },
  modes: names.length,
  layout: { factors, places },
  band: { ...band, draws },
});

/**
 * The last census up to a moment of a run's past, or nothing where there was none. What is the same each time is the latest one's.
 * @param images at that moment
 */
export function takenBy(
  images: number,
  past: readonly PastCensus[],
  { names, layout, band, weights }: Pick<Census, "names" | "layout" | "band"> & Pick<PastCensus, "weights">,
): (Taken & Pick<PastCensus, "images">) | undefined {
  const found = past.findLast((each) => each.images <= images && each.weights === weights);
  if (!found || found.modes !== names.length) return undefined; // at another resolution other modes are told apart
  const effective = effectiveModes(found.counts);
  return { ...found, effective, names, layout, band: { ...band, ...found.band } };
}

export interface Row {
  name: Name;
  label: string;
  help: string;
}

/** The rows of the table, for what a census of so many modes tells. */
export const rowsOf = (census: Pick<Taken, "modes" | "kl">): Row[] =>
  allRows(census.modes).filter(({ name }) => name !== "kl" || census.kl !== undefined);

const allRows = (modes: number): Row[] => [
  { name: "covered", label: `Modes covered, of ${modes}`, help: "Modes with at least one sample." },
  {
    name: "strict",
    label: `Strictly covered, of ${modes}`,
    help: "Modes with at least a quarter of their fair share of all samples.",
  },
  { name: "effective", label: "Effective modes", help: "exp of the entropy of the accepted samples." },
  { name: "rejects", label: "Rejects", help: "Share of the samples that look like no mode." },
  { name: "kl", label: "KL(model‖data), nats", help: "Of accepted samples; biased upwards at few samples." },
  { name: "distance", label: "Distance, reals = 1", help: "Mean distance of two samples in pixels." },
];

/** Whole percent, and one digit more where that would hide the difference to none. */
export const percent = (share: number): string => `${measure(Number((100 * share).toPrecision(2)))} %`;

const text = (name: Name, value: number, samples: number, digits = 2): string =>
  name === "rejects"
    ? percent(value / samples)
    : name === "effective"
      ? value.toFixed(1)
      : name === "distance" || name === "kl"
        ? value.toFixed(digits)
        : measure(value);

/** A number of a census, marked where it lies below or above that of real data. */
export function numberOf(census: Taken, { name }: Row): { text: string; mark: "" | "▾" | "▴" | "–" } {
  const value = census[name];
  if (value === null || value === undefined) return { text: "undefined", mark: "–" };
  const { low, high } = census.band[name];
  if (value >= low && value <= high) return { text: text(name, value, census.samples), mark: "" };
  // A number that is marked does not read like the one it lies beyond.
  const [mark, end] = value < low ? (["▾", low] as const) : (["▴", high] as const);
  const [near, far] = [2, 3].map((digits) => text(name, value, census.samples, digits));
  return { text: near === text(name, end, census.samples) ? far! : near!, mark };
}

/** What real data scores. */
export function realOf({ band, samples }: Taken, { name }: Row): string {
  const [low, high] = [text(name, band[name].low, samples), text(name, band[name].high, samples)];
  return low === high ? low : `${low}–${high}`;
}

/** "11 of 16 modes". */
export const coveredOf = ({ covered, modes }: Pick<Taken, "covered" | "modes">): string =>
  `${measure(covered)} of ${measure(modes)} modes`;

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
}: Pick<Taken, "layout" | "names" | "counts" | "modes" | "samples">): { row: string; cells: Cell[] }[] {
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
