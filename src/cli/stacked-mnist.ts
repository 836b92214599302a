// npm run stacked-mnist: the paper's discrete mode test, from plain GAN to growing, with a D too small for its task.

import fs from "node:fs";
import path from "node:path";
import { openSource } from "../data/catalogue.ts";
import { Trouble } from "../gan/errors.ts";
import { openEngine } from "../gpu/openEngine.ts";
import { node } from "../gpu/node.ts";
import type { CensusTaker } from "../metrics/census/census.ts";
import { checkDigitWeights, createDigitReader } from "../metrics/census/digits.ts";
import { klBias } from "../metrics/census/expected.ts";
import { classifierPack } from "../metrics/census/open.ts";
import { createStackedReader } from "../metrics/census/stacked.ts";
import { tally } from "../metrics/census/tally.ts";
import { readSafetensors } from "../store/pgan/safetensors.ts";
import { engineChoices, engineOf, readCommandLine, wholeOf } from "./options.ts";
import { readPack } from "./readPack.ts";
import { type Column, columns, paperImages } from "./stacked/columns.ts";
import { layersOf, sizeOf } from "./stacked/networks.ts";
import { type Counts, differing, type Floor, type Result, tableOf } from "./stacked/table.ts";
import { fileOf, type Trial, trainTrial, writeWhole } from "./stacked/trial.ts";
import { openTaker } from "./takers.ts";
import { closing } from "./train.ts";

