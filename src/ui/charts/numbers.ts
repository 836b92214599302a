// How measurements are written on charts and in their summaries.

import { count } from "../words/format.ts";

/** A count with its noun, e.g. "1 step", "12 400 steps". */
export const counted = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, useGrouping: false });

/** A measurement to three digits, with a true minus sign, e.g. "−1.23", "0.00431", "4.5e−7". */
export function measure(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "not a number" : x > 0 ? "infinite" : "−infinite";
  const size = Math.abs(x);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e6)
      ? x.toExponential(1).replace("e+", "e")
      : size >= 1000
        ? count(x)
        : three.format(x);
  return text.replaceAll("-", "−");
}
