// Changes to come, as --at names them: images:key=value.

import { type PlannedFlip, splitChange } from "../../gan/settings/events.ts";
import { type Key, keys, parseSetting, rules } from "../../gan/settings/settings.ts";
import { Trouble } from "../../gan/errors.ts";

/** Settings that may change while a run goes on. */
const changeable = (): Key[] => keys.filter((key) => rules[key].when !== "start");

/**
 * A change to come, from e.g. "8000:minibatchStddev=off".
 * @throws Trouble when it names no moment, no setting that may change then, or no value that the setting takes
 */
export function parseChange(text: string): PlannedFlip {
  const parts = splitChange(text);
  if (!parts)
    throw new Trouble(
      `--at ${text} names no moment and change.`,
      "Write images:key=value, e.g. --at 8000:minibatchStddev=off.",
    );
  const { images, name, value } = parts;
  const { key, value: to } = parseSetting(name, value);
  if (rules[key].when === "start")
    throw new Trouble(
      `Setting ${key} can't change while a run goes on.`,
      `Set it at the start, with --set ${key}=${value}. These can change: ${changeable().join(", ")}.`,
    );
  return { images, key, to };
}

/**
 * Looks whether a run will come by the changes asked for.
 * @param begins images shown when the run begins, or goes on
 * @param ends images at which it ends, unless a change to "images" moves its end
 * @param others changes that will be made besides
 * @throws Trouble naming the first that comes too early or too late
 */
export function checkInReach(
  asked: readonly PlannedFlip[],
  begins: number,
  ends: number,
  others: readonly PlannedFlip[] = [],
): void {
  for (const change of [...others, ...asked].sort((a, b) => a.images - b.images)) {
    const { images, key, to } = change;
    if (asked.includes(change)) {
      if (images < begins)
        throw new Trouble(
          `--at ${images}:${key} comes too late: ${begins} images have been shown already.`,
          `Name ${begins} images or more, or an earlier checkpoint.`,
        );
      if (images > ends)
        throw new Trouble(
          `--at ${images}:${key} would never be made: the run ends at ${ends} images.`,
          `Name ${ends} images or fewer, or raise --images.`,
        );
    }
    if (key === "images") ends = Math.max(images, Number(to));
  }
}
