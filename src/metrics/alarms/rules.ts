// The alarms by name: what each says in one sentence, and the bounds that calibration found for it.

import calibration from "./calibration.json" with { type: "json" };
import {
  distance,
  distanceWithin,
  hoppingWindow,
  type Measure,
  modesAtOnce,
  modesCovered,
  modesLeft,
  notFinite,
  separation,
} from "./measures.ts";
import type { Weights } from "./moments.ts";

export const alarmNames = [
  "modes-dropping",
  "modes-lost",
  "collapse-within",
  "z-ignored",
  "mode-hopping",
  "d-too-strong",
  "divergence",
] as const;
export type AlarmName = (typeof alarmNames)[number];

export interface Rule {
  /** In plain words. */
  title: string;
  /** When it sounds; {on} stands for the bound. */
  rule: string;
  /** What is measured, as evidence is headed. */
  measured: string;
  measure: Measure;
  /** The side of the bound on which it sounds. */
  sounds: "below" | "above";
  /** Judged moments in a row that make it sound, and that end it: one noisy census is no alarm. */
  moments: number;
  /** Where its numbers come from, and, of a census, which G it looks at where there is a choice. */
  from: Weights | "stats";
}

export const rules: Readonly<Record<AlarmName, Rule>> = {
  "modes-dropping": {
    title: "Modes dropping: samples show fewer kinds than as many real images would",
    rule: "Two censuses in a row cover at most {on} of the modes that as many real samples as were accepted would cover; censuses that accept less than {accepted} of their samples are passed over.",
    measured: "modes covered",
    measure: modesCovered,
    sounds: "below",
    moments: 2,
    from: "average",
  },
  "modes-lost": {
    title: "Modes lost: kinds that this run made before are gone",
    rule: "Two censuses in a row cover at most {on} of the modes that this run has covered in two censuses in a row before, at this resolution, chance allowed for; censuses that accept less than {accepted} of their samples are passed over.",
    measured: "modes covered",
    measure: modesLeft,
    sounds: "below",
    moments: 2,
    from: "average",
  },
  "collapse-within": {
    title: "Collapse within a mode: samples of one kind look alike",
    rule: "In two censuses in a row, two samples of one mode differ at most {on} as much as two reals of one mode. The bound was chosen on digits: shapes of one kind hardly differ, and there it finds nothing.",
    measured: "distance of two samples of one mode, reals = 1",
    measure: distanceWithin,
    sounds: "below",
    moments: 2,
    from: "average",
  },
  "z-ignored": {
    title: "z ignored: nearly the same picture whatever z is",
    rule: "In two censuses in a row, two samples differ at most {on} as much as two reals.",
    measured: "distance of two samples, reals = 1",
    measure: distance,
    sounds: "below",
    moments: 2,
    from: "average",
  },
  "mode-hopping": {
    title: "Mode hopping: kinds take turns, few are made at any one time",
    rule: `The fullest of ${hoppingWindow} censuses in a row covers at most {on} of the modes that the ${hoppingWindow} cover together, chance allowed for; they must each accept at least {accepted} of their samples.`,
    measured: `most modes covered at once in ${hoppingWindow} censuses`,
    measure: modesAtOnce,
    sounds: "below",
    moments: 1,
    from: "raw",
  },
  "d-too-strong": {
    title: "D too strong: it tells fakes from reals with ease",
    rule: "In three rows of statistics in a row, the mean scores of reals and fakes lie at least {on} standard deviations apart.",
    measured: "D(real) − D(fake), in standard deviations",
    measure: separation,
    sounds: "above",
    moments: 3,
    from: "stats",
  },
  divergence: {
    title: "Divergence: numbers that are not finite",
    rule: "A statistic or a sample holds a number that is not finite, once.",
    measured: "statistics and samples that are not finite",
    measure: notFinite,
    sounds: "above",
    moments: 1,
    from: "stats",
  },
};

/** It sounds at `on` and beyond, and ends when it is back at `off` and before. */
export interface Bound {
  on: number;
  off: number;
  /** Share of the samples that must be of some mode before a lack of modes says anything. */
  accepted: number;
}

/** By where the numbers come from. What has no bound was not calibrated, and never sounds. */
export type Bounds = Readonly<
  Partial<Record<AlarmName, Readonly<Partial<Record<Weights | "stats", Bound>>>>>
>;

/** Bounds that need no calibration: one number that is not finite is one too many. */
export const fixed: Bounds = { divergence: { stats: { on: 1, off: 0, accepted: 0 } } };

/** Those that npm run alarms chose, as CALIBRATION.md tells, and the fixed ones. */
export const calibrated: Bounds = { ...(calibration.bounds as Bounds), ...fixed };

/**
 * What the runs have in common that bounds were chosen and rates were measured on (preset quick): elsewhere no rate is known.
 * With three steps of D for each of G, healthy runs hold a separation of scores that sounds as D too strong.
 */
export const calibratedOn = {
  config: {
    data: "shapes-16",
    from: 8,
    to: 8,
    batch: 16,
    latent: 32,
    channelsMax: 16,
    widthD: 1,
    stepsD: 1,
    loss: "logistic",
  },
  /** Images that the healthy runs were shown: the longer a run, the more chances there are for a false alarm. */
  images: 32_000,
  /** Of a census: those that rates are known for, and those that bounds were chosen with. */
  samples: calibration.falseAlarms.map(({ samples }) => samples),
  chosenWith: 1_024,
  /** How far censuses lay apart. */
  imagesApart: { from: 1_600, to: 6_400 },
  /** Of a row of statistics. */
  rowImages: 800,
} as const;

/** Healthy runs in which an alarm sounded, of how many, and the 95 % interval of that share. */
export interface Frequency {
  hits: number;
  of: number;
  low: number;
  high: number;
}

/** With so many samples a census. */
export interface FalseAlarms {
  samples: number;
  rates: Readonly<Partial<Record<AlarmName, Readonly<Partial<Record<Weights | "stats", Frequency>>>>>>;
}

/**
 * As npm run alarms measured it, on other seeds than the bounds were chosen on.
 * @param samples of the census; undefined for an alarm that looks at none
 */
export function falseAlarmsAt(
  name: AlarmName,
  from: Weights | "stats",
  samples: number | undefined,
): Frequency | undefined {
  const all: readonly FalseAlarms[] = calibration.falseAlarms;
  return all.find((each) => samples === undefined || each.samples === samples)?.rates[name]?.[from];
}
