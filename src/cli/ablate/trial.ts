// One run of a grid: an arm with a seed, trained into a run folder, with a census now and then and nothing else.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { openSource } from "../../data/catalogue.ts";
import { fewOfEach } from "../../data/few.ts";
import { createBatches } from "../../data/sampler.ts";
import { snapshotName } from "../../export/names.ts";
import type { Config } from "../../gan/settings/config.ts";
import { changeText } from "../../gan/settings/events.ts";
import { Run } from "../../gan/run.ts";
import { keptConfig } from "../../gan/settings/settings.ts";
import { train } from "../../gan/train.ts";
import type { OpenEngine } from "../../gpu/engine.ts";
import type { CensusTaker } from "../../metrics/census/census.ts";
import { hashOfData } from "../../store/dataHash.ts";
import { makerOf } from "../../store/maker.ts";
import { writeCheckpoint } from "../../store/pgan/checkpoint.ts";
import { newId } from "../../store/pgan/manifest.ts";
import { noSeries } from "../../store/pgan/series.ts";
import { resume, takeSnapshot } from "../../store/snapshot.ts";
import { drawFakes, type Weights } from "../fakes.ts";
import { readPack } from "../readPack.ts";
import { readCheckpointFile } from "../train/resume.ts";
import { createRunFolder, logName } from "../runFolder.ts";
import type { Arm, Grid } from "./grid.ts";

/** A census of a run, as a line of census.jsonl. */
export interface CensusRow {
  images: number;
  step: number;
  weights: Weights;
  samples: number;
  modes: number;
  covered: number;
  strict: number;
  effective: number;
  rejects: number;
  kl: number | null;
  klBias: number | null;
  distance: number | null;
  /** Absent in runs made before it was measured. */
  within?: number | null;
  /** Samples of each mode. */
  counts: readonly number[];
}

/** Written last: a folder that has it holds a whole run. */
export const censusName = "census.jsonl";

export interface Trial {
  arm: Arm;
  seed: number;
  folder: string;
  /** Of the arm it forks from. */
  from?: Trial;
}

/** The run of an arm with a seed. Its folder is called after all that decides it, so that grids share runs. */
export function trialOf({ arms, samples }: Grid, arm: Arm, seed: number, out: string): Trial {
  const parent = arms.find(({ name }) => name === arm.from);
  const from = parent && trialOf({ arms, samples } as Grid, parent, seed, out);
  const { config, imagesPerMode, changes, ends, census } = arm;
  const decides = {
    config: { ...keptConfig(config), seed },
    imagesPerMode,
    changes,
    ends,
    census,
    samples,
    from: from && path.basename(from.folder),
  };
  const key = createHash("sha256").update(JSON.stringify(decides)).digest("hex").slice(0, 8);
  return { arm, seed, folder: path.join(out, "runs", `${arm.name}-s${seed}-${key}`), from };
}

/** The name of the run folder that a run was forked from, and at how many images; undefined where it began at none. */
export function forkOf(folder: string): { from: string; images: number } | undefined {
  const file = path.join(folder, logName);
  const log = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const [, from, images] = /Forked from (\S+) at (\d+) images/.exec(log) ?? [];
  return from === undefined ? undefined : { from, images: Number(images) };
}

/** Its censuses, if the run was made. */
export function resultsOf({ folder }: Trial): CensusRow[] | undefined {
  const file = path.join(folder, censusName);
  if (!fs.existsSync(file)) return undefined;
  const lines = fs.readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as CensusRow);
}

/** Trains the run. Its end is kept, for arms of any grid to fork from. */
export async function makeTrial(
  trial: Trial,
  samples: number,
  engine: OpenEngine,
  taker: CensusTaker,
): Promise<void> {
  const { arm, seed, folder } = trial;
  fs.rmSync(folder, { recursive: true, force: true }); // what is there was broken off
  const config: Config = { ...arm.config, seed };
  const whole = await openSource(config.data, seed, readPack, config.to);
  const { imagesPerMode } = arm;
  const source = imagesPerMode === undefined ? whole : fewOfEach(whole, imagesPerMode, seed);
  const steps = engine.recordSteps?.();
  const batches = createBatches(source, seed);
  const checkpoint =
    trial.from && (await readCheckpointFile(path.join(trial.from.folder, snapshotName(arm.begins))));
  const run = checkpoint
    ? resume(checkpoint, source, batches, steps)
    : new Run(config, source, batches, [], steps);
  run.plan(arm.changes);
  const written = createRunFolder(folder, config, checkpoint && checkpoint.place);
  if (checkpoint)
    written.log(
      `Forked from ${path.basename(trial.from!.folder)} at ${arm.begins} images (sha256 ${checkpoint.state})`,
    );
  written.log(
    `${arm.label}. Images of each mode: ${imagesPerMode ?? "all"}. Changes: ${arm.changes.map(changeText).join(", ") || "none"}. On ${engine.name} (${engine.device})`,
  );

  const rows: CensusRow[] = [];
  let tick = { ms: performance.now(), step: run.step };
  for (const event of train(run)) {
    if (event.type === "flipped") written.event(event.event);
    if (event.type !== "step") continue;
    if (event.tick) {
      const stats = await run.readStats();
      const secPerStep = (performance.now() - tick.ms) / 1000 / Math.max(1, run.step - tick.step);
      written.stats({ ...stats, secPerStep });
      tick = { ms: performance.now(), step: run.step };
    }
    if (arm.census.includes(run.images)) {
      for (const weights of ["raw", "average"] as const)
        rows.push(await censusRow(run, weights, samples, taker));
      tick = { ms: performance.now(), step: run.step };
    }
    if (run.images >= arm.ends) {
      const end = await checkpointOf(run, trial, engine, await hashOfData(source));
      written.write(snapshotName(run.images), end);
      break; // frees the run
    }
  }
  written.write(censusName, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

async function censusRow(
  run: Run,
  weights: Weights,
  samples: number,
  taker: CensusTaker,
): Promise<CensusRow> {
  const census = taker.take(await drawFakes(run, weights, samples), samples);
  const { modes, covered, strict, effective, rejects, kl, klBias, distance, within, counts } = census;
  const { images, step } = run;
  return {
    images,
    step,
    weights,
    samples,
    modes,
    covered,
    strict,
    effective,
    rejects,
    kl,
    klBias,
    distance,
    within,
    counts,
  };
}

async function checkpointOf(
  run: Run,
  { arm, seed }: Trial,
  engine: OpenEngine,
  dataHash: string,
): Promise<Uint8Array> {
  const { bytes } = await writeCheckpoint({
    run: { id: newId(), name: `${arm.name}, seed ${seed}` },
    maker: makerOf(engine),
    ...(await takeSnapshot(run)),
    series: noSeries,
    frames: [],
    pictures: new Map(),
    dataHash,
    saved: new Date().toISOString(),
  });
  return bytes;
}
