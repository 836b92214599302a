// What is kept of a run's past to show it again: statistics and grids of samples, in bounded memory.

import type { FlipEvent } from "../../gan/settings/events.ts";
import type { Moment } from "../../gan/replay.ts";
import type { Run } from "../../gan/run.ts";
import type { StatsRow } from "../../gan/statistics/stats.ts";
import type { Checkpoint } from "../pgan/checkpoint.ts";
import type { FrameCard } from "../pgan/manifest.ts";
import { pictureName } from "../pgan/pictures.ts";
import type { Series } from "../pgan/series.ts";
import { addCensus, type CensusAt, type Taken } from "./censuses.ts";
import { addFrame } from "./frames.ts";
import { createSeries } from "./series.ts";
import { addTick } from "./ticks.ts";

/** A moment of the timeline: samples of the same z at a tick. */
export interface Frame extends FrameCard {
  /** Grid of samples of the average of G as a PNG of one pixel a pixel. */
  png: Blob;
  /** Changes made since the frame before. */
  events: readonly FlipEvent[];
}

/** The past of a run, oldest first. */
export interface Past extends Series {
  frames: readonly Frame[];
}

export interface Chronicle {
  addRow(row: StatsRow): void;
  addTick(row: StatsRow): void;
  /** What a frame of the run as it stands says, but for its picture. @param columns tiles in a row of that */
  frameOf(run: Pick<Run, "images" | "step" | "stage" | "events">, columns: number): Omit<Frame, "png">;
  addFrame(frame: Frame): void;
  addCensus(at: CensusAt, census: Taken): void;
  readonly frames: readonly Frame[];
  readonly ticks: readonly StatsRow[];
  /** All of it as it is now. @param open the tick that is not full yet */
  past(open?: StatsRow): Past;
}

/** @param past of the run, where it goes on */
export function createChronicle(past?: Past): Chronicle {
  const series = createSeries();
  for (const row of past?.rows ?? []) series.push(row);
  let { ticks = [], frames = [], censuses = [] } = past ?? {};
  return {
    get ticks() {
      return ticks;
    },
    get frames() {
      return frames;
    },
    addRow: (row) => series.push(row),
    addTick: (row) => void (ticks = addTick(ticks, row)),
    frameOf({ images, step, stage, events }, columns) {
      const { resolution, alpha } = stage;
      const since = frames.at(-1)?.eventsMade ?? 0;
      const eventsMade = events.length;
      return { images, step, resolution, alpha, columns, eventsMade, events: events.slice(since) };
    },
    addFrame: (frame) => void (frames = addFrame(frames, frame)),
    addCensus: (at, census) => void (censuses = addCensus(censuses, at, census)),
    past: (open) => ({ rows: [...series.rows], ticks, open: open ? [open] : [], frames, censuses }),
  };
}

/** The past up to a moment, without what came after it. */
export function pastUpTo(past: Past, { step, eventsMade }: Moment): Past {
  return {
    rows: past.rows.filter((row) => row.step <= step),
    ticks: past.ticks.filter((row) => row.step <= step),
    open: past.open.filter((row) => row.step <= step),
    censuses: past.censuses.filter((census) => census.step <= step),
    frames: past.frames.filter((frame) => frame.step <= step && frame.eventsMade <= eventsMade),
  };
}

/** The past that a checkpoint keeps. A frame whose picture is lost is left out. */
export function pastOf({ place, series, frames, pictures }: Checkpoint): Past {
  const kept: Frame[] = [];
  let made = 0;
  for (const card of frames) {
    const png = pictures.get(pictureName(card));
    if (!png) continue;
    kept.push({ ...card, events: place.events.slice(made, card.eventsMade), png });
    made = card.eventsMade;
  }
  return { ...series, frames: kept };
}

/** A past as a checkpoint keeps it. */
export function toKeep({ frames, ...series }: Past): Pick<Checkpoint, "series" | "frames" | "pictures"> {
  return {
    series,
    frames: frames.map(cardOf),
    pictures: new Map(frames.map((frame) => [pictureName(frame), frame.png])),
  };
}

function cardOf({ images, step, resolution, alpha, columns, eventsMade, scores }: Frame): FrameCard {
  return { images, step, resolution, alpha, columns, eventsMade, ...(scores && { scores }) };
}
