// Where each tile of a grid lies. A cell keeps its place and size while the resolution of its image doubles.

/** Sizes of a tile to choose from, CSS pixels a side. Multiples of every resolution, up to their own size. */
export const zooms = [16, 32, 64, 128] as const;

/** Grey between the tiles, CSS pixels. */
const gutter = 2;

export interface Layout {
  columns: number;
  rows: number;
  /** Screen pixels a side of a tile, and between tiles. */
  tile: number;
  gap: number;
  /** Size of the whole in screen pixels. */
  width: number;
  height: number;
}

/**
 * A grid of `count` tiles about `zoom` CSS pixels wide on a screen of `density` pixels a CSS pixel.
 * A tile takes a multiple of 64 screen pixels, or a power of two, so that an image fills it at an integer scale.
 */
export function layOut(count: number, columns: number, zoom: number, density: number): Layout {
  const wanted = Math.max(1, zoom * density);
  const tile = wanted >= 64 ? wanted - (wanted % 64) : 2 ** Math.floor(Math.log2(wanted));
  const gap = Math.max(1, Math.round(gutter * density));
  const rows = Math.max(1, Math.ceil(count / columns));
  return { columns, rows, tile, gap, width: columns * (tile + gap) + gap, height: rows * (tile + gap) + gap };
}

/** The upper left corner of tile `index`, screen pixels. */
export function placeOf(index: number, { columns, tile, gap }: Layout): { x: number; y: number } {
  return {
    x: gap + (index % columns) * (tile + gap),
    y: gap + Math.floor(index / columns) * (tile + gap),
  };
}

/**
 * The largest zoom at which so many grids fit side by side in `width` CSS pixels, or all but one of them.
 * Where not even small ones do, one grid takes the whole width.
 */
export function fit(width: number, columns: number, grids = 2): number {
  const grid = (zoom: number) => columns * (zoom + gutter) + gutter;
  const fitting = (n: number) => zooms.filter((zoom) => n * grid(zoom) + (n - 1) * panelGap <= width);
  for (let n = grids; n > 1; n--) {
    const largest = fitting(n).at(-1) ?? 0;
    if (largest >= 32) return largest;
  }
  return fitting(1).at(-1) ?? zooms[0];
}

/** Between the two panels, CSS pixels. */
export const panelGap = 16;
