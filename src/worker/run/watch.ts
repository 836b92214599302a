// What the page is shown of a run, and how often: samples, real images, statistics, progress, moments for the timeline.

import { encodePng, tileGrid, type Tiles } from "../../export/images.ts";
import type { FlipEvent } from "../../gan/settings/events.ts";
import { firstNonFinite, joinRows, type StatName, type StatsRow } from "../../gan/statistics/stats.ts";
import * as tf from "../../gan/tf.ts";
import type { CensusAt, Taken } from "../../store/history/censuses.ts";
import { createChronicle, type Frame, type Past } from "../../store/history/chronicle.ts";
import { pngOf } from "../../store/pgan/pictures.ts";
import type { Grid, Report, Weights } from "../protocol.ts";
import type { Session } from "./session.ts";

export type Send = (report: Report, transfer?: Transferable[]) => void;

/** Milliseconds between reports of one kind, at least. */
const intervals = { stats: 250, progress: 250, samples: 350, reals: 1_000 };
/** Looking may take this share of the time, at most. */
const shareForLooking = 0.15;

export interface Watch {
  /** Which G the live grid shows. */
  weights: Weights;
  /** What there is to show of the run so far, up to its last step that was read. */
  past(): Past;
  /** Step at which statistics were last read. */
  readonly readAt: number;
  /** A change was made. */
  flipped(event: FlipEvent): void;
  /** Samples of the run were counted. */
  counted(at: CensusAt, census: Taken): void;
  /** Layers were born: the next step makes a moment. */
  grown(): void;
  /** Steps are about to be taken: the clock of training runs until the next report has read what they left. */
  working(): void;
  /** A step was taken, which filled a tick up or not. True when a report is due before the next. */
  stepped(tick: boolean): boolean;
  /** Reads statistics and sends what is due, or everything. Returns the first statistic that is no longer finite. */
  report(everything?: boolean): Promise<StatName | undefined>;
}

/**
 * @param session tells the session of the moment: the run goes on in another one when its engine was lost
 * @param past of the run, where it goes on from one
 * @param showsReals whether real images are to be sent, or somebody else sends the same
 */
export function watch(
  session: () => Session,
  send: Send,
  past?: Past,
  showsReals: () => boolean = () => true,
): Watch {
  const sent = { stats: 0, progress: 0, samples: 0, reals: 0 };
  const chronicle = createChronicle(past);
  let [row, tickRow]: [StatsRow | undefined, StatsRow | undefined] = [undefined, past?.open[0]];
  let readAt = session().run.step;
  /** When the steps were begun that no statistics were read of, and how many they are. */
  let unread = { since: 0, steps: 0 };
  let frameDue = chronicle.frames.length === 0; // the first one, before any step
  let tickDue = false;
  let nextPowerOfTwo = 1;
  let lookingAllowedAt = 0;
  let broken: StatName | undefined;
  const speed = createSpeedometer(session().run.images);

  const due = (kind: keyof typeof intervals, now: number) => now - sent[kind] >= intervals[kind];

  const readStats = async () => {
    const { since, steps } = unread;
    if (steps === 0) return;
    const { run } = session();
    const stats = await session().sound(run.readStats());
    unread = { since: 0, steps: 0 };
    readAt = run.step;
    const seconds = (performance.now() - since) / 1000; // an engine that runs behind has caught up by now
    const read: StatsRow = { ...stats, secPerStep: seconds / steps };
    speed.count(run.images, steps, seconds);
    broken ??= firstNonFinite(read);
    row = row ? joinRows(row, read) : read;
    tickRow = tickRow ? joinRows(tickRow, read) : read;
  };

  /** @param drawn samples of these weights, if they have been drawn since the last step */
  const sendSamples = async (weights: Weights, drawn?: Tiles) => {
    const { run, gallery } = session();
    const { images, stage } = run;
    const grid = toGrid(drawn ?? (await gallery.samples(weights)));
    send({ type: "samples", images, alpha: stage.alpha, weights, grid }, [grid.pixels.buffer]);
  };

  const sendReals = async () => {
    const { run, gallery } = session();
    const { images } = run;
    const grid = toGrid(await gallery.reals());
    send({ type: "reals", images, grid }, [grid.pixels.buffer]);
  };

  /** Returns the samples it shows, of the average. */
  const sendFrame = async (): Promise<Tiles> => {
    const { run, gallery } = session();
    const { columns } = gallery;
    const moment = chronicle.frameOf(run, columns); // a change made from here on belongs to the next frame
    const { samples: tiles, scores } = await session().sound(gallery.judged("average"));
    const png = pngOf(encodePng(tileGrid(tiles, { columns })));
    const frame: Frame = { ...moment, ...(scores && { scores }), png };
    chronicle.addFrame(frame);
    send({ type: "frame", frame });
    return tiles;
  };

  const sendProgress = () => {
    const { images, step, stage, config } = session().run;
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
    past() {
      const past = chronicle.past(tickRow);
      return row ? { ...past, rows: [...past.rows, row] } : past;
    },
    get readAt() {
      return readAt;
    },

    flipped(event) {
      frameDue = true;
      send({ type: "flipped", event });
    },
    counted: (at, census) => chronicle.addCensus(at, census),
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
      if (session().run.step >= nextPowerOfTwo) {
        nextPowerOfTwo *= 2;
        frameDue ||= chronicle.ticks.length === 0;
      }
      return frameDue || tickDue;
    },

    async report(everything = false) {
      await session().sound(Promise.resolve()); // a run that stands still notices here that its engine is lost
      await readStats();
      const now = performance.now();
      if (row && (everything || due("stats", now))) {
        send({ type: "stats", row });
        chronicle.addRow(row);
        [row, sent.stats] = [undefined, now];
      }
      if (tickDue && tickRow) {
        chronicle.addTick(tickRow);
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
        const { run } = session();
        const unchanged = chronicle.frames.at(-1)?.eventsMade === run.events.length;
        await sendSamples(this.weights, this.weights === "average" && unchanged ? drawn : undefined);
        if (showsReals() && (everything || due("reals", now))) {
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

/** Tiles as they are posted: the bytes are handed over. */
function toGrid({ pixels, count, resolution, channels }: Tiles): Grid {
  return { pixels: pixels as Grid["pixels"], count, resolution, channels };
}

/** Speed over the last seconds of training, whatever pauses lie between. */
function createSpeedometer(before: number, span = 4) {
  let laps: { images: number; steps: number; seconds: number }[] = [];
  let total = 0;
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
