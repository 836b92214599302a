// From the moments of a run to its alarms: what went wrong, since when, after which change, and by which numbers.

import type { FlipEvent } from "../../gan/settings/events.ts";
import type { Look, Reading } from "./measures.ts";
import type { Moment, Range, Weights } from "./moments.ts";
import {
  type AlarmName,
  alarmNames,
  type Bound,
  type Bounds,
  calibrated,
  falseAlarmsAt,
  type Frequency,
  type Rule,
  rules,
} from "./rules.ts";

export interface Alarm {
  name: AlarmName;
  title: string;
  /** When alarms of this name sound, with their bounds. */
  rule: string;
  /** The first of the moments that made it sound. */
  onset: { images: number; step: number };
  /** Images at the last moment before, at which all was well; undefined where none was judged. */
  well?: number;
  /** Images when it sounded: by then enough moments in a row had told. */
  sounded: number;
  /** Images since when it is over; undefined while it is on. */
  ended?: number;
  /** The last change before the onset. */
  lastEvent?: FlipEvent;
  /** How often it sounds in healthy runs, as measured; undefined where it was not. */
  falseAlarms?: Frequency;
  /** What made it sound, then its worst moment if that is another. */
  evidence: readonly Evidence[];
}

/** A number that crossed a bound. */
export interface Evidence {
  images: number;
  step: number;
  measured: string;
  value: number;
  /** It sounds at this and beyond. */
  bound: number;
  /** Of which G, for what a census measured, and on how many samples. */
  weights?: Weights;
  samples?: number;
  /** What as many real samples score. */
  real?: Range;
  /** What the run itself has held before, where that is what counts. */
  held?: number;
}

/** A reading in its place. */
export interface Judged extends Reading {
  images: number;
  step: number;
}

/** Alarms of a run in the order of their onsets. Moments are in the order of steps; what one doesn't hold is passed over. */
export function findAlarms(
  moments: readonly Moment[],
  events: readonly FlipEvent[] = [],
  bounds: Bounds = calibrated,
): Alarm[] {
  return alarmNames
    .flatMap((name) => alarmsNamed(name, moments, events, bounds))
    .sort((a, b) => a.onset.step - b.onset.step);
}

/**
 * Which G an alarm looks at: the one that was counted last; where both were, the one it is made for. A page counts the G
 * that it shows: alarms of the other would stay as they were for ever.
 */
export function lookedAt({ from }: Rule, moments: readonly Moment[]): Weights | "stats" {
  if (from === "stats") return from;
  const last = moments.findLast(({ average, raw }) => average ?? raw);
  const other = from === "average" ? "raw" : "average";
  return last && !last[from] ? other : from;
}

/** All that an alarm's measure says of a run. */
export function readingsOf(
  { measure }: Rule,
  moments: readonly Moment[],
  from: Weights | "stats",
  accepted: number,
): Judged[] {
  const look: Look = { weights: from === "stats" ? "average" : from, accepted };
  return measure(moments, look).flatMap((reading, at) => {
    const { images, step } = moments[at]!;
    return reading ? [{ images, step, ...reading }] : [];
  });
}

function alarmsNamed(
  name: AlarmName,
  moments: readonly Moment[],
  events: readonly FlipEvent[],
  bounds: Bounds,
): Alarm[] {
  const rule = rules[name];
  const from = lookedAt(rule, moments);
  const bound = bounds[name]?.[from];
  if (!bound) return [];
  const { title, measured } = rule;
  return spells(readingsOf(rule, moments, from, bound.accepted), rule, bound).map(
    ({ readings, well, ended }) => {
      const onset = readings[0]!;
      const sounding = readings.slice(0, rule.moments);
      const worst = readings.reduce((a, b) => (isWorse(b, a, rule) ? b : a));
      const shown = sounding.includes(worst) ? sounding : [...sounding, worst];
      return {
        name,
        title,
        rule: sentenceOf(rule, bound),
        onset: { images: onset.images, step: onset.step },
        well: well?.images,
        sounded: sounding.at(-1)!.images,
        ended: ended?.images,
        lastEvent: events.findLast(({ step }) => step < onset.step),
        falseAlarms: falseAlarmsAt(name, from, onset.samples),
        evidence: shown.map(({ scale, chance, ...reading }) => ({
          ...reading,
          measured,
          bound: Math.min(bound.on * scale, chance ?? Infinity),
          weights: from === "stats" ? undefined : from,
        })),
      };
    },
  );
}

/** When an alarm sounds, with its bounds as numbers. */
export function sentenceOf({ rule }: Rule, { on, accepted }: Bound): string {
  return rule.replace("{on}", on.toFixed(2)).replace("{accepted}", `${Math.round(100 * accepted)} %`);
}

/** A stretch in which an alarm is on. */
interface Spell {
  /** From the onset up to where it ends. */
  readings: Judged[];
  /** The last one before. */
  well?: Judged;
  /** The first of those that ended it. */
  ended?: Judged;
}

/** Stretches from `moments` readings in a row beyond `on` to as many in a row back at `off`. */
function spells(judged: readonly Judged[], { sounds, moments }: Rule, { on, off }: Bound): Spell[] {
  const found: Spell[] = [];
  let spell: Spell | undefined;
  let row = 0; // readings in a row that speak for a change of state
  judged.forEach((reading, i) => {
    const { value, scale, chance = Infinity } = reading;
    const alarming = sounds === "below" ? value <= Math.min(on * scale, chance) : value >= on * scale;
    const healthy = sounds === "below" ? value >= Math.min(off * scale, chance) : value <= off * scale;
    row = (spell ? healthy : alarming) ? row + 1 : 0;
    spell?.readings.push(reading);
    if (row < moments) return;
    const first = i - moments + 1;
    row = 0;
    if (spell) {
      spell.ended = judged[first];
      spell.readings.splice(-moments);
      spell = undefined;
    } else {
      spell = { readings: judged.slice(first, i + 1), well: judged[first - 1] };
      found.push(spell);
    }
  });
  return found;
}

function isWorse(a: Reading, b: Reading, { sounds }: Rule): boolean {
  const [of, than] = [a.value / a.scale, b.value / b.scale];
  return sounds === "below" ? of < than : of > than;
}

/** The worst that readings come to and hold for as many moments as make the alarm sound; undefined where there are too few. */
export function worstHeld({ sounds, moments }: Rule, judged: readonly Judged[]): number | undefined {
  const ratios = judged.map(({ value, scale }) => value / scale);
  const held = ratios.slice(moments - 1).map((_, i) => {
    const row = ratios.slice(i, i + moments);
    return sounds === "below" ? Math.max(...row) : Math.min(...row);
  });
  if (held.length === 0) return undefined;
  return sounds === "below" ? Math.min(...held) : Math.max(...held);
}
