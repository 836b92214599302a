// Whether a sample of a moment that was made again is the picture that was kept of it when that moment was live.

import { decodeTiles, tileAt, type Tiles } from "../../export/images.ts";
import type { Moment } from "../../gan/replay.ts";
import type { Frame } from "../../store/history/chronicle.ts";
import type { Sample } from "./words.ts";

/**
 * Compares byte by byte.
 * @param frames of the run's timeline
 * @returns undefined where no picture of the moment is kept, or it can't be read
 */
export async function isAsKept(
  { picture, cell }: Sample,
  at: Moment,
  frames: readonly Frame[],
): Promise<boolean | undefined> {
  const frame = frames.find(({ step, eventsMade }) => step === at.step && eventsMade === at.eventsMade);
  const tiles = frame && (await tilesOf(frame));
  if (!tiles || cell >= tiles.count) return undefined;
  const { data } = tileAt(tiles, cell);
  return data.length === picture.pixels.length && data.every((byte, i) => byte === picture.pixels[i]);
}

async function tilesOf({ png, resolution }: Frame): Promise<Tiles | undefined> {
  const bytes = new Uint8Array(await png.arrayBuffer());
  try {
    return decodeTiles(bytes, resolution);
  } catch {
    return undefined; // spoilt on the disk: it tells nothing of the run
  }
}
