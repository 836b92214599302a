// Images as bytes: from floats, into one picture of tiles, and as a PNG and back.

import { decode, encode } from "fast-png";
import { checkUnfolding } from "./unfold.ts";

/** Square images, one after the other. */
export interface Tiles {
  /** [N,R,R,C] */
  pixels: Uint8Array;
  count: number;
  resolution: number;
  channels: 1 | 3;
}

/** One picture. */
export interface Picture {
  width: number;
  height: number;
  channels: 1 | 3;
  /** [H,W,C] */
  data: Uint8Array<ArrayBuffer>;
}

export interface Layout {
  /** Tiles in a row. */
  columns: number;
  /** Pixels a side for each pixel of a tile, nearest neighbour: a whole number of at least 1. */
  scale?: number;
  /** Pixels between tiles. */
  gutter?: number;
}

/** Value of pixels that belong to no tile. */
const paper = 255;

/**
 * Bytes of `values` in [-1,1]: x · 127.5 + 127.5, rounded half to even, then clipped, as NVlabs save images.
 * @returns also the share of values outside [-1,1], or not a number, which bytes cannot show
 */
export function toBytes(values: Float32Array): { bytes: Uint8Array<ArrayBuffer>; clipped: number } {
  const bytes = new Uint8ClampedArray(values.length); // rounds half to even and clips by itself
  let outside = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    bytes[i] = value * 127.5 + 127.5;
    if (!(Math.abs(value) <= 1)) outside++;
  }
  return { bytes: new Uint8Array(bytes.buffer), clipped: values.length > 0 ? outside / values.length : 0 };
}

/** Tiles as one picture, left to right, top to bottom. Cells left over are white. */
export function tileGrid(tiles: Tiles, { columns, scale = 1, gutter = 0 }: Layout): Picture {
  checkTiles(tiles);
  checkWhole("columns", columns, 1);
  checkWhole("scale", scale, 1);
  checkWhole("gutter", gutter, 0);
  const side = tiles.resolution * scale;
  const rows = Math.ceil(tiles.count / columns);
  const picture = blankPicture(
    columns * (side + gutter) - gutter,
    Math.max(0, rows * (side + gutter) - gutter),
    tiles.channels,
  );
  for (let n = 0; n < tiles.count; n++) {
    const left = (n % columns) * (side + gutter);
    const top = Math.floor(n / columns) * (side + gutter);
    drawTile(picture, tiles, n, left, top, scale);
  }
  return picture;
}

/** An all-white picture. */
export function blankPicture(width: number, height: number, channels: 1 | 3): Picture {
  return { width, height, channels, data: new Uint8Array(width * height * channels).fill(paper) };
}

/** Draws tile `n` at (left, top), each of its pixels `scale` pixels a side. A grey tile may go into a colour picture. */
export function drawTile(
  to: Picture,
  tiles: Tiles,
  n: number,
  left: number,
  top: number,
  scale: number,
): void {
  const { resolution: R, channels: C } = tiles;
  const stride = to.width * to.channels;
  for (let y = 0; y < R; y++) {
    const start = (top + y * scale) * stride + left * to.channels;
    let at = start;
    for (let x = 0; x < R; x++) {
      const from = ((n * R + y) * R + x) * C;
      for (let copy = 0; copy < scale; copy++)
        for (let c = 0; c < to.channels; c++) to.data[at++] = tiles.pixels[from + (C === 1 ? 0 : c)]!;
    }
    for (let copy = 1; copy < scale; copy++) to.data.copyWithin(start + copy * stride, start, at);
  }
}

/** Tile `n` as a picture of its own. */
export function tileAt(tiles: Tiles, n: number): Picture {
  const { resolution, channels, pixels } = tiles;
  const size = resolution * resolution * channels;
  return { width: resolution, height: resolution, channels, data: pixels.slice(n * size, (n + 1) * size) };
}

/**
 * A PNG of 8 bits a channel; grey stays grey.
 * @param text kept in the file beside the pixels, by keyword (Latin-1)
 */
export function encodePng(picture: Picture, text: Record<string, string> = {}): Uint8Array<ArrayBuffer> {
  return encode({ ...picture, depth: 8, text }, { zlib: { level: 3 } }) as Uint8Array<ArrayBuffer>;
}

/**
 * The tiles of a picture that `tileGrid` laid out at scale 1 without a gutter. Cells left over count as tiles.
 * @param png may come from outside
 * @throws Error when it is damaged, no such grid, or unfolds to more than it says
 */
export function decodeTiles(png: Uint8Array, resolution: number): Tiles {
  checkUnfolding(png);
  const { width, height, data, depth, channels } = decode(png);
  if (depth !== 8 || (channels !== 1 && channels !== 3))
    throw new RangeError(`expected 8 bits of 1 or 3 channels, got ${depth} bits of ${channels}`);
  if (width % resolution !== 0 || height % resolution !== 0)
    throw new RangeError(`a picture of ${width}×${height} does not split into tiles of ${resolution}`);
  const [columns, rows, run] = [width / resolution, height / resolution, resolution * channels];
  const pixels = new Uint8Array(width * height * channels); // [N,R,R,C]
  for (let n = 0, to = 0; n < columns * rows; n++)
    for (let y = 0; y < resolution; y++, to += run) {
      const from = (Math.floor(n / columns) * resolution + y) * width * channels + (n % columns) * run;
      pixels.set(data.subarray(from, from + run), to);
    }
  return { pixels, count: columns * rows, resolution, channels };
}

function checkTiles({ pixels, count, resolution, channels }: Tiles): void {
  const expected = count * resolution * resolution * channels;
  if (pixels.length !== expected)
    throw new RangeError(`expected ${expected} bytes of tiles, got ${pixels.length}`);
}

function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number of at least ${least}, got ${value}`);
}
