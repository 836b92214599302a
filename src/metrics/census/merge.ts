// Which modes count as one, as a resolution does not let them be told apart.

import type { Factor, ModeReader } from "./reader.ts";

/** Values of a factor are merged where more than this share of one's real images is taken for the other. */
const confused = 0.05;

/**
 * The place of each mode among those that are told apart. Merging goes by factor, so that what is left has factors too.
 * @param truth mode of each real image
 * @param labels what it was read as
 */
export function mergeConfused(
  { factors, modes }: Pick<ModeReader, "factors" | "modes">,
  truth: readonly number[],
  labels: readonly number[],
): number[] {
  const seen = factors.map(({ values }) => new Float64Array(values.length ** 2)); // [values,values] each
  truth.forEach((mode, i) => {
    if (labels[i]! < 0) return;
    const [is, read] = [valuesOf(mode, factors), valuesOf(labels[i]!, factors)];
    factors.forEach(({ values }, f) => seen[f]![is[f]! * values.length + read[f]!]!++);
  });
  const kinds = factors.map(({ values }, f) => mergedValues(seen[f]!, values.length));
  const places = new Map<string, number>();
  return modes.map((_, mode) => {
    const kind = valuesOf(mode, factors)
      .map((value, f) => kinds[f]![value])
      .join();
    if (!places.has(kind)) places.set(kind, places.size);
    return places.get(kind)!;
  });
}

/** The value of each factor that a mode has. */
function valuesOf(mode: number, factors: readonly Factor[]): number[] {
  const values: number[] = [];
  for (const { values: all } of [...factors].reverse()) {
    values.unshift(mode % all.length);
    mode = Math.floor(mode / all.length);
  }
  return values;
}

/** A number for each of `n` values; values that are taken for one another have the same. */
function mergedValues(seen: Float64Array, n: number): number[] {
  const kind = Array.from({ length: n }, (_, value) => value);
  for (let a = 0; a < n; a++) {
    const all = seen.subarray(a * n, (a + 1) * n).reduce((sum, count) => sum + count, 0);
    for (let b = 0; b < n; b++)
      if (a !== b && seen[a * n + b]! > confused * all) {
        const [from, to] = [Math.max(kind[a]!, kind[b]!), Math.min(kind[a]!, kind[b]!)];
        kind.forEach((k, value) => k === from && (kind[value] = to));
      }
  }
  return kind;
}
