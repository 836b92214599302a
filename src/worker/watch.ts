// What the page is shown of a run, and how often: samples, real images, statistics, progress, moments for the timeline.

import { encodePng, tileGrid, type Tiles } from "../export/images.ts";
import type { FlipEvent } from "../gan/events.ts";
import { firstNonFinite, joinRows, type StatName, type StatsRow } from "../gan/stats.ts";
import * as tf from "../gan/tf.ts";
import { addFrame } from "./frames.ts";
import type { Frame, Grid, Report, Weights } from "./protocol.ts";
import type { Session } from "./session.ts";

export type Send = (report: Report, transfer?: Transferable[]) => void;

/** Milliseconds between reports of one kind, at least. */
const intervals = { stats: 250, progress: 250, samples: 350, reals: 1_000 };
/** Looking may take this share of the time, at most. */
const shareForLooking = 0.15;
/** Frames kept for the film strip. */
const frameLimit = 240;

export interface Watch {
  /** Which G the live grid shows. */
  weights: Weights;
  /** One row a tick, and the moments of the timeline, since the run began. */
  readonly ticks: readonly StatsRow[];
  readonly frames: readonly Frame[];
  /** A change was made. */
  flipped(event: FlipEvent): void;
  /** Layers were born: the next step makes a moment. */
  grown(): void;
  /** Steps are about to be taken: the clock of training runs until the next report has read what they left. */
  working(): void;
  /** A step was taken, which filled a tick up or not. True when a report is due before the next. */
  stepped(tick: boolean): boolean;
  /** Reads statistics and sends what is due, or everything. Returns the first statistic that is no longer finite. */
  report(everything?: boolean): Promise<StatName | undefined>;
}

