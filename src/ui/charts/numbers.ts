// Numbers as people read them: thousands parted by a thin space, and no more digits than mean something.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Parts thousands by a narrow space that does not break, e.g. "793 600". */
const thin = (text: string) => text.replaceAll(",", "\u202f");

/** A count, e.g. "12 400". */
export const count = (n: number): string => thin(whole.format(n));

/** A count with its noun, e.g. "1 step", "12 400 steps". */
export const counted = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** A measurement to three digits, with a true minus sign, e.g. "−1.23", "0.00431", "4.5e−7". */
export function measure(x: number): string {
  if (Number.isNaN(x)) return "not a number";
  if (!Number.isFinite(x)) return x > 0 ? "infinite" : "−infinite";
  const size = Math.abs(x);
  const small = size !== 0 && size < 1e-3;
  const text = small || size >= 1e6 ? x.toExponential(1) : thin(digits(size).format(x));
  return text.replace("e+", "e").replaceAll("-", "−");
}

const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const digits = (size: number) => (size >= 1000 ? whole : three);

/** A resolution, e.g. "16×16". */
export const square = (resolution: number): string => `${resolution}×${resolution}`;
