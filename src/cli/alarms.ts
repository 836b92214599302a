// npm run alarms: how often the alarms sound in runs of an ablation, healthy and failing, and what bounds they should have.

import fs from "node:fs";
import path from "node:path";
import { Trouble } from "../gan/errors.ts";
import { type AlarmName, alarmNames, type Bounds, calibrated } from "../metrics/alarms/rules.ts";
import { spreadOf } from "./ablate/summary.ts";
import { chooseBounds, falseAlarmsOf, measureRates, type Rate } from "./alarms/calibrate.ts";
import { type AblationRun, readRuns } from "./alarms/runs.ts";
import { type Basis, markdownOf, type Seeds } from "./alarms/table.ts";
import { readCommandLine } from "./options.ts";

const options = {
  runs: { type: "string" },
  choose: { type: "string", default: "101-110" },
  measure: { type: "string", default: "111-120" },
  calibrate: { type: "boolean", default: false },
  only: { type: "string" },
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
  const fresh = values.calibrate ? chooseBounds(chosen) : calibrated;
  const found = { bounds: fresh, rates: measureRates(measured, fresh) };
  const all = { chosenOn, measuredOn, arms: armsOf(chosen, measured) };
  const only = values.only === undefined ? undefined : alarmIn(values.only, values.calibrate);
  const { bounds, rates, basis } = only
    ? withOne(readWritten(values.out), only, found, all)
    : { ...found, basis: all };
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

/** What --calibrate wrote. */
interface Written {
  bounds: Bounds;
  rates: readonly Rate[];
  basis: Basis;
}

function readWritten(folder: string): Written {
  const read = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  const { bounds } = read("calibration.json") as Pick<Written, "bounds">;
  const { rates, ...basis } = read("rates.json") as Basis & Pick<Written, "rates">;
  return { bounds, rates, basis };
}

/** A calibration with the bounds and rates of one alarm made anew, which may rest on fewer arms. */
function withOne(
  { bounds, rates, basis }: Written,
  name: AlarmName,
  found: Pick<Written, "bounds" | "rates">,
  { arms }: Basis,
): Written {
  const others = rates.filter((rate) => rate.name !== name);
  return {
    bounds: { ...bounds, [name]: found.bounds[name] },
    rates: [...others, ...found.rates.filter((rate) => rate.name === name)],
    basis: { ...basis, apart: { ...basis.apart, [name]: arms } },
  };
}

function alarmIn(text: string, calibrates: boolean): AlarmName {
  const name = alarmNames.find((each) => each === text);
  if (!name) throw new Trouble(`There is no alarm "${text}".`, `Choose from ${alarmNames.join(", ")}.`);
  if (calibrates) return name;
  throw new Trouble("--only says what to calibrate.", "Add --calibrate, or leave --only out.");
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
  --only ALARM     with --calibrate: of this alarm alone, and keep what --out holds of the others
  --choose A-B     seeds that --calibrate chooses bounds on (default ${options.choose.default})
  --measure A-B    seeds that rates are measured on (default ${options.measure.default})
  --out DIR        where --calibrate writes calibration.json, rates.json and CALIBRATION.md (default ${options.out.default})
  --help           this text

Runs that are not finished are passed over, so it can be given while an ablation goes on.
`;
