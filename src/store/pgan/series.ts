// The statistics of a run as columns of numbers: exact, small, and open to other tools.

import { Trouble } from "../../gan/errors.ts";
import { type StatName, statNames, type StatsRow } from "../../gan/statistics/stats.ts";
import type { PastCensus } from "../history/censuses.ts";
import { type NamedTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";

/** What is kept of a run's statistics. */
export interface Series {
  /** A row for each stretch that the charts show. */
  rows: readonly StatsRow[];
  /** A row for each tick. */
  ticks: readonly StatsRow[];
  /** The tick that is not full yet: at most one row. */
  open: readonly StatsRow[];
  /** Censuses of its samples: kept in the manifest, as other tools have no use for them. */
  censuses: readonly PastCensus[];
}

/** A moment of a run. */
type Until = Pick<StatsRow, "images" | "step">;

export const noSeries: Series = { rows: [], ticks: [], open: [], censuses: [] };

/** What is kept as tables. */
type Tables = Omit<Series, "censuses">;

const tables = ["rows", "ticks", "open"] as const;
const stats: readonly StatName[] = [...statNames.D, ...statNames.G];
const places = ["images", "step", "resolution", "alpha", "secPerStep"] as const;
const parts = ["mean", "std", "n"] as const;

/** More rows than any run keeps. */
const mostRows = 100_000;

/** Columns in the order in which they are written, each with what it takes of a row. */
const columns: readonly { name: string; of: (row: StatsRow) => number }[] = [
  ...places.map((place) => ({ name: place as string, of: (row: StatsRow) => row[place] })),
  ...stats.flatMap((stat) =>
    parts.map((part) => ({ name: `${stat}/${part}`, of: ({ stats }: StatsRow) => stats[stat]?.[part] ?? 0 })),
  ),
];

/** The series as a safetensors file of F64: "rows/lossD/mean" and so on, each a vector of a number a row. */
export function writeSeries(series: Tables): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, NamedTensor<Float64Array>>();
  for (const table of tables)
    for (const { name, of } of columns) {
      const values = Float64Array.from(series[table], of);
      tensors.set(`${table}/${name}`, { shape: [values.length], values });
    }
  return writeSafetensors(tensors);
}

/**
 * @param until where the run stands: no row can be of later
 * @throws Trouble when the file holds no series that a run could have left
 */
export function readSeries(file: Uint8Array, until: Until): Tables {
  const tensors = readSafetensors(file, "F64");
  if (tensors.size !== tables.length * columns.length) throw damaged("it has other columns");
  const [rows, ticks, open] = tables.map((table) => readTable(tensors, table, until));
  if (open!.length > 1) throw damaged("more than one tick in it is not full");
  return { rows: rows!, ticks: ticks!, open: open! };
}

function readTable(
  tensors: ReadonlyMap<string, NamedTensor<Float64Array>>,
  table: (typeof tables)[number],
  until: Until,
): StatsRow[] {
  const column = (name: string) => {
    const tensor = tensors.get(`${table}/${name}`);
    if (!tensor || tensor.shape.length !== 1) throw damaged(`column ${table}/${name} is missing`);
    return tensor.values;
  };
  const length = column("images").length;
  if (length > mostRows || columns.some(({ name }) => column(name).length !== length))
    throw damaged(`the columns of ${table} differ in length`);

  const [images, step, resolution, alpha, secPerStep] = places.map((place) => column(place)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const kept = stats.map((stat) => ({
    stat,
    mean: column(`${stat}/mean`),
    std: column(`${stat}/std`),
    n: column(`${stat}/n`),
  }));
  const rows: StatsRow[] = [];
  for (let i = 0; i < length; i++) {
    const row: StatsRow = {
      images: images[i]!,
      step: step[i]!,
      resolution: resolution[i]!,
      alpha: alpha[i]!,
      secPerStep: secPerStep[i]!,
      stats: {},
    };
    for (const { stat, mean, std, n } of kept)
      if (n[i] !== 0) row.stats[stat] = { mean: mean[i]!, std: std[i]!, n: n[i]! };
    checkRow(row, rows.at(-1), until);
    rows.push(row);
  }
  return rows;
}

function checkRow(row: StatsRow, before: StatsRow | undefined, until: Until): void {
  const { images, step, resolution, alpha, secPerStep } = row;
  const whole = [images, step, ...Object.values(row.stats).map(({ n }) => n)];
  if (!whole.every((number) => Number.isSafeInteger(number) && number >= 0))
    throw damaged("a count in it is not a whole number");
  const isLater = images > until.images || step > until.step;
  if (isLater || images < (before?.images ?? 0) || step < (before?.step ?? 0))
    throw damaged("its rows are not in the order of the run");
  if (![4, 8, 16, 32, 64].includes(resolution) || !(alpha >= 0 && alpha <= 1) || !(secPerStep >= 0))
    throw damaged("a row in it is of no stage of a run");
}

function damaged(why: string): Trouble {
  return new Trouble(`The statistics can't be read: ${why}.`, "Use another copy of the file.");
}
