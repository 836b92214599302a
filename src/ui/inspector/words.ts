// What was found out about samples, in words.

import type { FoundOf } from "./inspection.svelte.ts";
import type { Birthday, ModeOf, Seen, Side } from "../../worker/protocol.ts";
import { measure } from "../charts/numbers.ts";
import { count, images as imagesText } from "../words/format.ts";

/** Cells are counted from 1 where people read them. */
export const cellName = (cell: number, side?: Side): string => `Fake ${cell + 1}${side ? ` of ${side}` : ""}`;

const weightsNames = { average: "EMA of G", raw: "raw G" } as const;

/** Which G of which moment was looked at, e.g. "EMA of G at 12 800 images, step 800". */
export const seenWords = ({ weights, images, step }: Seen): string =>
  `${weightsNames[weights]} at ${imagesText(images)}, step ${count(step)}`;

/** What weights of the past are, and whether they are shown to be those that were. */
export function pastWords({ asKept }: FoundOf<"sample">): string {
  const made = "These are its weights, kept or made again by the same steps";
  if (asKept === undefined) return `${made}.`;
  if (asKept) return `${made}: they draw the very picture that the grid has.`;
  return (
    "These weights were made again by the same steps, but draw another picture than the grid has: " +
    "it comes from another engine, device or version."
  );
}

const reasons = {
  stray: "like no mode",
  blend: "a blend of two modes",
  brightness: "too dim or too bright",
  broken: "not finite",
} as const;

/** A mode in a word or two, e.g. "red square", "rejected: a blend of two modes". */
export function modeShort(mode: ModeOf): string {
  if ("untold" in mode) return "not known";
  return mode.rejected ? `rejected: ${reasons[mode.rejected]}` : mode.mode!;
}

/** The same with how near the image comes to which mode, and up to where it would be counted for it. */
export function modeLong(mode: ModeOf): string {
  if ("untold" in mode) return mode.untold;
  const { nearest } = mode;
  if (!nearest) return modeShort(mode);
  const [value, limit] = [measure(nearest.value), measure(nearest.limit)];
  const near =
    nearest.measure === "distance"
      ? `distance ${value} to ${nearest.mode}, accepted up to ${limit}`
      : `likelihood ${value} of ${nearest.mode}, accepted from ${limit}`;
  return `${modeShort(mode)} (${near})`;
}

/** "higher than 37 % of 1 024 reals" */
export const placeOf = ({ scoreBelow, searched }: FoundOf<"sample">): string =>
  `at or above ${Math.round(100 * scoreBelow)} % of ${count(searched)} reals`;

/** What a distance to the nearest real says, beside those of reals to one another. */
export function nearness(distance: number, typical: { nearer: number; low: number; probes: number }): string {
  if (distance === 0) return "It is a copy of a real, as far as this can tell.";
  if (distance < typical.low)
    return "Nearer than 19 of 20 reals are to another one: it may be learnt by heart.";
  return `${Math.round(100 * typical.nearer)} % of reals are nearer than that to another real: no sign of learning by heart.`;
}

/** What the closest pairs of a batch come to, e.g. "Fakes: 3 of 32 640 pairs are alike. …" */
export function birthdayWords(
  name: string,
  { samples, duplicates, even, support, atLeast }: Birthday,
): string {
  if (duplicates === 0)
    return (
      `${name}: no two of ${count(samples)} are alike. Of ${count(Math.round(atLeast!))} equally likely pictures or fewer, ` +
      "95 of 100 batches would hold two alike."
    );
  const pairs = count((samples * (samples - 1)) / 2);
  const alike = `${name}: ${count(duplicates)} of ${pairs} pairs ${duplicates === 1 ? "is" : "are"} alike`;
  if (support === 1) return `${alike}: it is one picture.`;
  return (
    `${alike}. An even chance of two alike takes ${count(even!)} samples, ` +
    `as of about ${count(Math.round(support!))} equally likely pictures.`
  );
}

/** When two are alike, and what that rule makes of reals. */
export function ruleWords({ by, radius, batches, samples }: FoundOf<"pairs">): string {
  const closer = `Alike: closer than ${measure(radius)}, `;
  if (by === "level")
    return (
      `${closer}one of 256 levels of brightness. Reals come as near to one another, so compare both numbers: ` +
      "what reals come to is what this rule can see."
    );
  return (
    `${closer}as no two reals are in ${count(batches)} ${batches === 1 ? "batch" : "batches"} of ${count(samples)}. ` +
    `Reals drawn once more would hold such a pair in 1 of ${count(batches + 1)} batches.`
  );
}
