// What a recording has to show at a moment: each run's last picture up to there, and its changes, numbered.

import {
  type AlarmMoment,
  type Arm,
  type Count,
  type FlipEvent,
  type PlacedMoment,
  type Recording,
  type Ruler,
  rulerOf,
  type Weights,
} from "../../worker/protocol.ts";
import { controls } from "../words/controls.ts";
import { count, settingValue } from "../words/format.ts";
import type { Stop } from "./player.svelte.ts";

/** A change, or the same one in both runs. Its number is the same everywhere on the page. */
export interface Mark {
  number: number;
  images: number;
  step: number;
  /** "A", "B", or "A and B"; "" where there is one run. */
  who: string;
  what: string;
}

/** Names of the runs, in their order. */
export const sides = ["A", "B"] as const;

/** "A" or "B"; "" where there is one run. */
export const sideOf = ({ arms }: Pick<Recording, "arms">, i: number): string =>
  arms.length > 1 ? sides[i]! : "";

/** All moments of all runs, each once. */
export function stopsOf({ arms }: Pick<Recording, "arms">): Stop[] {
  const stops = new Map<number, Stop>();
  for (const { moments } of arms) for (const { images, step } of moments) stops.set(images, { images, step });
  return [...stops.values()].sort((a, b) => a.images - b.images);
}

/** The last moment of a run up to `images`; its first where there is none. */
export function momentAt({ moments }: Pick<Arm, "moments">, images: number): PlacedMoment {
  return moments.findLast((moment) => moment.images <= images) ?? moments[0]!;
}

/** A moment as alarms look at it. */
export function alarmMomentOf({ images, step, average, raw }: PlacedMoment, ruler: Ruler): AlarmMoment {
  const { samples, resolution, band } = ruler;
  const of = ({ counts, distance }: Count) => ({ samples, resolution, counts, distance, band });
  return { images, step, average: of(average), raw: of(raw) };
}

/** The changes of all runs, those that both made at once told once. */
export function marksOf({ arms }: Pick<Recording, "arms">): Mark[] {
  const same = (a: FlipEvent, b: FlipEvent) => a.images === b.images && a.key === b.key && a.to === b.to;
  const all: { event: FlipEvent; by: number[] }[] = [];
  arms.forEach(({ events }, i) => {
    for (const event of events) {
      const known = all.find((each) => same(each.event, event));
      if (known) known.by.push(i);
      else all.push({ event, by: [i] });
    }
  });
  return all
    .sort((a, b) => a.event.images - b.event.images)
    .map(({ event: { images, step, key, from, to }, by }, i) => ({
      number: i + 1,
      images,
      step,
      who: arms.length === 1 ? "" : by.map((arm) => sides[arm]).join(" and "),
      what: `${controls[key].label} ${settingValue(from)} → ${settingValue(to)}`,
    }));
}

/** A moment in a sentence: "Step 1 900. A: 16 of 16 modes. B: 12 of 16 modes." */
export function tell(recording: Recording, images: number, weights: Weights): string {
  const moments = recording.arms.map((arm) => momentAt(arm, images));
  const counts = moments.map((moment, i) => {
    const who = moments.length > 1 ? `${sides[i]}: ` : "";
    return `${who}${count(moment[weights].covered)} of ${count(rulerOf(recording, moment).names.length)} modes.`;
  });
  return [`Step ${count(Math.max(...moments.map(({ step }) => step)))}.`, ...counts].join(" ");
}
