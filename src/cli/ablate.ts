// npm run ablate: trains the arms of a grid with many seeds, and makes a table and a plot of what became of their modes.

import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { openSource } from "../data/catalogue.ts";
import { Trouble } from "../gan/errors.ts";
import { openEngine } from "../gpu/openEngine.ts";
import { node } from "../gpu/node.ts";
import type { CensusTaker } from "../metrics/census/census.ts";
import { type Arm, type Grid, readGrid } from "./ablate/grid.ts";
import { svgOf } from "./ablate/plot.ts";
import { summarise } from "./ablate/summary.ts";
import { markdownOf } from "./ablate/table.ts";
import { makeTrial, resultsOf, trialOf } from "./ablate/trial.ts";
import { engineChoices, engineOf, readCommandLine, wholeOf } from "./options.ts";
import { readPack } from "./readPack.ts";
import { openTaker } from "./takers.ts";
import { closing } from "./train.ts";

const options = {
  grid: { type: "string" },
  seeds: { type: "string", default: "20" },
  jobs: { type: "string", default: "1" },
  out: { type: "string", default: "out/ablate" },
  engine: { type: "string", default: "wasm" },
  seed: { type: "string" },
  "table-only": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

interface AblateArgs {
  file: string;
  seeds: number;
  jobs: number;
  out: string;
  engine: (typeof engineChoices)[number];
  /** Train this seed alone, and make no table: what a job does. */
  seed?: number;
  tableOnly: boolean;
}

/** Runs the command. */
export async function main(argv: string[]): Promise<void> {
  const args = parseAblateArgs(argv);
  if (!args) return void process.stdout.write(help);
  const grid = readGrid(args.file);
  if (args.seed !== undefined) return trainSeeds(grid, [args.seed], args);
  const seeds = Array.from({ length: args.seeds }, (_, i) => grid.firstSeed + i);
  if (!args.tableOnly) {
    if (args.jobs === 1) await trainSeeds(grid, seeds, args);
    else await shareOut(seeds, args);
  }
  report(grid, seeds, args);
}

/** Trains all arms with each seed, as far as they are not trained yet. */
async function trainSeeds(
  grid: Grid,
  seeds: readonly number[],
  { out, engine: choice }: AblateArgs,
): Promise<void> {
  const todo = seeds
    .flatMap((seed) => grid.arms.map((arm) => trialOf(grid, arm, seed, out)))
    .filter((trial) => !resultsOf(trial));
  if (todo.length === 0) return;
  const engine = await openEngine(choice, node);
  const takers = new Map<string, CensusTaker>();
  const takerFor = async ({ config: { data, seed, to } }: Arm) => {
    const known = takers.get(`${data} at ${to}`);
    if (known) return known;
    const taker = await openTaker(data, await openSource(data, seed, readPack, to), to);
    takers.set(`${data} at ${to}`, taker);
    return taker;
  };
  await closing(engine, async () => {
    for (const trial of todo) {
      const began = performance.now();
      const { arm, seed } = trial;
      await makeTrial(trial, grid.samples, engine, await takerFor(arm));
      const last = resultsOf(trial)!.at(-1)!;
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      console.log(
        `${arm.name} seed ${seed}: ${last.covered} of ${last.modes} modes, ${last.rejects} rejects at ${last.images} images, ${seconds} s`,
      );
    }
  });
}

/** Gives seeds to as many processes as are asked for, each a new one when it is done. */
async function shareOut(seeds: readonly number[], { jobs, file, out, engine }: AblateArgs): Promise<void> {
  const waiting = [...seeds];
  const work = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const args = ["--grid", file, "--out", out, "--engine", engine, "--seed", String(seed)];
      const child = spawn(process.execPath, [process.argv[1]!, "ablate", ...args], { stdio: "inherit" });
      const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
      if (code !== 0) {
        waiting.length = 0; // others end what they are at
        throw new Trouble(
          `The job for seed ${seed} ended with exit code ${code}.`,
          "Run the command again: what is finished is not made again.",
        );
      }
    }
  };
  const all = await Promise.allSettled(Array.from({ length: Math.min(jobs, seeds.length) }, work));
  const failed = all.find((job) => job.status === "rejected");
  if (failed) throw failed.reason;
}

/** Writes the table, its numbers and the plot, from the runs that are finished. */
function report(grid: Grid, seeds: readonly number[], { out, file }: AblateArgs): void {
  const runs = new Map(
    grid.arms.map((arm) => {
      const made = seeds.flatMap((seed) => {
        const rows = resultsOf(trialOf(grid, arm, seed, out));
        return rows ? [[seed, rows] as const] : [];
      });
      return [arm, new Map(made)] as const;
    }),
  );
  const arms = summarise(grid, runs);
  if (arms.length === 0)
    throw new Trouble(
      `No run of ${grid.name} is finished in ${out}.`,
      "Leave --table-only out, or name another folder with --out.",
    );
  const command = `npm run ablate -- --grid ${file} --seeds ${seeds.length}`;
  const table = markdownOf(grid, arms, command);
  const folder = path.join(out, grid.name);
  const { name, title, question, samples } = grid;
  fs.mkdirSync(folder, { recursive: true });
  const write = (file: string, text: string) => fs.writeFileSync(path.join(folder, file), text);
  write("table.md", table);
  write("table.json", `${JSON.stringify({ name, title, question, samples, command, arms }, null, 1)}\n`);
  write("plot.svg", svgOf(grid, arms));
  process.stdout.write(`${table}\nWritten to ${folder}: table.md, table.json and plot.svg\n`);
}

/**
 * Reads the command line of npm run ablate.
 * @returns undefined when help was asked for
 * @throws Trouble naming the first thing that is wrong
 */
export function parseAblateArgs(argv: string[]): AblateArgs | undefined {
  const { values } = readCommandLine("ablate", argv, options);
  if (values.help) return undefined;
  if (values.grid === undefined)
    throw new Trouble("No grid was named.", "Add --grid FILE, e.g. lab/grids/pull-the-penalty.json.");
  const engine = engineOf(values.engine);
  return {
    file: values.grid,
    seeds: wholeOf("seeds", values.seeds, 1, 10_000),
    jobs: wholeOf("jobs", values.jobs, 1, 64),
    out: values.out,
    engine,
    seed: values.seed === undefined ? undefined : wholeOf("seed", values.seed, 1, 2 ** 32 - 1),
    tableOnly: values["table-only"],
  };
}

const help = `Trains the arms of a grid with many seeds, and makes a table and a plot of what became of their modes

  npm run ablate -- --grid FILE [options]

  --grid FILE      arms and when to count modes, as in lab/grids
  --seeds N        seeds of each arm, from the grid's first one on (default ${options.seeds.default})
  --jobs N         processes at a time, each on seeds of its own (default ${options.jobs.default})
  --out DIR        folder for run folders and tables (default ${options.out.default})
  --engine NAME    ${engineChoices.join(", ")} (default ${options.engine.default})
  --seed N         train this seed alone, and make no table
  --table-only     make the table and the plot of the runs that are finished
  --help           this text

Runs go into DIR/runs, one folder each. A finished one is not made again, and grids that hold the same run share it, so
a command that was stopped can be given again. Table and plot are DIR/NAME/table.md, table.json and
plot.svg, NAME being the grid's.
`;
