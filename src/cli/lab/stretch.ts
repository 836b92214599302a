// Trains a stretch of a run and keeps what a recording shows of it: samples, D's scores, censuses, statistics of every step.

import { createGallery } from "../../export/gallery.ts";
import type { Tiles } from "../../export/images.ts";
import type { Run } from "../../gan/run.ts";
import type { ImageSource } from "../../gan/source.ts";
import { firstNonFinite } from "../../gan/statistics/stats.ts";
import { Trouble } from "../../gan/errors.ts";
import { train } from "../../gan/train.ts";
import { columns, type Count, type Moment, type Ruler } from "../../lab/recording.ts";
import type { Stretch } from "../../lab/write.ts";
import type { CensusTaker } from "../../metrics/census/census.ts";
import { createSeries } from "../../store/history/series.ts";
import { drawFakes, type Weights } from "../fakes.ts";
import { openTaker } from "../takers.ts";
import { stripOf } from "./strip.ts";

/** How densely is recorded. */
export interface Density {
  /** Images from one moment to the next. */
  every: number;
  /** Steps in a row of statistics. */
  rowSteps: number;
  /** Samples in a census. */
  samples: number;
}

/** A stretch, with its pictures as a PNG. */
export interface RecordedStretch extends Stretch {
  strip: Uint8Array<ArrayBuffer>;
}

/** Counts modes at every resolution that comes along. */
export interface Counter {
  count(run: Run, weights: Weights): Promise<Count>;
  /** What was counted by. */
  rulers(): Ruler[];
}

/** What is done with a run where its stretch ends. */
export type Last = (run: Run) => Promise<void>;

/** Rows of statistics in a stretch. */
const mostRows = 250;

/**
 * @param source the data set, opened
 * @param samples in each census, drawn from the latents that npm run ablate draws for the run's seed
 */
export function createCounter(source: ImageSource, samples: number): Counter {
  const takers = new Map<number, CensusTaker>();
  return {
    async count(run, weights) {
      const { config, resolution } = run;
      const taker = takers.get(resolution) ?? (await openTaker(config.data, source, resolution));
      takers.set(resolution, taker);
      const { covered, strict, effective, rejects, kl, distance, counts } = taker.take(
        await drawFakes(run, weights, samples),
        samples,
      );
      return { covered, strict, effective, rejects, kl, distance, counts };
    },
    rulers: () =>
      [...takers.values()].map((taker) => {
        const { draws, ...band } = taker.band(samples);
        const { factors, places } = taker.layout;
        return { resolution: taker.resolution, samples, names: taker.names, factors, places, draws, band };
      }),
  };
}

/**
 * Trains `run` until `until` images, and frees it.
 * @param whole whether the moment it stands at is one of the stretch: a run that was forked off has it from its trunk
 * @param last is called with the run as it stands at the end
 * @throws Trouble when the run diverged
 */
export async function recordStretch(
  run: Run,
  source: ImageSource,
  until: number,
  { every, rowSteps }: Density,
  counter: Counter,
  whole: boolean,
  last: Last = async () => {},
): Promise<RecordedStretch> {
  const gallery = createGallery(run, source, columns, columns);
  const series = createSeries(mostRows);
  const moments: Moment[] = [];
  const frames: Tiles[] = [];
  const before = run.events.length;
  let looked = Math.floor(run.images / every);
  let read = run.step;
  let began = performance.now();

  const readRow = async () => {
    if (run.step === read) return;
    const stats = await run.readStats();
    const row = { ...stats, secPerStep: (performance.now() - began) / 1000 / (run.step - read) };
    const broken = firstNonFinite(row);
    if (broken !== undefined)
      throw new Trouble(
        `The run diverged before step ${run.step}: ${broken} is not finite.`,
        "Record another seed.",
      );
    series.push(row);
    read = run.step;
  };
  const look = async () => {
    const { images, step } = run;
    const { resolution, alpha } = run.stage;
    const average = await counter.count(run, "average");
    const raw = await counter.count(run, "raw");
    const { samples, scores } = await gallery.judged("average");
    frames.push(samples);
    moments.push({ images, step, resolution, alpha, average, raw, ...(scores && { scores }) });
    looked = Math.floor(images / every);
    console.log(
      `${images} images, step ${step}: ${average.covered} modes (raw ${raw.covered}), ${average.rejects} rejects`,
    );
  };

  if (whole) await look();
  for (const event of train(run)) {
    if (event.type !== "step" && event.type !== "finished") continue;
    const ends = event.type === "finished" || run.images >= until;
    const due = ends || Math.floor(run.images / every) > looked;
    if (due || run.step - read >= rowSteps) {
      await readRow();
      if (due) await look();
      began = performance.now();
    }
    if (!ends) continue;
    await last(run); // inside the loop: leaving it frees the run
    const events = run.events.slice(before);
    return { events, rows: [...series.rows], moments, strip: stripOf(frames) };
  }
  throw new Error("a run ended without an end");
}
