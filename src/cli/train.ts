// npm run train: the same training stream as the page's, into a run folder.

import { readFileSync } from "node:fs";
import { openSource } from "../data/catalogue.ts";
import { createBatches } from "../data/sampler.ts";
import { createGallery } from "../export/gallery.ts";
import { encodePng, tileGrid, type Tiles } from "../export/images.ts";
import { fakesName, initName, realsName, snapshotName } from "../export/names.ts";
import { Trouble } from "../gan/errors.ts";
import { Run } from "../gan/run.ts";
import { firstNonFinite, type StatName } from "../gan/stats.ts";
import { checkConfig } from "../gan/settings.ts";
import { train } from "../gan/train.ts";
import { openEngine } from "../gpu/engine.ts";
import { checkFits } from "../gpu/memory.ts";
import { node } from "../gpu/node.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../store/checkpoint.ts";
import { resume, takeSnapshot } from "../store/snapshot.ts";
import { parseTrainArgs, type TrainArgs, trainHelp } from "./args.ts";
import { readPack } from "./readPack.ts";
import { checkRunFolder, createRunFolder, type RunFolder } from "./runFolder.ts";
import { createStatusLine } from "./statusLine.ts";

/** Runs the command. Bad input is refused with a Trouble before anything is written. */
export async function main(argv: string[]): Promise<void> {
  const args = parseTrainArgs(argv);
  if (!args) return void process.stdout.write(trainHelp());
  checkRunFolder(args.out, args.resume !== undefined);
  const run = await open(args);
  await pull(run);
}

interface Opened {
  run: Run;
  folder: RunFolder;
  /** Writes the pictures of this moment. */
  drawGrids(first?: boolean): Promise<void>;
  writeSnapshot(): Promise<void>;
  close(): void;
}

async function open(args: TrainArgs): Promise<Opened> {
  const checkpoint = args.resume === undefined ? undefined : resumed(args.resume, args);
  const config = checkpoint?.place.config ?? args.config;
  const source = await openSource(config.data, config.seed, readPack, config.to);
  const engine = await openEngine(args.engine, node);
  checkFits(config, source.channels, engine.limits);

  const batches = createBatches(source, config.seed);
  const run = checkpoint
    ? resume(checkpoint, source, batches)
    : new Run(config, source, batches, args.planned);
  const folder = createRunFolder(args.out, run.config, checkpoint?.place.images);
  // 128 samples: of 16 kinds in equal shares, all are among them 99.6 times in 100; among 64 only 77 times.
  const gallery = createGallery(run, source, 16, 8);
  const { columns } = gallery;

  const say = (line: string) => {
    console.log(line);
    folder.log(line);
  };
  say(
    `Training ${config.data} to ${config.to}×${config.to} on ${engine.name} (${engine.device}) into ${folder.path}`,
  );
  if (engine.notice) say(`${engine.notice.message} ${engine.notice.remedy}`);
  if (checkpoint && checkpoint.engine !== engine.name)
    say(
      `The checkpoint comes from ${checkpoint.engine}: here numbers are rounded otherwise, and the run will differ.`,
    );

  // Every resolution at the same size, so that the pictures of a run can be laid over one another.
  const png = (tiles: Tiles) =>
    encodePng(tileGrid(tiles, { columns, scale: Math.max(1, 64 / tiles.resolution) }));
  const realsDrawn = new Set<number>();
  return {
    run,
    folder,
    async drawGrids(first = false) {
      const { resolution, alpha } = run.stage;
      if (alpha === 1 && !realsDrawn.has(resolution)) {
        realsDrawn.add(resolution);
        folder.write(realsName(resolution), png(await gallery.reals()));
      }
      const name = first ? initName : fakesName(run.images, resolution, "average");
      folder.write(name, png(await gallery.samples("average")));
    },
    writeSnapshot: async () =>
      folder.write(snapshotName(run.images), writeCheckpoint(await takeSnapshot(run, engine.name))),
    close() {
      run.dispose();
      engine.close();
    },
  };
}

/** The checkpoint to go on from, with what the command line changes of it. */
function resumed(file: string, { given, planned }: TrainArgs): Checkpoint {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Trouble(`Checkpoint ${file} can't be read: ${message}.`, "Give a .pgan file.", { cause });
  }
  const checkpoint = readCheckpoint(bytes);
  const { images, ...others } = given;
  const [refused] = Object.keys(others);
  if (refused !== undefined)
    throw new Trouble(
      `Setting ${refused} can't be given with --resume: the checkpoint has settings of its own.`,
      `Change it while the run goes on, by --at ${checkpoint.place.images}:${refused}=VALUE, or start a new run.`,
    );
  const config = checkConfig(images === undefined ? {} : { images }, checkpoint.place.config);
  return {
    ...checkpoint,
    place: { ...checkpoint.place, config, planned: [...checkpoint.place.planned, ...planned] },
  };
}

/** Trains to the end, or until Ctrl-C, which finishes the step at hand. */
async function pull({ run, folder, drawGrids, writeSnapshot, close }: Opened): Promise<void> {
  let stopped = false;
  const stop = () => {
    if (stopped) process.exit(130); // asked a second time
    stopped = true;
    console.log("Finishing the step, then writing the last snapshot. Ctrl-C again to stop at once.");
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);

  const status = createStatusLine(run);
  const tick = async () => {
    const row = await run.readStats(status.secPerStep());
    folder.stats(row);
    const line = status.line(row);
    console.log(line);
    folder.log(line);
    await drawGrids();
    const broken = firstNonFinite(row);
    if (broken) throw await diverged(run, broken);
  };

  try {
    if (run.images === 0) await drawGrids(true);
    status.start();
    for (const event of train(run)) {
      if (event.type === "finished") break;
      if (event.type === "flipped") folder.event(event.event);
      if (event.type !== "step") continue;
      if (event.tick) await tick();
      else await engineCaughtUp(run);
      if (stopped || run.images >= run.config.images) {
        if (!event.tick) await tick();
        await writeSnapshot();
        break;
      }
    }
    console.log(`${stopped ? "Stopped" : "Done"} at ${run.images} images, ${run.step} steps: ${folder.path}`);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    close();
  }
}

/** Lets signals in, and keeps commands from piling up ahead of a GPU: one small number is waited for. */
async function engineCaughtUp(run: Run): Promise<void> {
  if (run.step % 8 === 0) await run.store.read("stats/D").data();
  await new Promise((resolve) => setImmediate(resolve));
}

async function diverged(run: Run, statistic: StatName): Promise<Trouble> {
  const tensor = (await run.firstNonFinite()) ?? statistic;
  return new Trouble(
    `Training diverged at step ${run.step}: ${tensor} holds a number that is not finite.`,
    "Start a new run with lower learning rates, or with a gradient penalty.",
  );
}
