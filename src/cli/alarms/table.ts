// The calibration of the alarms in Markdown: their bounds, their false alarms, and what they find in each arm.

import { sentenceOf } from "../../metrics/alarms/alarms.ts";
import { alarmNames, type Bound, fixed, rules } from "../../metrics/alarms/rules.ts";
import type { Share } from "../ablate/summary.ts";
import { falseAlarms, failingArms, healthyArms, madeUp, type Rate } from "./calibrate.ts";
import type { Measured, Seeds, Written } from "./written.ts";

type Source = Pick<Rate, "name" | "from"> & { bound: Bound };

/** The commands behind the tables that are kept. */
const usual =
  "`npm run alarms -- --runs out/ablate/runs --calibrate`; with `--only ALARM` for one alarm, with `--write` in the place of `--calibrate` for rates with the bounds there are";

/**
 * All tables, and the sentences that say what they are.
 * @param made the command that made them, in Markdown
 */
export function markdownOf(
  { bounds, chosenOn, chosen, measuredOn, measured }: Written,
  made: string = usual,
): string {
  const all = { ...bounds, ...fixed };
  const sources = alarmNames.flatMap((name) => {
    const own = Object.entries(all[name] ?? {}) as [Rate["from"], Bound][];
    return own.map(([from, bound]): Source => ({ name, from, bound }));
  });
  const missing = alarmNames.filter((name) => !all[name]);
  const healthy = healthyArms.map(([first]) => first).join(" and ");
  return [
    "# Calibration of the alarms",
    "",
    `Bounds are chosen on seeds ${seeds(chosenOn)}, half-way between the worst that any healthy run holds, or real data does, and the median of the failing arm that is nearest to it; all rates are of seeds ${seeds(measuredOn)}, which no bound has seen.`,
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
    `Runs that bounds were chosen on: ${alarmNames
      .flatMap((name) => (chosen[name] ? [`${name} ${armsOf(chosen[name])}`] : []))
      .join("; ")}.`,
    "",
    "## False alarms",
    "",
    `Runs of ${healthy} in which it sounds, each as far as it was taken, with Wilson's 95 % interval, by the samples of a census. Fewer samples than a run was counted with are some of them, drawn at random.`,
    "",
    ...table(
      ["alarm", "of", ...measured.map(({ samples }) => `${whole(samples)} samples`)],
      sources.map(({ name, from }) => [
        name,
        sourceNames[from],
        ...measured.map(({ rates }) => share(falseAlarms(rates, name, from))),
      ]),
    ),
    "",
    "## What sounds in each arm",
    "",
    "Runs in which it sounds of all runs whose censuses are enough for it to sound, and the median images from the last change, or the start, to its onset and to when it sounded. Censuses are 1,600 to 6,400 images apart, and onsets are no finer. An arm that changes a setting at its fork is judged from there on, with what it was before in view. An arm is what was set, not what became of it: under the arms stand the modes that the average of G covers at the end, median.",
    ...measured.flatMap((each) => [
      "",
      `### ${whole(each.samples)} samples a census`,
      "",
      ...inArms(each, sources),
    ]),
    "",
    `Made by ${made}.`,
    "",
  ].join("\n");
}

function inArms({ arms, rates }: Measured, sources: readonly Source[]): string[] {
  return table(
    ["alarm", "of", ...arms.map(({ arm, covered }) => `${arm} (${covered})`)],
    sources.map(({ name, from }) => [
      name,
      sourceNames[from],
      ...arms.map(({ arm }) =>
        cell(rates.find((rate) => rate.name === name && rate.from === from && rate.arm === arm)),
      ),
    ]),
  );
}

const armsOf = (list: readonly { arm: string; runs: number }[]): string =>
  list.map(({ arm, runs }) => `${arm} ${runs}`).join(", ");

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
  if (runs.of === 0) return "not judged";
  return `${runs.hits} of ${runs.of}${onset === undefined ? "" : `: ${whole(onset)}, ${whole(sounded!)}`}`;
};

const whole = (images: number): string => images.toLocaleString("en-GB");

const share = ({ hits, of, low, high }: Share): string =>
  of === 0 ? "not measured" : `${hits} of ${of} (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %)`;

/** Lines of a table with its columns in line. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
