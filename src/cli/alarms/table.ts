// The calibration of the alarms in Markdown: their bounds, their false alarms, and what they find in each arm.

import { sentenceOf } from "../../metrics/alarms/alarms.ts";
import {
  type AlarmName,
  alarmNames,
  type Bound,
  type Bounds,
  fixed,
  rules,
} from "../../metrics/alarms/rules.ts";
import type { Share } from "../ablate/summary.ts";
import { falseAlarms, failingArms, healthyArms, madeUp, type Rate } from "./calibrate.ts";

export interface Seeds {
  from: number;
  to: number;
}

/** What a calibration rests on. */
export interface Basis {
  /** Undefined where bounds that were chosen before are measured. */
  chosenOn?: Seeds;
  measuredOn: Seeds;
  arms: readonly ArmRuns[];
  /** The same of alarms that were calibrated by themselves, on other runs. */
  apart?: Readonly<Partial<Record<AlarmName, readonly ArmRuns[]>>>;
}

/** Runs of an arm: those that bounds were chosen on, and those measured. */
interface ArmRuns {
  arm: string;
  chosen: number;
  measured: number;
  covered: number;
}

/** All tables, and the sentences that say what they are. */
export function markdownOf(
  bounds: Bounds,
  rates: readonly Rate[],
  { chosenOn, measuredOn, arms, apart = {} }: Basis,
): string {
  const all = { ...bounds, ...fixed };
  const sources = alarmNames.flatMap((name) => {
    const own = Object.entries(all[name] ?? {}) as [Rate["from"], Bound][];
    return own.map(([from, bound]) => ({ name, from, bound }));
  });
  const missing = alarmNames.filter((name) => !all[name]);
  const measured = arms.filter((arm) => arm.measured > 0);
  return [
    "# Calibration of the alarms",
    "",
    chosenOn
      ? `Bounds are chosen on seeds ${seeds(chosenOn)}, half-way between the worst that any run of ${healthyArms.join(" and ")} holds, or real data does, and the median of the failing arm that is nearest to it; all rates are of seeds ${seeds(measuredOn)}, which no bound has seen.`
      : `Bounds are those in the code; all rates are of seeds ${seeds(measuredOn)}.`,
    "",
    "## Bounds",
    "",
    ...table(
      ["alarm", "of", "sounds at", "ends at", "failing arms", "rule"],
      sources.map(({ name, from, bound }) => [
        name,
        sourceNames[from],
        `${side(name, true)} ${bound.on.toFixed(2)}`,
        `${side(name, false)} ${bound.off.toFixed(2)}`,
        failingArms[name]?.join(", ") ?? (name in madeUp ? "made up" : "–"),
        sentenceOf(rules[name], bound),
      ]),
    ),
    "",
    ...(missing.length > 0
      ? [
          `Without a bound, and therefore silent: ${missing.join(", ")}. No runs told failing from healthy.`,
          "",
        ]
      : []),
    `Made up, as no arm does so as a rule: ${Object.entries(madeUp)
      .map(([name, { by }]) => `${by} (${name})`)
      .join("; ")}.`,
    "",
    "## False alarms",
    "",
    `Runs of ${healthyArms.join(" and ")} in which it sounds, with Wilson's 95 % interval.`,
    "",
    ...table(
      ["alarm", "of", "false alarms"],
      sources.map(({ name, from }) => [name, sourceNames[from], share(falseAlarms(rates, name, from))]),
    ),
    "",
    "## What sounds in each arm",
    "",
    "Runs in which it sounds of all runs, and the median images from the last change, or the start, to its onset and to when it sounded. Censuses are 1,600 to 6,400 images apart, and onsets are no finer. An arm is what was set, not what became of it: under the arms stand the modes that the average of G covers at the end, median.",
    "",
    ...table(
      ["alarm", "of", ...measured.map(({ arm, covered }) => `${arm} (${covered})`)],
      sources.map(({ name, from }) => [
        name,
        sourceNames[from],
        ...measured.map(({ arm }) =>
          cell(rates.find((rate) => rate.name === name && rate.from === from && rate.arm === arm)),
        ),
      ]),
    ),
    "",
    "## Runs",
    "",
    ...table(
      ["arm", "bounds chosen on", "rates measured on"],
      arms.map(({ arm, chosen, measured }) => [arm, chosen, measured].map(String)),
    ),
    ...Object.entries(apart).flatMap(([name, runs]) => [
      "",
      `Of ${name} alone, by \`--only ${name}\`: ${runs.map(({ arm, chosen, measured }) => `${arm} ${chosen} and ${measured}`).join(", ")}.`,
    ]),
    "",
    `Made by \`npm run alarms -- --runs out/ablate/runs${chosenOn ? " --calibrate" : ""}\`.`,
    "",
  ].join("\n");
}

const sourceNames: Record<Rate["from"], string> = {
  average: "average of G",
  raw: "G itself",
  stats: "statistics",
};

const seeds = ({ from, to }: Seeds): string => `${from} to ${to}`;

function side(name: keyof typeof rules, on: boolean): string {
  return (rules[name].sounds === "below") === on ? "≤" : "≥";
}

const cell = (rate: Rate | undefined): string => {
  if (!rate) return "not measured";
  const { runs, onset, sounded } = rate;
  return `${runs.hits} of ${runs.of}${onset === undefined ? "" : `: ${whole(onset)}, ${whole(sounded!)}`}`;
};

const whole = (images: number): string => images.toLocaleString("en-GB");

const share = ({ hits, of, low, high }: Share): string =>
  `${hits} of ${of} (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %)`;

/** Lines of a table with its columns in line. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
