// The film strip: how the samples of the same z change over a run. Rows are z, columns are moments.

import { Trouble } from "../gan/errors.ts";
import { blankPicture, decodeTiles, drawTile } from "./images.ts";
import type { Picture, Tiles } from "./images.ts";

/** Samples of one moment. The same tile of every moment comes from the same z. */
export interface Moment {
  images: number;
  step: number;
  /** Resolution of the network then, pixels a side; α of its newest layers. */
  resolution: number;
  alpha: number;
  /** The samples, or a PNG of them: a grid of one pixel a pixel without gaps. */
  samples: Tiles | Uint8Array;
}

export interface FilmLayout {
  /** How many z to show, from the first. */
  rows: number;
  /** Pixels a side for each pixel of the largest resolution. */
  scale?: number;
}

/** Height of the strip of marks above the samples, in pixels before scaling. */
export const marksHeight = 10;

/**
 * One picture of a run. Every cell is as large as the largest resolution, smaller tiles are enlarged (nearest neighbour).
 * Above the columns: a line as dark as α, a tick where a phase begins, and the resolution where it changes.
 * @param between awaited before every moment: to tell of progress, to let others work, or to throw and give up
 * @throws Trouble when a picture is damaged
 * @throws RangeError when there is no moment, or one holds fewer than `rows` samples
 */
export async function filmStrip(
  moments: readonly Moment[],
  { rows, scale = 1 }: FilmLayout,
  between?: (done: number, total: number) => Promise<void>,
): Promise<Picture> {
  if (moments.length === 0) throw new RangeError("a film strip needs at least one moment, got 0");
  const largest = Math.max(...moments.map(({ resolution }) => resolution));
  const cell = largest * scale;
  const top = marksHeight * scale;
  const strip = blankPicture(moments.length * cell, top + rows * cell, tilesOf(moments[0]!).channels);

  for (const [column, moment] of moments.entries()) {
    await between?.(column, moments.length);
    const tiles = tilesOf(moment); // decoded one moment at a time: a long run does not fit in memory at once
    if (tiles.count < rows)
      throw new RangeError(`expected ${rows} samples at ${moment.images} images, got ${tiles.count}`);
    for (let n = 0; n < rows; n++)
      drawTile(strip, tiles, n, column * cell, top + n * cell, cell / tiles.resolution);
    drawMarks(strip, moment, moments[column - 1], column * cell, cell, scale);
  }
  return strip;
}

/** The samples of a moment. A run's pictures may have come in a file from outside, or be spoilt on the disk. */
function tilesOf({ samples, resolution, step }: Moment): Tiles {
  if (!(samples instanceof Uint8Array)) return samples;
  try {
    return decodeTiles(samples, resolution);
  } catch (cause) {
    throw new Trouble(
      `The picture of step ${step} can't be read.`,
      "Its file is damaged. Take the run from another copy, if there is one.",
      { cause },
    );
  }
}

/** The marks of one column: its α, and what is new since the column before. */
function drawMarks(
  strip: Picture,
  { resolution, alpha }: Moment,
  before: Moment | undefined,
  left: number,
  width: number,
  scale: number,
): void {
  const box = (x: number, y: number, w: number, h: number, value: number) =>
    fill(strip, left + x * scale, y * scale, w * scale, h * scale, value);
  box(0, 7, width / scale, 2, Math.round(220 * (1 - alpha)));

  const grown = before?.resolution !== resolution;
  const settled = before !== undefined && before.alpha < 1 && alpha === 1;
  if (grown || settled) box(0, 6, 1, 4, 0);
  if (!grown) return;
  for (const [place, digit] of [...String(resolution)].entries())
    for (const [y, row] of digits[Number(digit)]!.entries())
      for (const [x, dot] of [...row].entries()) if (dot === "#") box(place * 4 + x, y, 1, 1, 0);
}

function fill(
  { data, width, channels }: Picture,
  left: number,
  top: number,
  w: number,
  h: number,
  value: number,
) {
  for (let y = top; y < top + h; y++)
    data.fill(value, (y * width + left) * channels, (y * width + left + w) * channels);
}

/** Digits of 3×5 pixels. A resolution's digits are never wider than its cell. */
const digits = [
  "### #.# #.# #.# ###",
  ".#. ##. .#. .#. ###",
  "### ..# ### #.. ###",
  "### ..# ### ..# ###",
  "#.# #.# ### ..# ..#",
  "### #.. ### ..# ###",
  "### #.. ### #.# ###",
  "### ..# ..# ..# ..#",
  "### #.# ### #.# ###",
  "### #.# ### ..# ###",
].map((rows) => rows.split(" "));
