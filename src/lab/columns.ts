// Statistics as columns of numbers, for a file that is small: to four significant digits.

import { type StatName, statNames, type StatsRow } from "../gan/statistics/stats.ts";
import type { Checks } from "./checks.ts";

const places = ["images", "step", "resolution", "alpha", "secPerStep"] as const;
const names: readonly StatName[] = [...statNames.D, ...statNames.G];
const parts = ["mean", "std", "n"] as const;

/** A column for each number of a row; null where it was not finite, or not measured. */
export type Columns = Record<string, (number | null)[]>;

export function toColumns(rows: readonly StatsRow[]): Columns {
  const columns: Columns = {};
  for (const place of places) columns[place] = rows.map((row) => shortened(row[place]));
  for (const name of names) {
    if (!rows.some(({ stats }) => stats[name])) continue;
    for (const part of parts)
      columns[`${name}.${part}`] = rows.map(({ stats }) =>
        shortened(stats[name]?.[part] ?? (part === "n" ? 0 : NaN)),
      );
  }
  return columns;
}

/** Rows back from columns. What a row did not measure it does not have; what was not finite is not a number. */
export function fromColumns(
  value: unknown,
  { list, record, refuse, whole }: Checks,
  most: number,
): StatsRow[] {
  const columns = record("rows", value);
  const images = list("rows.images", columns.images);
  if (images.length > most) refuse("rows", `${images.length} rows`, `at most ${most}`);
  const column = (name: string): number[] => {
    const values = list(`rows.${name}`, columns[name]);
    if (values.length !== images.length)
      refuse(`rows.${name}`, `${values.length} numbers`, `${images.length} of them`);
    return values.map((each) =>
      each === null ? NaN : typeof each === "number" ? each : refuse(`rows.${name}`, each, "a number"),
    );
  };
  const place = Object.fromEntries(places.map((name) => [name, column(name)]));
  const measured = names.filter((name) => `${name}.n` in columns);
  const stats = measured.map((name) => ({
    name,
    mean: column(`${name}.mean`),
    std: column(`${name}.std`),
    n: column(`${name}.n`),
  }));
  return images.map((_, i) => ({
    images: whole("rows.images", place.images![i]),
    step: whole("rows.step", place.step![i]),
    resolution: place.resolution![i]!,
    alpha: place.alpha![i]!,
    secPerStep: place.secPerStep![i]!,
    stats: Object.fromEntries(
      stats
        .filter(({ n }) => n[i]! > 0)
        .map(({ name, mean, std, n }) => [name, { mean: mean[i]!, std: std[i]!, n: n[i]! }]),
    ),
  }));
}

export function shortened(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}
