// npm run alarms: how often the alarms sound in runs of an ablation, healthy and failing, and what bounds they should have.

import fs from "node:fs";
import path from "node:path";
import { Trouble } from "../gan/errors.ts";
import { calibrated } from "../metrics/alarms/rules.ts";
import { spreadOf } from "./ablate/summary.ts";
import { chooseBounds, falseAlarmsOf, measureRates } from "./alarms/calibrate.ts";
import { type AblationRun, readRuns } from "./alarms/runs.ts";
import { type Basis, markdownOf, type Seeds } from "./alarms/table.ts";
import { readCommandLine } from "./options.ts";

const options = {
  runs: { type: "string" },
  choose: { type: "string", default: "101-110" },
  measure: { type: "string", default: "111-120" },
  calibrate: { type: "boolean", default: false },
  out: { type: "string", default: "src/metrics/alarms" },
  help: { type: "boolean", default: false },
} as const;

/** Runs the command. */
export async function main(argv: string[]): Promise<void> {
  const { values } = readCommandLine("alarms", argv, options);
  if (values.help) return void process.stdout.write(help);
  if (values.runs === undefined)
    throw new Trouble("No runs were named.", "Add --runs DIR/runs, DIR being the --out of npm run ablate.");
  const measuredOn = seedsIn("measure", values.measure);
  const chosenOn = values.calibrate ? seedsIn("choose", values.choose) : undefined;
  if (chosenOn && chosenOn.from <= measuredOn.to && measuredOn.from <= chosenOn.to)
    throw new Trouble(
      "Bounds would be measured on seeds that they were chosen on.",
      "Give --choose and --measure ranges that share no seed.",
    );
  const runs = readRuns(values.runs);
  const among = ({ from, to }: Seeds) => runs.filter(({ seed }) => seed >= from && seed <= to);
  const [chosen, measured] = [chosenOn ? among(chosenOn) : [], among(measuredOn)];
  const bounds = values.calibrate ? chooseBounds(chosen) : calibrated;
  const rates = measureRates(measured, bounds);
  const basis = { chosenOn, measuredOn, arms: armsOf(chosen, measured) };
  const markdown = markdownOf(bounds, rates, basis);
  process.stdout.write(markdown);
  if (!values.calibrate) return;
  const write = (name: string, text: string) => fs.writeFileSync(path.join(values.out, name), text);
  const json = (content: object) => `${JSON.stringify(content, null, 2)}\n`;
  write("calibration.json", json({ bounds, falseAlarms: falseAlarmsOf(rates) }));
  write("rates.json", json({ ...basis, rates }));
  write("CALIBRATION.md", markdown);
  process.stdout.write(`\nWritten to ${values.out}: calibration.json, rates.json and CALIBRATION.md.\n`);
}

function armsOf(chosen: readonly AblationRun[], measured: readonly AblationRun[]): Basis["arms"] {
  return [...new Set([...chosen, ...measured].map(({ arm }) => arm))].map((arm) => {
    const own = measured.filter((run) => run.arm === arm);
    return {
      arm,
      chosen: chosen.filter((run) => run.arm === arm).length,
      measured: own.length,
      covered: own.length > 0 ? spreadOf(own.map(({ covered }) => covered)).median : 0,
    };
  });
}

function seedsIn(option: string, text: string): Seeds {
  const [, from, to] = /^(\d{1,10})-(\d{1,10})$/.exec(text) ?? [];
  if (from === undefined || Number(from) > Number(to))
    throw new Trouble(`--${option} can't be ${text}.`, "Give seeds as 101-110.");
  return { from: Number(from), to: Number(to) };
}

const help = `Measures how often the alarms sound in runs of an ablation: false alarms in healthy runs, and what is found in failing ones

  npm run alarms -- --runs DIR/runs [options]

  --runs DIR       run folders that npm run ablate wrote
  --calibrate      choose the bounds anew, and write them with their table
  --choose A-B     seeds that --calibrate chooses bounds on (default ${options.choose.default})
  --measure A-B    seeds that rates are measured on (default ${options.measure.default})
  --out DIR        where --calibrate writes calibration.json, rates.json and CALIBRATION.md (default ${options.out.default})
  --help           this text

Runs that are not finished are passed over, so it can be given while an ablation goes on.
`;
