// Alarms in words: since when, after which change, and by which numbers.

import { type Alarm, calibratedOn, type Config, type Evidence } from "../../worker/protocol.ts";
import { controls } from "../words/controls.ts";
import { count, images, settingValue } from "../words/format.ts";
import { measure } from "../charts/numbers.ts";

/** "since 9 600 images", "from 9 600 to 16 000 images"; where it began is known to lie after the last moment that was well. */
export function spanOf({ onset, well, ended }: Alarm): string {
  const span =
    ended === undefined ? `since ${images(onset.images)}` : `from ${count(onset.images)} to ${images(ended)}`;
  return well === undefined ? span : `${span} (still well at ${count(well)})`;
}

/** "after R1 γ 1 → 0 at 16 000 images", or that nothing had been changed. */
export function causeOf({ lastEvent }: Alarm): string {
  if (!lastEvent) return "No setting had been changed before.";
  const { key, from, to, images: at } = lastEvent;
  return `Last change before: ${controls[key].label} ${settingValue(from)} → ${settingValue(to)} at ${images(at)}.`;
}

/** "False in 0 of 20 healthy runs of 32 000 images (0 to 16 %)". @param holds whether the run is like those that it was measured on */
export function falseAlarmsOf({ falseAlarms }: Alarm, holds: boolean): string {
  if (!holds || !falseAlarms || falseAlarms.of === 0)
    return "How often it sounds in healthy runs like this one is not known.";
  const { hits, of, low, high } = falseAlarms;
  const percent = (share: number) => Math.round(100 * share);
  return `False in ${hits} of ${of} healthy runs of ${images(calibratedOn.images)} (95 % interval ${percent(low)} to ${percent(high)}\u00a0%).`;
}

/** What real data scores, "–" where there is no such thing or it is not known. */
export function realOf({ real }: Evidence): string {
  if (!real) return "–";
  const [low, high] = [measure(real.low), measure(real.high)];
  return low === high ? low : `${low} to ${high}`;
}

/** "Modes dropping" of its title. */
export const shortTitle = ({ title }: Pick<Alarm, "title">): string => title.split(":")[0]!;

/** What was measured against which bound where it began, e.g. "modes covered 8, bound 9.2; real data 16". */
export function measuredOf({ evidence }: Alarm): string {
  const [first] = evidence;
  const { measured, value, bound, samples, held } = first!;
  const before = held === undefined ? "" : `; held before ${measure(held)}`;
  const real = before + (first!.real ? `; real data ${realOf(first!)}` : "");
  const of = samples === undefined ? "" : ` (${count(samples)} samples)`;
  return `${measured[0]!.toUpperCase()}${measured.slice(1)}: ${measure(value)}, bound ${measure(bound)}${real}${of}.`;
}

/** What is said once when it sounds. */
export function newsOf(side: string, alarm: Alarm): string {
  const title = side ? `${side}: ${shortTitle(alarm)}` : shortTitle(alarm);
  return `Alarm. ${title}, since ${images(alarm.onset.images)}. ${causeOf(alarm)}`;
}

/** How a run is counted: samples of a census, images between two, and at the last. Each is undefined while it is not known. */
export interface Counted {
  samples?: number;
  apart?: number;
  shown?: number;
}

/** The same from its censuses: images between the last ones, median, as one that pauses is counted out of turn. */
export function countedAs(censuses: readonly { images: number; samples?: number }[]): Counted {
  const last = censuses.slice(-10).map(({ images }) => images);
  const gaps = last.slice(1).map((at, i) => at - last[i]!);
  gaps.sort((a, b) => a - b);
  return { samples: censuses.at(-1)?.samples, apart: gaps[gaps.length >> 1], shown: last.at(-1) };
}

/** How a run differs from those that alarms were calibrated on; nothing where it does not. */
export function unlikeCalibration(config: Config, { samples, apart, shown = 0 }: Counted): string[] {
  const { config: known, samples: knownSamples, imagesApart } = calibratedOn;
  const keys = Object.keys(known) as (keyof typeof known)[];
  const others = keys
    .filter((key) => config[key] !== known[key])
    .map((key) => `${controls[key].label} ${settingValue(config[key])}, not ${settingValue(known[key])}`);
  if (samples !== undefined && !knownSamples.includes(samples))
    others.push(`${count(samples)} samples a census, not ${counts(knownSamples)}`);
  if (apart !== undefined && (apart < imagesApart.from || apart > imagesApart.to))
    others.push(`censuses ${images(apart)} apart`);
  if (shown > calibratedOn.images) others.push(`more than ${images(calibratedOn.images)} shown`);
  return others;
}

/** What bounds and rates were measured on, and whether rates hold here. */
export function calibrationOf(
  configs: readonly Config[],
  counted: Counted,
): { text: string; holds: boolean } {
  const { config, samples, chosenWith, imagesApart } = calibratedOn;
  const base = `Bounds were chosen with ${count(chosenWith)} samples a census (collapse within a mode: with 512, on digits). How often alarms are false was measured with ${counts(samples)}, ${count(imagesApart.from)} to ${images(imagesApart.to)} apart, on ${config.data} at ${config.to} px (preset quick).`;
  const others = [...new Set(configs.flatMap((each) => unlikeCalibration(each, counted)))];
  if (others.length === 0) return { text: base, holds: true };
  const text = `${base} Here it is otherwise (${others.join("; ")}), so how often alarms are false here is not known.`;
  return { text, holds: false };
}

const counts = (samples: readonly number[]): string => samples.map((n) => count(n)).join(" and ");
