// What a person saves of a run: made in the worker, between steps, with progress and a way to cancel.

import { zipSamples } from "../../export/archive.ts";
import { filmStrip } from "../../export/film.ts";
import { encodePng, tileGrid } from "../../export/images.ts";
import { fakesName, filmName, samplesName, snapshotName, statsName } from "../../export/names.ts";
import { statsJsonl } from "../../export/stats.ts";
import { Trouble } from "../../gan/errors.ts";
import { keptConfig } from "../../gan/settings/settings.ts";
import type { Library } from "../../store/runs/library.ts";
import type { Keeper } from "./keeper.ts";
import { nextTask } from "../nextTask.ts";
import type { ExportKind } from "../protocol.ts";
import type { Session } from "../run/session.ts";
import type { Watch } from "../run/watch.ts";

export interface Saved {
  name: string;
  file: Blob;
}

/**
 * Makes the file.
 * @throws Trouble when there is nothing to save yet, or too much asked for; the signal's reason when aborted
 */
export async function save(
  what: Exclude<ExportKind, { type: "run" }>,
  { run, gallery }: Session,
  watch: Watch,
  keeper: Pick<Keeper, "file">,
  onprogress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Saved> {
  switch (what.type) {
    case "grid": {
      const scale = whole("scale", what.scale, 1, 64);
      const { images, resolution } = run;
      const grid = tileGrid(await gallery.samples(what.weights), { columns: gallery.columns, scale });
      return { name: fakesName(images, resolution, what.weights), file: png(encodePng(grid)) };
    }
    case "samples": {
      const count = whole("number of samples", what.count, 1, 100_000);
      const seed = whole("seed", what.seed, 0, 2 ** 32 - 1);
      const { images: imagesShown, config, step } = run;
      const made = { ...keptConfig(config), imagesShown, step, samplesSeed: seed, weights: what.weights };
      const album = gallery.open(what.weights, seed);
      const draw = async (start: number, wanted: number) => {
        await nextTask(); // training and other commands go on between chunks
        signal.throwIfAborted();
        return album.draw(start, wanted);
      };
      try {
        const file = await zipSamples({ count, seed, config: made, draw, onprogress, signal });
        return { name: samplesName(imagesShown, seed, count), file };
      } finally {
        album.close();
      }
    }
    case "filmstrip": {
      const rows = whole("number of rows", what.rows, 1, gallery.columns * gallery.rows);
      const scale = whole("scale", what.scale, 1, 16);
      const { frames } = watch.past();
      if (frames.length === 0) throw new Trouble("The timeline is empty.", "Train for a moment first.");
      const moments = await Promise.all(
        frames.map(async ({ png, ...frame }) => ({
          ...frame,
          samples: new Uint8Array(await png.arrayBuffer()),
        })),
      );
      signal.throwIfAborted();
      checkPictureSize(moments.length * run.resolution * scale, rows * run.resolution * scale);
      const strip = await filmStrip(moments, { rows, scale }, async (done, total) => {
        onprogress(done, total);
        await nextTask();
        signal.throwIfAborted();
      });
      return { name: filmName, file: png(encodePng(strip)) };
    }
    case "stats":
      return {
        name: statsName,
        file: new Blob([statsJsonl(watch.past().ticks)], { type: "application/jsonl" }),
      };
    case "checkpoint":
      return keeper.file();
    default:
      return what satisfies never;
  }
}

/** A run that is kept, as a file. @throws Trouble when it can't be read */
export async function giveOut(id: string, library: Library): Promise<Saved> {
  const { checkpoint, bytes } = await library.giveOut(id);
  const { place, run } = checkpoint;
  return { name: snapshotName(place.images, run.pair?.side), file: pganFile(bytes) };
}

export const pganFile = (bytes: Uint8Array<ArrayBuffer>): Blob =>
  new Blob([bytes], { type: "application/octet-stream" });

function whole(what: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Trouble(`The ${what} can't be ${value}.`, `Use a whole number from ${min} to ${max}.`);
}

function checkPictureSize(width: number, height: number): void {
  const most = 200e6; // pixels; the bytes are held several times over while they are encoded
  if (width * height > most)
    throw new Trouble(
      `The film strip would be ${width} by ${height} pixels, more than ${most / 1e6} million in all.`,
      "Choose fewer rows or a smaller scale.",
    );
}

const png = (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes], { type: "image/png" });
