// An archive of many samples as single PNGs, written as they are drawn.

import { downloadZip } from "client-zip";
import { encodePng, tileAt } from "./images.ts";
import type { Tiles } from "./images.ts";
import { configName, sampleName } from "./names.ts";

export interface SamplesToZip {
  /** Samples to draw, and the seed they are named after. */
  count: number;
  seed: number;
  /** What made them, kept as config.json. */
  config: object;
  /** Samples `start` … `start + count - 1` of the seed. */
  draw: (start: number, count: number) => Tiles | Promise<Tiles>;
  /** Samples to draw at a time: all that is ever held as anything but PNG. */
  chunk?: number;
  /** Time stamp of the files, now by default. */
  date?: Date;
  onprogress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * A zip of config.json and `count` PNGs, stored: PNGs do not get smaller.
 * @throws the signal's reason once it is aborted: at the next sample, no part of the archive is kept
 */
export async function zipSamples(wanted: SamplesToZip): Promise<Blob> {
  let reason: unknown;
  const entries = async function* () {
    try {
      yield* samples(wanted);
    } catch (error) {
      reason = error;
      throw error;
    }
  };
  try {
    return await downloadZip(entries()).blob();
  } catch (error) {
    throw reason ?? error; // engines differ in how they wrap what a stream threw
  }
}

async function* samples({ count, seed, config, draw, chunk = 64, ...rest }: SamplesToZip) {
  const { date: lastModified = new Date(), onprogress, signal } = rest;
  signal?.throwIfAborted();
  yield { name: configName, input: JSON.stringify(config, null, 2) + "\n", lastModified };
  for (let start = 0; start < count; start += chunk) {
    const asked = Math.min(chunk, count - start);
    const tiles = await draw(start, asked);
    if (tiles.count !== asked) throw new RangeError(`expected ${asked} samples drawn, got ${tiles.count}`);
    for (let n = 0; n < asked; n++) {
      signal?.throwIfAborted();
      yield { name: sampleName(seed, start + n, count), input: encodePng(tileAt(tiles, n)), lastModified };
    }
    onprogress?.(start + asked, count);
  }
  signal?.throwIfAborted();
}
