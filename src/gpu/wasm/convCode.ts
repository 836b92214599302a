// The inner loops of convolution and of its filter gradient. Both work on tiles of 4×8 sums that stay in registers: at each
// turn, four numbers of the images times eight of the filter, or of the gradient above.
//
// Pixels lie side by side, so that what a row of taps meets of the images is one stretch of K·C numbers.

import {
  add,
  advance,
  and,
  type Code,
  copyMemory,
  count,
  defineFunction,
  f32,
  f32x4,
  int,
  isAtLeast,
  isLess,
  type Local,
  multiply,
  repeat,
  select,
  sequence,
  when,
  type WasmFunction,
} from "./assembler.ts";

/** Sums of a tile: four by two vectors of four. */
export const [tileRows, tileColumns] = [4, 8];

const product = (first: Code, ...rest: Code[]): Code => rest.reduce(multiply, first);
const sum = (first: Code, ...rest: Code[]): Code => rest.reduce(add, first);
/** Rounded down to a multiple of a power of two. */
const rounded = (variable: Local, to: number): Code => and(variable.get, int(-to));

/**
 * convolve: images with margins to images, by a filter in panels [D/8][taps·segment][8].
 * @param step floats from what one pixel of the result sees to what the next sees
 * @param D channels of the result
 */
export function convolve(step: number, D: number): WasmFunction {
  const given = { x: "i32", w: "i32", y: "i32", images: "i32", rows: "i32", columns: "i32" } as const;
  const sizes = { imageBytes: "i32", rowBytes: "i32", tapBytes: "i32" } as const;
  const inner = { taps: "i32", segment: "i32", blockRows: "i32" } as const;
  return defineFunction("convolve", { ...given, ...sizes, ...inner }, (p, local) => {
    const [image, block, panel, row, end, column] = Array.from({ length: 6 }, () => local("i32")) as Six;
    const [panelAt, wAt, xTile, tapAt, xAt, stop] = Array.from({ length: 6 }, () => local("i32")) as Six;
    const [yAt, tap] = [local("i32"), local("i32")];
    const sums = Array.from({ length: tileRows }, () => [local("v128"), local("v128")]);
    const [left, right, splat] = [local("v128"), local("v128"), local("v128")];
    const panels = Math.ceil(D / tileColumns);

    /** One place of the segment: a column of x times a row of the panel. Unrolled by four, V8 is 40% slower. */
    const turn = (pixels: number): Code =>
      sequence(
        left.set(f32x4.load(wAt.get)),
        right.set(f32x4.load(wAt.get, 16)),
        ...sums
          .slice(0, pixels)
          .flatMap(([low, high], pixel) => [
            splat.set(f32x4.loadSplat(xAt.get, 4 * pixel * step)),
            low!.set(f32x4.add(low!.get, f32x4.multiply(splat.get, left.get))),
            high!.set(f32x4.add(high!.get, f32x4.multiply(splat.get, right.get))),
          ]),
        advance(xAt, int(4)),
        advance(wAt, int(32)),
      );
    const whole = (pixels: number): Code =>
      sequence(
        ...sums
          .slice(0, pixels)
          .flatMap(([low, high], pixel) => [
            f32x4.store(yAt.get, low!.get, 4 * pixel * D),
            f32x4.store(yAt.get, high!.get, 4 * pixel * D + 16),
          ]),
      );
    const rest = D % tileColumns;
    const partial = (pixels: number): Code =>
      sequence(
        ...sums
          .slice(0, pixels)
          .flatMap((halves, pixel) =>
            Array.from({ length: rest }, (_, i) =>
              f32.store(yAt.get, f32x4.lane(halves[i >> 2]!.get, i % 4), 4 * (pixel * D + i)),
            ),
          ),
      );
    const store = (pixels: number): Code =>
      rest === 0
        ? whole(pixels)
        : sequence(
            when(isLess(panel.get, int(panels - 1)), whole(pixels)),
            when(isAtLeast(panel.get, int(panels - 1)), partial(pixels)),
          );
    const tile = (pixels: number): Code =>
      sequence(
        ...sums.slice(0, pixels).flatMap((halves) => halves.map((half) => half.set(f32x4.zero))),
        wAt.set(panelAt.get),
        tapAt.set(xTile.get),
        count(
          tap,
          p.taps.get,
          sequence(
            xAt.set(tapAt.get),
            stop.set(add(tapAt.get, multiply(p.segment.get, int(4)))),
            repeat(turn(pixels), isLess(xAt.get, stop.get)),
            advance(tapAt, p.tapBytes.get),
          ),
        ),
        store(pixels),
        advance(xTile, int(4 * pixels * step)),
        advance(yAt, int(4 * pixels * D)),
        advance(column, int(pixels)),
      );
    const tiles = (pixels: number, until: Code): Code =>
      when(isLess(column.get, until), repeat(tile(pixels), isLess(column.get, until)));

    return count(
      image,
      p.images.get,
      count(
        block,
        p.rows.get,
        sequence(
          end.set(smaller(add(block.get, p.blockRows.get), p.rows.get)),
          count(
            panel,
            int(panels),
            sequence(
              panelAt.set(add(p.w.get, product(panel.get, p.taps.get, p.segment.get, int(32)))),
              row.set(block.get),
              repeat(
                sequence(
                  xTile.set(
                    sum(p.x.get, multiply(image.get, p.imageBytes.get), multiply(row.get, p.rowBytes.get)),
                  ),
                  yAt.set(
                    sum(
                      p.y.get,
                      product(add(multiply(image.get, p.rows.get), row.get), p.columns.get, int(4 * D)),
                      multiply(panel.get, int(32)),
                    ),
                  ),
                  column.set(int(0)),
                  tiles(tileRows, rounded(p.columns, tileRows)),
                  tiles(1, p.columns.get),
                  advance(row, int(1)),
                ),
                isLess(row.get, end.get),
              ),
            ),
          ),
        ),
        p.blockRows.get,
      ),
    );
  });
}

