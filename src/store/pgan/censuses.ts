// Censuses as a manifest keeps them, and as they are taken from one that nobody vouches for.

import { list, record, refuse, whole } from "../../gan/untrusted.ts";
import type { PastCensus } from "../history/censuses.ts";

/** More censuses than a run remembers, and modes than any data set has. */
const most = { censuses: 1_000, modes: 4_096 };

/** A census as JSON: how many samples each mode has stands in one line of text. */
export const keepCensus = ({ counts, ...census }: PastCensus) => ({ ...census, counts: counts.join(" ") });

/** @throws Trouble when they are none that a run could have left */
export function checkCensuses(value: unknown): PastCensus[] {
  const censuses = list("censuses", value);
  if (censuses.length > most.censuses) refuse("censuses", censuses.length, `at most ${most.censuses}`);
  return censuses.map((census, i) => checkCensus(`censuses[${i}]`, census));
}

function checkCensus(what: string, value: unknown): PastCensus {
  const { weights, resolution, counts, distance, within, rejected, band, ...census } = record(what, value);
  const count = (name: string) => whole(`${what}.${name}`, census[name]);
  const [samples, modes] = [count("samples"), count("modes")];
  const upTo = (name: string, limit: number) => {
    const number = count(name);
    return number <= limit ? number : refuse(`${what}.${name}`, number, `at most ${limit}`);
  };
  if (modes < 1 || modes > most.modes) refuse(`${what}.modes`, modes, `1 to ${most.modes}`);
  if (![4, 8, 16, 32, 64].includes(resolution as number)) refuse(`${what}.resolution`, resolution, "4 to 64");
  const ranges = record(`${what}.band`, band);
  const range = (name: string) => checkRange(`${what}.band.${name}`, ranges[name]);
  return {
    images: count("images"),
    step: count("step"),
    weights:
      weights === "average" || weights === "raw"
        ? weights
        : refuse(`${what}.weights`, weights, "average or raw"),
    resolution: resolution as number,
    samples,
    modes,
    covered: upTo("covered", modes),
    strict: upTo("strict", modes),
    rejects: upTo("rejects", samples),
    counts: checkCounts(`${what}.counts`, counts, modes),
    distance: ratio(`${what}.distance`, distance),
    within: ratio(`${what}.within`, within),
    rejected: { broken: whole(`${what}.rejected.broken`, record(`${what}.rejected`, rejected).broken) },
    band: { covered: range("covered"), distance: range("distance"), within: range("within") },
  };
}

function checkCounts(what: string, value: unknown, modes: number): number[] {
  if (typeof value !== "string" || value.length > 16 * modes || !/^\d+( \d+)*$/.test(value))
    refuse(what, value, `${modes} whole numbers`);
  const counts = (value as string).split(" ").map(Number);
  return counts.length === modes && counts.every(Number.isSafeInteger)
    ? counts
    : refuse(what, `${counts.length} numbers`, `${modes} whole numbers`);
}

/** null where it is not defined. */
function ratio(what: string, value: unknown): number | null {
  return value === null || (Number.isFinite(value) && (value as number) >= 0)
    ? (value as number | null)
    : refuse(what, value, "a number of at least 0, or null");
}

function checkRange(what: string, value: unknown): PastCensus["band"]["covered"] {
  const range = record(what, value);
  const [low, median, high] = ["low", "median", "high"].map((name) => range[name]);
  for (const number of [low, median, high])
    if (!Number.isFinite(number)) refuse(what, number, "finite numbers");
  return { low: low as number, median: median as number, high: high as number };
}