export function watch({ run, gallery }: Session, send: Send): Watch {
  const sent = { stats: 0, progress: 0, samples: 0, reals: 0 };
  let [row, tickRow]: [StatsRow | undefined, StatsRow | undefined] = [undefined, undefined];
  /** When the steps were begun that no statistics were read of, and how many they are. */
  let unread = { since: 0, steps: 0 };
  let frameDue = true; // the first one, before any step
  let tickDue = false;
  let nextPowerOfTwo = 1;
  let lookingAllowedAt = 0;
  let events: FlipEvent[] = [];
  let frames: readonly Frame[] = [];
  let ticks: StatsRow[] = [];
  let broken: StatName | undefined;
  const speed = createSpeedometer();

  const due = (kind: keyof typeof intervals, now: number) => now - sent[kind] >= intervals[kind];

  const readStats = async () => {
    const { since, steps } = unread;
    if (steps === 0) return;
    unread = { since: 0, steps: 0 };
    const stats = await run.readStats();
    const seconds = (performance.now() - since) / 1000; // an engine that runs behind has caught up by now
    const read: StatsRow = { ...stats, secPerStep: seconds / steps };
    speed.count(run.images, steps, seconds);
    broken ??= firstNonFinite(read);
    row = row ? joinRows(row, read) : read;
    tickRow = tickRow ? joinRows(tickRow, read) : read;
  };

  /** @param drawn samples of these weights, if they have been drawn since the last step */
  const sendSamples = async (weights: Weights, drawn?: Tiles) => {
    const { images, stage } = run;
    const grid = toGrid(drawn ?? (await gallery.samples(weights)));
    send({ type: "samples", images, alpha: stage.alpha, weights, grid }, [grid.pixels.buffer]);
  };

  const sendReals = async () => {
    const { images } = run;
    const grid = toGrid(await gallery.reals());
    send({ type: "reals", images, grid }, [grid.pixels.buffer]);
  };

  /** Returns the samples it shows, of the average. */
  const sendFrame = async (): Promise<Tiles> => {
    const { images, step } = run;
    const { resolution, alpha } = run.stage;
    const { columns } = gallery;
    const made = events; // those after this belong to the next frame, which shows what they did
    events = [];
    const tiles = await gallery.samples("average");
    const png = new Blob([encodePng(tileGrid(tiles, { columns }))], { type: "image/png" });
    const frame: Frame = { images, step, resolution, alpha, png, columns, events: made };
    frames = addFrame(frames, frame, frameLimit);
    send({ type: "frame", frame });
    return tiles;
  };

  const sendProgress = () => {
    const { images, step, stage, config } = run;
    const stepsPerSec = speed.stepsPerSec();
    const imagesPerSec = speed.imagesPerSec();
    const seconds = (left: number) => (imagesPerSec > 0 ? Math.max(0, left) / imagesPerSec : Infinity);
    const { numTensors: tensors, numBytes: bytes } = tf.memory();
    send({
      type: "progress",
      progress: {
        images,
        step,
        stage,
        stepsPerSec,
        secToNextPhase: seconds(Math.min(stage.phase.end, config.images) - images),
        secToEnd: seconds(config.images - images),
        tensors,
        bytes,
      },
    });
  };

  return {
    weights: "average",
    get ticks() {
      return ticks;
    },
    get frames() {
      return frames;
    },

    flipped(event) {
      events.push(event);
      frameDue = true;
      send({ type: "flipped", event });
    },
    grown() {
      frameDue = true;
    },
    working() {
      if (unread.steps === 0) unread.since = performance.now();
    },
    stepped(tick) {
      unread.steps++;
      tickDue ||= tick;
      // Much happens in the first steps: they are shown at 1, 2, 4, 8, …
      if (run.step >= nextPowerOfTwo) {
        nextPowerOfTwo *= 2;
        frameDue ||= ticks.length === 0;
      }
      return frameDue || tickDue;
    },

    async report(everything = false) {
      await readStats();
      const now = performance.now();
      if (row && (everything || due("stats", now))) {
        send({ type: "stats", row });
        [row, sent.stats] = [undefined, now];
      }
      if (tickDue && tickRow) {
        ticks = [...thinned(ticks), tickRow];
        [tickRow, tickDue, frameDue] = [undefined, false, true];
      }
      if (everything || due("progress", now)) {
        if (everything) speed.rest();
        sendProgress();
        sent.progress = now;
      }
      let drawn: Tiles | undefined;
      if (frameDue) {
        frameDue = false;
        drawn = await sendFrame();
      }
      if (everything || (due("samples", now) && now >= lookingAllowedAt)) {
        const began = performance.now();
        await sendSamples(
          this.weights,
          this.weights === "average" && events.length === 0 ? drawn : undefined,
        );
        if (everything || due("reals", now)) {
          await sendReals();
          sent.reals = now;
        }
        sent.samples = now;
        const took = performance.now() - began;
        lookingAllowedAt = performance.now() + took * (1 / shareForLooking - 1);
      }
      return broken;
    },
  };
}

/** Rows of ticks in bounded memory: when there are many, neighbours are joined. */
function thinned(rows: StatsRow[], limit = 10_000): StatsRow[] {
  if (rows.length < limit) return rows;
  const joined: StatsRow[] = [];
  for (let i = 0; i < rows.length; i += 2)
    joined.push(rows[i + 1] ? joinRows(rows[i]!, rows[i + 1]!) : rows[i]!);
  return joined;
}

/** Tiles as they are posted: the bytes are handed over. */
function toGrid({ pixels, count, resolution, channels }: Tiles): Grid {
  return { pixels: pixels as Grid["pixels"], count, resolution, channels };
}

/** Speed over the last seconds of training, whatever pauses lie between. */
function createSpeedometer(span = 4) {
  let laps: { images: number; steps: number; seconds: number }[] = [];
  let [total, before] = [0, 0];
  return {
    count(images: number, steps: number, seconds: number) {
      laps.push({ images: images - before, steps, seconds });
      before = images;
      total += seconds;
      while (total - laps[0]!.seconds > span) total -= laps.shift()!.seconds;
    },
    /** Forgets the speed, which is 0 while nothing is trained. */
    rest() {
      [laps, total] = [[], 0];
    },
    stepsPerSec: () => (total > 0 ? laps.reduce((sum, { steps }) => sum + steps, 0) / total : 0),
    imagesPerSec: () => (total > 0 ? laps.reduce((sum, { images }) => sum + images, 0) / total : 0),
  };
}
