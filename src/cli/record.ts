// npm run record: trains the arms of an experiment, and writes what the page needs to show them again.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { openSource } from "../data/catalogue.ts";
import { createBatches } from "../data/sampler.ts";
import { Trouble } from "../gan/errors.ts";
import { Run } from "../gan/run.ts";
import type { OpenEngine } from "../gpu/engine.ts";
import { openEngine } from "../gpu/openEngine.ts";
import { node } from "../gpu/node.ts";
import { type Maker, recordingName, stripNames } from "../lab/recording.ts";
import { readRecording } from "../lab/read.ts";
import { writeRecording } from "../lab/write.ts";
import { makerOf } from "../store/maker.ts";
import { resume, type Snapshot, takeSnapshot } from "../store/snapshot.ts";
import { readGrid } from "./ablate/grid.ts";
import { writeCards } from "./lab/cards.ts";
import { type Experiment, experimentOf, type Part } from "./lab/experiment.ts";
import {
  createCounter,
  type Density,
  type Last,
  type RecordedStretch,
  recordStretch,
} from "./lab/stretch.ts";
import { engineOf, readCommandLine } from "./options.ts";
import { readPack } from "./readPack.ts";
import { closing } from "./train.ts";

const help = `Records an experiment of one or two runs, for the page to play.

  npm run record -- --grid FILE --out public/lab/NAME [options]
  npm run record -- --cards public/lab

  --grid FILE      the experiment, as npm run ablate reads it (lab/grids)
  --arms A,B       names of the arms to record, one or two (default: the first two of its table)
  --out DIR        folder of the recording; the list of cards beside it is made anew
  --seed N         seed of the runs (default: the grid's first)
  --every IMAGES   images from one picture and census to the next (default: a 20th of the run, a 16th without a fork)
  --engine NAME    auto, webgpu, wasm (default wasm)
  --cards DIR      record nothing, and only make DIR/index.json anew: from each folder's card.json, and the tables that
                   npm run ablate left in lab/results
  --help           this text

Where both arms fork from one run, that is recorded once. Latents and samples of a census are those of npm run ablate.
`;

const options = {
  grid: { type: "string" },
  out: { type: "string" },
  arms: { type: "string" },
  seed: { type: "string" },
  every: { type: "string" },
  engine: { type: "string", default: "wasm" },
  cards: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

/** Runs the command. Bad input is refused with a Trouble before anything is trained. */
export async function main(argv: string[]): Promise<void> {
  const { values } = readCommandLine("record", argv, options);
  if (values.help) return void process.stdout.write(help);
  if (values.cards !== undefined) return writeCards(values.cards);
  if (values.grid === undefined || values.out === undefined)
    throw new Trouble("No experiment was named, or no folder.", "Give --grid FILE and --out DIR.");
  const { out } = values;
  const grid = readGrid(values.grid);
  const seed = values.seed === undefined ? grid.firstSeed : whole("seed", values.seed, 0);
  const experiment = experimentOf(grid, values.arms?.split(",") ?? [], seed);
  const { arms, trunk } = experiment;
  const total = Math.max(...arms.map(({ ends }) => ends));
  const density: Density = {
    every: whole("every", values.every ?? String(Math.ceil(total / (trunk ? 20 : 16))), 1),
    rowSteps: Math.max(1, Math.round(total / arms[0]!.config.batch / 128)),
    samples: grid.samples,
  };
  const engine = await openEngine(engineOf(values.engine), node);
  await closing(engine, () => recordAll(engine, experiment, density, out, argv));
  writeCards(path.dirname(path.resolve(out)));
}

async function recordAll(
  engine: OpenEngine,
  { arms, trunk }: Experiment,
  density: Density,
  out: string,
  argv: readonly string[],
): Promise<void> {
  const { data, seed, to } = arms[0]!.config;
  const source = await openSource(data, seed, readPack, to);
  const counter = createCounter(source, density.samples);
  const record = async ({ label, config, changes, ends }: Part, from?: Snapshot, last?: Last) => {
    console.log(`${label}, to ${ends} images`);
    const batches = createBatches(source, seed);
    const steps = engine.recordSteps?.();
    const run = from ? resume(from, source, batches, steps) : new Run(config, source, batches, [], steps);
    run.plan(changes);
    const stretch = await recordStretch(run, source, ends, density, counter, !from, last);
    return { label, config: { ...config, images: ends }, ...stretch };
  };
  let end: Snapshot | undefined;
  const shared =
    trunk && (await record(trunk, undefined, async (run) => void (end = await takeSnapshot(run))));
  const recorded = [];
  for (const arm of arms) recorded.push(await record(arm, end));

  const text = writeRecording({
    maker: makerHere(engine, argv),
    fork: end && { images: end.place.images, step: end.place.step },
    rulers: counter.rulers(),
    trunk: shared && withoutStrip(shared),
    arms: recorded.map(({ label, config, ...stretch }) => ({ label, config, ...withoutStrip(stretch) })),
  });
  readRecording(text); // what the page would refuse is not written
  fs.mkdirSync(out, { recursive: true });
  for (const file of [stripNames.trunk, ...stripNames.arms]) fs.rmSync(path.join(out, file), { force: true });
  fs.writeFileSync(path.join(out, recordingName), text);
  if (shared) fs.writeFileSync(path.join(out, stripNames.trunk), shared.strip);
  recorded.forEach(({ strip }, i) => fs.writeFileSync(path.join(out, stripNames.arms[i]!), strip));
}

const withoutStrip = ({ events, rows, moments }: RecordedStretch) => ({ events, rows, moments });

function makerHere(engine: OpenEngine, argv: readonly string[]): Maker {
  const { engine: name, device, agent, app } = makerOf(engine);
  const command = ["npm run record --", ...argv].join(" ");
  return { commit: commitHere(), command, engine: name, device, agent, app, date: new Date().toISOString() };
}

/** The commit of the sources in this folder, with a + where they were changed since. */
function commitHere(): string {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", stdio: "pipe" }).trim();
  try {
    const changed = git("status", "--porcelain", "--", "src", "package-lock.json") !== "";
    return `${git("rev-parse", "--short=12", "HEAD")}${changed ? "+" : ""}`;
  } catch {
    return "unknown";
  }
}

function whole(name: string, value: string, least: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number;
  throw new Trouble(
    `--${name} ${value} is no whole number of at least ${least}.`,
    `Give one, e.g. --${name} 1024.`,
  );
}
