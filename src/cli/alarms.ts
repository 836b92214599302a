// npm run alarms: how often the alarms sound in runs of an ablation, healthy and failing, and what bounds they should have.

import { Trouble } from "../gan/errors.ts";
import { type AlarmName, alarmNames, type Bounds } from "../metrics/alarms/rules.ts";
import { spreadOf } from "./ablate/summary.ts";
import { chooseBounds, chosenFor, measureRates } from "./alarms/calibrate.ts";
import { type AblationRun, readRuns } from "./alarms/runs.ts";
import { markdownOf } from "./alarms/table.ts";
import { countedWith } from "./alarms/thin.ts";
import { joined, type Measured, readWritten, type Seeds, write, type Written } from "./alarms/written.ts";
import { readCommandLine } from "./options.ts";

/** Of a census in the live page: rates are measured with as many too. */
const liveSamples = 512;

const options = {
  runs: { type: "string" },
  choose: { type: "string", default: "101-110" },
  measure: { type: "string", default: "111-120" },
  calibrate: { type: "boolean", default: false },
  write: { type: "boolean", default: false },
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
  const chosenOn = seedsIn("choose", values.choose);
  const { calibrate } = values;
  if (calibrate && values.write)
    throw new Trouble("--calibrate writes its rates anyway.", "Leave --write out.");
  if (calibrate && chosenOn.from <= measuredOn.to && measuredOn.from <= chosenOn.to)
    throw new Trouble(
      "Bounds would be measured on seeds that they were chosen on.",
      "Give --choose and --measure ranges that share no seed.",
    );
  const only = values.only === undefined ? undefined : alarmIn(values.only, calibrate);
  const runs = readRuns(values.runs);
  const measuring = runsAmong(runs, "measure", measuredOn);
  const before = calibrate && !only ? undefined : readWritten(values.out);
  if (values.write && JSON.stringify(measuredOn) !== JSON.stringify(before!.measuredOn))
    throw new Trouble(
      "Rates of other seeds than before would stand beside them.",
      "Leave --measure or --write out.",
    );
  const written = calibrate
    ? calibratedOn(runsAmong(runs, "choose", chosenOn), measuring, { chosenOn, measuredOn }, only, before)
    : { ...before!, measuredOn, measured: measure(measuring, before!.bounds) };
  const kept = values.write ? joined(before!.measured, written.measured, []) : written.measured;
  const keeps = calibrate || values.write;
  const made = `\`npm run alarms -- --runs ${values.runs} --measure ${values.measure}\``;
  process.stdout.write(markdownOf({ ...written, measured: kept }, keeps ? undefined : made));
  if (!keeps) return;
  const names = write(values.out, { ...written, measured: kept });
  process.stdout.write(`\nWritten to ${values.out}: ${names.join(", ")}.\n`);
}

/** Bounds from the runs of some seeds and their rates on others: of all alarms, or of one, the others being as they were. */
function calibratedOn(
  chosen: readonly AblationRun[],
  measured: readonly AblationRun[],
  seeds: Pick<Written, "chosenOn" | "measuredOn">,
  only: AlarmName | undefined,
  before: Written | undefined,
): Written {
  const fresh = chooseBounds(chosen);
  const basis = Object.fromEntries(
    alarmNames.filter((name) => fresh[name]).map((name) => [name, chosenFor(name, chosen)]),
  );
  if (!only || !before) return { bounds: fresh, chosen: basis, ...seeds, measured: measure(measured, fresh) };
  const bounds: Bounds = { ...before.bounds, [only]: fresh[only] };
  const rates = measure(measured, bounds).map((each) => {
    return { ...each, rates: each.rates.filter(({ name }) => name === only) };
  });
  return {
    bounds,
    chosen: { ...before.chosen, [only]: basis[only] },
    ...seeds,
    measured: joined(before.measured, rates, [only]),
  };
}

/** Rates with as many samples as runs were counted with, and with as many as the live page counts. */
function measure(runs: readonly AblationRun[], bounds: Bounds): Measured[] {
  const counts = new Set([...runs.map(({ samples }) => samples), liveSamples]);
  return [...counts]
    .sort((a, b) => b - a)
    .flatMap((samples) => {
      const own = countedWith(samples, runs);
      return own.length > 0 ? [{ samples, arms: armsOf(own), rates: measureRates(own, bounds) }] : [];
    });
}

function alarmIn(text: string, calibrates: boolean): AlarmName {
  const name = alarmNames.find((each) => each === text);
  if (!name) throw new Trouble(`There is no alarm "${text}".`, `Choose from ${alarmNames.join(", ")}.`);
  if (calibrates) return name;
  throw new Trouble("--only says what to calibrate.", "Add --calibrate, or leave --only out.");
}

/** @throws Trouble where no run has one of the seeds: tables of nothing would look like tables of no alarm */
function runsAmong(runs: readonly AblationRun[], option: string, { from, to }: Seeds): AblationRun[] {
  const found = runs.filter(({ seed }) => seed >= from && seed <= to);
  if (found.length > 0) return found;
  const seeds = runs.map(({ seed }) => seed);
  const [first, last] = [Math.min(...seeds), Math.max(...seeds)];
  throw new Trouble(
    `No run has a seed from ${from} to ${to}: theirs go from ${first} to ${last}.`,
    `Add --${option} ${first}-${last}, or a part of it.`,
  );
}

function armsOf(runs: readonly AblationRun[]): Measured["arms"] {
  return [...new Set(runs.map(({ arm }) => arm))].map((arm) => {
    const covered = runs.filter((run) => run.arm === arm).map((run) => run.covered);
    return { arm, covered: spreadOf(covered).median };
  });
}

function seedsIn(option: string, text: string): Seeds {
  const [, from, to] = /^(\d{1,10})-(\d{1,10})$/.exec(text) ?? [];
  if (from === undefined || Number(from) > Number(to))
    throw new Trouble(`--${option} can't be ${text}.`, "Give seeds as 101-110.");
  return { from: Number(from), to: Number(to) };
}

const help = `Measures how often the alarms sound in runs of an ablation: false alarms in healthy runs, and what is found in failing ones,
with as many samples a census as were counted, and with ${liveSamples} of them, as the live page counts

  npm run alarms -- --runs DIR/runs [options]

  --runs DIR       run folders that npm run ablate wrote
  --calibrate      choose the bounds anew, and write them with their rates
  --write          write the rates beside those that --out holds, of other arms and numbers of samples; bounds stay
  --only ALARM     with --calibrate: of this alarm alone, and keep what --out holds of the others
  --choose A-B     seeds that --calibrate chooses bounds on (default ${options.choose.default})
  --measure A-B    seeds that rates are measured on (default ${options.measure.default})
  --out DIR        where bounds and rates lie: calibration.json, rates.json and CALIBRATION.md (default ${options.out.default})
  --help           this text

Runs that are not finished are passed over, so it can be given while an ablation goes on.
`;
