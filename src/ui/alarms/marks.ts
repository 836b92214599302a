// Alarms as marks on an axis of images shown: where each began and where it was over, under the label that its list has.

import type { Alarm } from "../../worker/protocol.ts";
import { shortTitle, spanOf } from "./words.ts";

/** The alarms of a run, in the order of their onsets. */
export interface AlarmsOf {
  /** "A" or "B"; "" where there is one run. */
  side: string;
  alarms: readonly Alarm[];
}

/** An alarm under the label that it has everywhere on the page: "2", or of twins "A2". */
export interface Labelled {
  id: string;
  label: string;
  side: string;
  alarm: Alarm;
}

/** Where an alarm began, or was over. */
export interface AlarmMark extends Labelled {
  images: number;
  over: boolean;
  /** What it is, in words. */
  text: string;
}

/** Marks, and what is done when one is activated: the cursor goes there, and its evidence is shown. */
export interface AlarmMarks {
  marks: readonly AlarmMark[];
  goTo: (mark: AlarmMark) => void;
}

/** Where marks stand along an axis of images shown. */
export interface MarkedAxis {
  /** What is marked, e.g. "Alarms on the timeline". */
  label: string;
  alarms: AlarmMarks;
  /** Images shown where the axis ends. */
  end: number;
  /** CSS pixels from the left at which `images` lie, along an axis `width` pixels wide; undefined if outside. */
  place: (images: number, width: number) => number | undefined;
}

/** Filled where it begins, hollow where it is over: no event has such a flag. */
export const glyphOf = ({ over }: Pick<AlarmMark, "over">): string => (over ? "◇" : "◆");

/** All alarms, in the order of their onsets. */
export function labelled(runs: readonly AlarmsOf[]): Labelled[] {
  return runs
    .flatMap(({ side, alarms }) =>
      alarms.map((alarm, i) => ({
        id: `${side} ${alarm.name} ${alarm.onset.step}`,
        label: `${side}${i + 1}`,
        side,
        alarm,
      })),
    )
    .sort((a, b) => a.alarm.onset.step - b.alarm.onset.step);
}

/** In the order of the axis. */
export function marksOf(runs: readonly AlarmsOf[]): AlarmMark[] {
  return labelled(runs)
    .flatMap((each): AlarmMark[] => {
      const { label, alarm } = each;
      const text = `larm ${label}: ${shortTitle(alarm)}, ${spanOf(alarm)}`;
      const onset = { ...each, images: alarm.onset.images, over: false, text: `A${text}` };
      if (alarm.ended === undefined) return [onset];
      return [onset, { ...each, images: alarm.ended, over: true, text: `End of a${text}` }];
    })
    .sort((a, b) => a.images - b.images);
}

/** Marks that would lie over each other, under one. */
export interface MarkGroup {
  /** CSS pixels from the left. */
  x: number;
  marks: readonly AlarmMark[];
}

/**
 * @param place of a mark, CSS pixels from the left; undefined where it is outside
 * @param apart pixels that groups have between them at least
 */
export function groupMarks(
  marks: readonly AlarmMark[],
  place: (images: number) => number | undefined,
  apart: number,
): MarkGroup[] {
  const groups: { x: number; marks: AlarmMark[] }[] = [];
  for (const mark of marks) {
    const x = place(mark.images);
    if (x === undefined) continue;
    const last = groups.at(-1);
    if (last && x - last.x < apart) last.marks.push(mark);
    else groups.push({ x, marks: [mark] });
  }
  return groups;
}