/** Six variables at most. */
type Six = [Local, Local, Local, Local, Local, Local];

/** The smaller of two unsigned integers. */
const smaller = (a: Code, b: Code): Code => select(a, b, isLess(a, b));

/**
 * correlate: adds to tiles [taps][tiles][D/8][4][8] what images with margins and the gradient above have in common.
 * @param step floats from what one pixel above saw to what the next saw
 * @param D channels above, a multiple of eight
 */
export function correlate(step: number, D: number): WasmFunction {
  const given = { x: "i32", dy: "i32", dw: "i32", images: "i32", rows: "i32", columns: "i32" } as const;
  const sizes = { imageBytes: "i32", rowBytes: "i32", tapBytes: "i32" } as const;
  const inner = { taps: "i32", tiles: "i32", blockRows: "i32" } as const;
  return defineFunction("correlate", { ...given, ...sizes, ...inner }, (p, local) => {
    const [image, block, panel, row, end, tap] = Array.from({ length: 6 }, () => local("i32")) as Six;
    const [tile, tileAt, xAt, dyAt, stop] = Array.from({ length: 5 }, () => local("i32")) as Six;
    const sums = Array.from({ length: tileRows }, () => [local("v128"), local("v128")]);
    const [left, right, splat] = [local("v128"), local("v128"), local("v128")];
    const all = sums.flat();

    const turn = sequence(
      left.set(f32x4.load(dyAt.get)),
      right.set(f32x4.load(dyAt.get, 16)),
      ...sums.flatMap(([low, high], channel) => [
        splat.set(f32x4.loadSplat(xAt.get, 4 * channel)),
        low!.set(f32x4.add(low!.get, f32x4.multiply(splat.get, left.get))),
        high!.set(f32x4.add(high!.get, f32x4.multiply(splat.get, right.get))),
      ]),
      advance(xAt, int(4 * step)),
      advance(dyAt, int(4 * D)),
    );
    const oneRow = sequence(
      xAt.set(
        sum(
          p.x.get,
          multiply(image.get, p.imageBytes.get),
          multiply(row.get, p.rowBytes.get),
          multiply(tap.get, p.tapBytes.get),
          multiply(tile.get, int(4 * tileRows)),
        ),
      ),
      dyAt.set(
        sum(
          p.dy.get,
          product(add(multiply(image.get, p.rows.get), row.get), p.columns.get, int(4 * D)),
          multiply(panel.get, int(32)),
        ),
      ),
      stop.set(add(dyAt.get, multiply(p.columns.get, int(4 * D)))),
      repeat(turn, isLess(dyAt.get, stop.get)),
      advance(row, int(1)),
    );

    return count(
      image,
      p.images.get,
      count(
        block,
        p.rows.get,
        sequence(
          end.set(smaller(add(block.get, p.blockRows.get), p.rows.get)),
          tileAt.set(p.dw.get),
          count(
            tap,
            p.taps.get,
            count(
              tile,
              p.tiles.get,
              count(
                panel,
                int(D / tileColumns),
                sequence(
                  ...all.map((half, i) => half.set(f32x4.load(tileAt.get, 16 * i))),
                  row.set(block.get),
                  repeat(oneRow, isLess(row.get, end.get)),
                  ...all.map((half, i) => f32x4.store(tileAt.get, half.get, 16 * i)),
                  advance(tileAt, int(16 * all.length)),
                ),
              ),
            ),
          ),
        ),
        p.blockRows.get,
      ),
    );
  });
}

/** surround: copies rows of images into the middle of larger ones. */
export const surround = defineFunction(
  "surround",
  { x: "i32", into: "i32", images: "i32", rows: "i32", rowBytes: "i32", outerBytes: "i32", gap: "i32" },
  (p, local) => {
    const [image, row] = [local("i32"), local("i32")];
    return count(
      image,
      p.images.get,
      sequence(
        count(
          row,
          p.rows.get,
          sequence(
            copyMemory(p.into.get, p.x.get, p.rowBytes.get),
            advance(p.x, p.rowBytes.get),
            advance(p.into, p.outerBytes.get),
          ),
        ),
        advance(p.into, p.gap.get),
      ),
    );
  },
);
