// Puts grids on a canvas: nearest pixel, integer scale, mid-grey between the tiles in light and dark alike.

import type { Grid } from "../../worker/protocol.ts";
import { type Layout, placeOf } from "./layout.ts";

/** Images in one picture, one pixel a pixel, `columns` wide, without gaps. */
export interface Atlas {
  picture: CanvasImageSource;
  resolution: number;
  columns: number;
  count: number;
  /** Pixel row of the picture that they begin at; 0 unless told. */
  top?: number;
}

/** Image brightness is judged against the same grey in every theme. */
const grey = "#808080";

/** The grid's bytes as an atlas of one column. */
export function atlasOf(grid: Grid): Atlas {
  const { count, resolution } = grid;
  const canvas = new OffscreenCanvas(resolution, resolution * count);
  canvas.getContext("2d")!.putImageData(new ImageData(toRgba(grid), resolution, resolution * count), 0, 0);
  return { picture: canvas, resolution, columns: 1, count };
}

/** Bytes [N,R,R,C] of one or three channels to opaque RGBA, [N,R,R,4]. */
export function toRgba({
  pixels,
  channels,
}: Pick<Grid, "pixels" | "channels">): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((pixels.length / channels) * 4).fill(255);
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  for (let from = 0, to = 0; from < pixels.length; from += channels, to += 4) {
    rgba[to] = pixels[from]!;
    rgba[to + 1] = pixels[from + green]!;
    rgba[to + 2] = pixels[from + blue]!;
  }
  return rgba;
}

/** Draws all tiles of `atlas`; without one, empty places. */
export function paint(canvas: HTMLCanvasElement, layout: Layout, atlas: Atlas | undefined): void {
  const { width, height, tile } = layout;
  // Setting a canvas's size clears it, even to the size it has.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d", { alpha: false })!;
  context.fillStyle = grey;
  context.fillRect(0, 0, width, height);
  if (!atlas) return;

  const { picture, resolution: R, columns, top = 0 } = atlas;
  // Where a tile has fewer pixels than the image there is no integer scale, and averaging shows all of it.
  context.imageSmoothingEnabled = tile < R;
  context.imageSmoothingQuality = "high";
  for (let i = 0; i < Math.min(atlas.count, layout.columns * layout.rows); i++) {
    const { x, y } = placeOf(i, layout);
    context.drawImage(picture, (i % columns) * R, top + Math.floor(i / columns) * R, R, R, x, y, tile, tile);
  }
}
