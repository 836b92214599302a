// npm run census: counts the modes of a checkpoint's samples, beside what as many real images score.

import { writeFileSync } from "node:fs";
import { openSource } from "../data/catalogue.ts";
import { createBatches } from "../data/sampler.ts";
import { Trouble } from "../gan/errors.ts";
import { openEngine } from "../gpu/openEngine.ts";
import { node } from "../gpu/node.ts";
import type { Range } from "../metrics/census/band.ts";
import type { Census } from "../metrics/census/census.ts";
import { resume } from "../store/snapshot.ts";
import { drawFakes, type Weights } from "./fakes.ts";
import { engineChoices, engineOf, readCommandLine, wholeOf } from "./options.ts";
import { readPack } from "./readPack.ts";
import { readCheckpointFile } from "./train/resume.ts";
import { openTaker } from "./takers.ts";
import { closing } from "./train.ts";

interface CensusArgs {
  file: string;
  samples: number;
  weights: Weights;
  engine: (typeof engineChoices)[number];
  json?: string;
}

const options = {
  samples: { type: "string", default: "2560" },
  weights: { type: "string", default: "average" },
  engine: { type: "string", default: "auto" },
  json: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const mostSamples = 100_000;

/** Runs the command. */
export async function main(argv: string[]): Promise<void> {
  const args = parseCensusArgs(argv);
  if (!args) return void process.stdout.write(help);
  const checkpoint = await readCheckpointFile(args.file);
  const { config, images, step, resolution } = checkpoint.place;
  const source = await openSource(config.data, config.seed, readPack, config.to);
  const taker = await openTaker(config.data, source, resolution);
  const astray = taker.selfTest();
  if (astray !== undefined) throw new Error(`the census fails its own test: ${astray}`);

  const engine = await openEngine(args.engine, node);
  await closing(engine, async () => {
    const run = resume(checkpoint, source, createBatches(source, config.seed));
    try {
      const census = taker.take(await drawFakes(run, args.weights, args.samples), args.samples);
      const of = {
        file: args.file,
        data: config.data,
        seed: config.seed,
        images,
        step,
        weights: args.weights,
      };
      if (args.json !== undefined) writeJson(args.json, { ...of, ...census });
      const model = `${config.data} at ${resolution}×${resolution}, ${images} images, ${args.weights === "average" ? "average of G" : "G itself"}`;
      process.stdout.write(`${[model, ...report(census)].join("\n")}\n`);
    } finally {
      run.dispose();
    }
  });
}

/**
 * Reads the command line of npm run census.
 * @returns undefined when help was asked for
 * @throws Trouble naming the first thing that is wrong
 */
export function parseCensusArgs(argv: string[]): CensusArgs | undefined {
  const { values, positionals } = readCommandLine("census", argv, options, { allowPositionals: true });
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    throw new Trouble(
      file === undefined ? "No checkpoint was named." : `One checkpoint at a time: ${more[0]} is a second.`,
      "Write npm run census -- FILE.pgan.",
    );
  const samples = wholeOf("samples", values.samples, 1, mostSamples);
  const { weights, engine, json } = values;
  if (weights !== "average" && weights !== "raw")
    throw new Trouble(`--weights can't be ${weights}.`, "Give average or raw.");
  return { file, samples, weights, engine: engineOf(engine), json };
}

/** A census as lines of text, each number with what real data scores. */
function report(census: Census): string[] {
  const { samples, modes, covered, strict, effective, rejects, rejected, kl, klBias, distance } = census;
  const { within, band, errors, names, counts, notes } = census;
  const line = (what: string, value: string, range: Range, digits = 0) =>
    `${what.padEnd(30)}${value.padStart(9)}   real data ${inRange(range, digits)}`;
  // Of one image, or of none that share a mode, there is no distance: reals have none either then.
  const apart = (what: string, value: number | null, range: Range) =>
    range.high === 0
      ? `${what.padEnd(30)}undefined`
      : line(what, value === null ? "undefined" : value.toFixed(2), range, 2);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const reasons = Object.entries(rejected).filter(([, count]) => count > 0);
  const missing = names.filter((_, mode) => counts[mode] === 0);
  return [
    `${samples} samples; "real data": lowest to highest of ${band.draws} draws of ${samples} real images`,
    line("modes covered", `${covered} of ${modes}`, band.covered),
    line("with a quarter of fair share", `${strict} of ${modes}`, band.strict),
    line("effective modes", effective.toFixed(1), band.effective, 1),
    line("rejects", `${rejects}`, band.rejects),
    line("KL(model‖data)", kl === null ? "undefined" : kl.toFixed(3), band.kl, 3),
    `  of which bias                 ${klBias === null ? "undefined" : klBias.toFixed(3).padStart(8)}`,
    apart("distance relative to reals", distance, band.distance),
    apart("the same within a mode", within, band.within),
    ...(reasons.length > 0
      ? [`rejected: ${reasons.map(([reason, count]) => `${count} ${reasonWords[reason]}`).join(", ")}`]
      : []),
    ...(missing.length > 0 ? [`missing: ${listed(missing)}`] : []),
    `reader: ${percent(errors.realsRejected)} of ${errors.reals} reals rejected, ${percent(errors.realsMisread)} misread; ${percent(errors.blendsAccepted)} of ${errors.blends} even blends accepted`,
    ...notes.map(({ text }) => text),
  ];
}

/** The first of many. */
function listed(names: readonly string[], most = 16): string {
  const more = names.length - most;
  return names.slice(0, most).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

const reasonWords: Readonly<Record<string, string>> = {
  stray: "like no mode",
  blend: "blends of two modes",
  brightness: "too dim or too bright",
  broken: "not finite",
};

const inRange = ({ low, high }: Range, digits: number): string =>
  low === high ? low.toFixed(digits) : `${low.toFixed(digits)} to ${high.toFixed(digits)}`;

function writeJson(file: string, content: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(content, null, 1)}\n`);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Trouble(`${file} can't be written: ${message}.`, "Name another file with --json.", { cause });
  }
}

const help = `Counts the modes of what a checkpoint's generator makes, and says what as many real images would score

  npm run census -- FILE.pgan [options]

  --samples N       samples to draw, 1 to ${mostSamples} (default ${options.samples.default})
  --weights NAME    average (of G's past selves) or raw (default ${options.weights.default})
  --json FILE       write all numbers to a file as well
  --engine NAME     ${engineChoices.join(", ")} (default ${options.engine.default})
  --help            this text
`;