const R = 32;
const options = {
  columns: { type: "string", default: columns.map(({ name }) => name).join(",") },
  sizes: { type: "string", default: "4,2" },
  images: { type: "string", default: String(paperImages) },
  samples: { type: "string", default: "2560" },
  seeds: { type: "string", default: "1" },
  out: { type: "string", default: "out/stacked-mnist" },
  engine: { type: "string", default: "wasm" },
  "table-only": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

interface StackedArgs {
  columns: readonly Column[];
  sizes: readonly number[];
  images: number;
  samples: number;
  seeds: number;
  out: string;
  engine: (typeof engineChoices)[number];
  tableOnly: boolean;
}

/** Runs the command. */
export async function main(argv: string[]): Promise<void> {
  const args = parseStackedArgs(argv);
  if (!args) return void process.stdout.write(help);
  const { images, samples, out } = args;
  // Seed by seed, so that a command that is stopped has compared what it has.
  const trials = Array.from({ length: args.seeds }, (_, i) => i + 1).flatMap((seed) =>
    args.sizes.flatMap((K) => args.columns.map((column): Trial => ({ column, K, seed, images }))),
  );
  const todo = args.tableOnly ? [] : trials.filter((trial) => !fs.existsSync(fileOf(trial, samples, out)));
  const floorFile = path.join(out, "runs", `real-samples${samples}.json`);
  if (todo.length > 0 || !fs.existsSync(floorFile)) {
    const counters = await openCounters();
    writeWhole(floorFile, `${JSON.stringify(await floorOf(samples, counters))}\n`);
    if (todo.length > 0) await trainAll(todo, args, counters);
  }
  report(trials, args, JSON.parse(fs.readFileSync(floorFile, "utf8")) as Floor);
}

/** The two ways to count. */
interface Counters {
  taker: CensusTaker;
  countAll(images: Float32Array, count: number): Counts;
}

async function openCounters(): Promise<Counters> {
  const taker = await openTaker("stacked-mnist", await openSource("stacked-mnist", 0, readPack, R), R);
  const astray = taker.selfTest();
  if (astray !== undefined) throw new Error(`the census fails its own test: ${astray}`);
  return { taker, countAll: await paperCounter() };
}

async function trainAll(
  todo: readonly Trial[],
  { samples, out, engine: choice }: StackedArgs,
  counters: Counters,
): Promise<void> {
  const engine = await openEngine(choice, node);
  await closing(engine, async () => {
    for (const trial of todo) {
      const result = await resultOf(trial, samples, counters);
      writeWhole(fileOf(trial, samples, out), `${JSON.stringify(result)}\n`);
      const { paper, census, seconds, shown } = result;
      console.log(
        `${trial.column.label}, K/${trial.K}, seed ${trial.seed}: ${shown} images, ${paper.covered} modes by the paper's count, ${census.covered} by the census, ${census.rejects} of ${samples} rejects, ${seconds.toFixed(0)} s`,
      );
    }
  });
}

/** Trains one run and counts its modes in both ways. */
async function resultOf(trial: Trial, samples: number, { taker, countAll }: Counters): Promise<Result> {
  const { column, K, seed, images } = trial;
  const source = await openSource("stacked-mnist", seed, readPack, R);
  const { config, seconds, losses, fakes, untrained } = await trainTrial(trial, source, samples);
  const countBoth = (drawn: Float32Array) => {
    const { covered, kl, rejects } = taker.take(drawn, samples);
    return { paper: countAll(drawn, samples), census: { covered, kl, rejects } };
  };
  const { D, G } = layersOf({
    K,
    grows: config.from < config.to,
    minibatchStddev: config.minibatchStddev,
  });
  return {
    column: column.name,
    K,
    seed,
    images,
    shown: config.images,
    samples,
    ...countBoth(fakes),
    untrained: countBoth(untrained),
    seconds,
    losses,
    sizeD: sizeOf(D),
    sizeG: sizeOf(G),
  };
}

/** Counts as the paper does: each image for its likeliest digits, KL against uniform. */
async function paperCounter(): Promise<Counters["countAll"]> {
  const weights = checkDigitWeights(readSafetensors(await readPack(classifierPack)));
  const reader = createStackedReader(createDigitReader(weights, R, true));
  const uniform = new Array<number>(1_000).fill(1 / 1_000);
  return (images, count) => {
    const { covered, kl } = tally(reader.read(images, count), uniform);
    return { covered, kl };
  };
}

/** What as many real images score. */
async function floorOf(samples: number, { taker, countAll }: Counters): Promise<Floor> {
  const source = await openSource("stacked-mnist", 0, readPack, R);
  const size = R ** 2 * 3;
  const images = new Float32Array(samples * size);
  for (let n = 0; n < samples; n++) source.write(n, R, images, n * size);
  const { covered, kl, rejects } = taker.band(samples);
  const bias = klBias(samples, new Array<number>(1_000).fill(1 / 1_000));
  return { paper: countAll(images, samples), covered, kl, rejects, bias };
}

/** Writes the table of the runs that are finished. */
function report(trials: readonly Trial[], { samples, images, out }: StackedArgs, floor: Floor): void {
  const results = trials
    .map((trial) => fileOf(trial, samples, out))
    .filter((file) => fs.existsSync(file))
    .map((file) => JSON.parse(fs.readFileSync(file, "utf8")) as Result);
  if (results.length === 0)
    throw new Trouble(
      `No run with --images ${images} and --samples ${samples} is finished in ${out}.`,
      "Leave --table-only out, or name another folder with --out.",
    );
  const table = tableOf(results, floor, `npm run stacked-mnist -- --images ${images} --samples ${samples}`);
  writeWhole(path.join(out, "table.md"), table);
  process.stdout.write(`${table}\nWritten to ${path.join(out, "table.md")}\n`);
}

/**
 * Reads the command line of npm run stacked-mnist.
 * @returns undefined when help was asked for
 * @throws Trouble naming the first thing that is wrong
 */
export function parseStackedArgs(argv: string[]): StackedArgs | undefined {
  const { values } = readCommandLine("stacked-mnist", argv, options);
  if (values.help) return undefined;
  const engine = engineOf(values.engine);
  return {
    columns: values.columns.split(",").map((word) => {
      const column = columns.find(({ name }) => name === word);
      if (column) return column;
      throw new Trouble(
        `There is no column "${word}".`,
        `Choose among ${columns.map(({ name }) => name).join(",")}.`,
      );
    }),
    sizes: values.sizes.split(",").map((size) => wholeOf("sizes", size, 1, 8)),
    images: wholeOf("images", values.images, 1, 10 * paperImages),
    samples: wholeOf("samples", values.samples, 1, 100_000),
    seeds: wholeOf("seeds", values.seeds, 1, 1_000),
    out: values.out,
    engine,
    tableOnly: values["table-only"],
  };
}

const help = `The discrete mode test of the PGGAN paper: how many of 1,000 modes of stacked MNIST a generator makes whose D is too small

  npm run stacked-mnist -- [options]

  --columns LIST   of ${columns.map(({ name }) => name).join(",")} (default all)
  --sizes LIST     K of the discriminators K/4 and K/2: their feature maps are divided by it (default ${options.sizes.default})
  --images N       shown by each run; those that grow show half as many again (default ${options.images.default}, the paper's)
  --samples N      drawn for the counts (default ${options.samples.default}; 25600 in the paper)
  --seeds N        seeds 1 to N of each (default ${options.seeds.default}; 8 in the paper)
  --out DIR        folder for results and the table (default ${options.out.default})
  --engine NAME    ${engineChoices.join(", ")} (default ${options.engine.default})
  --table-only     make the table of the runs that are finished
  --help           this text

A finished run has a file in DIR/runs and is not made again, so a command that was stopped can be given again; a run that was
broken off begins anew. The paper's number of images takes days on a CPU: give fewer, and the table says how many.

What differs from the paper: ${differing}
`;
