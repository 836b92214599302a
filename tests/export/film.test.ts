// The film strip shows the samples it was given, each in a cell of the same size, under marks that tell the phases.

import { expect, test } from "vitest";
import { filmStrip, marksHeight } from "../../src/export/film.ts";
import type { Moment } from "../../src/export/film.ts";
import { encodePng, tileGrid } from "../../src/export/images.ts";
import type { Picture, Tiles } from "../../src/export/images.ts";

/** Two tiles whose pixels count up from `first`. */
const tiles = (resolution: number, first: number, channels: 1 | 3 = 1): Tiles => ({
  pixels: Uint8Array.from({ length: 2 * resolution ** 2 * channels }, (_, i) => (first + i) % 251),
  count: 2,
  resolution,
  channels,
});
const moment = (resolution: number, alpha: number, samples: Moment["samples"]): Moment => ({
  images: 0,
  step: 0,
  resolution,
  alpha,
  samples,
});
const pixel = ({ data, width, channels }: Picture, x: number, y: number): number =>
  data[(y * width + x) * channels]!;

test("rows are z, columns are moments, and cells are equal at every resolution", async () => {
  const [small, large] = [tiles(4, 0), tiles(8, 100)];
  const scale = 3;
  const strip = await filmStrip([moment(4, 1, small), moment(8, 1, large)], { rows: 2, scale });
  const cell = 8 * scale;
  expect([strip.width, strip.height, strip.channels]).toEqual([2 * cell, marksHeight * scale + 2 * cell, 1]);
  for (const [column, { pixels, resolution: R }] of [small, large].entries())
    for (let row = 0; row < 2; row++)
      for (let y = 0; y < cell; y++)
        for (let x = 0; x < cell; x++) {
          const [px, py] = [Math.floor((x * R) / cell), Math.floor((y * R) / cell)];
          const got = pixel(strip, column * cell + x, marksHeight * scale + row * cell + y);
          expect(got).toBe(pixels[(row * R + py) * R + px]);
        }
});

test("a PNG of the samples gives the same strip as the samples", async () => {
  const colour = tiles(8, 9, 3);
  const png = encodePng(tileGrid(colour, { columns: 2 }));
  const strip = await filmStrip([moment(8, 1, colour)], { rows: 2 });
  expect(await filmStrip([moment(8, 1, png)], { rows: 2 })).toEqual(strip);
  expect(strip.channels).toBe(3);
});

test("the marks say where phases begin, at which resolution, and how dark α is", async () => {
  const run = [
    moment(4, 1, tiles(4, 0)),
    moment(8, 0.25, tiles(8, 0)),
    moment(8, 0.75, tiles(8, 0)),
    moment(8, 1, tiles(8, 0)),
  ];
  const strip = await filmStrip(run, { rows: 1 });
  const drawn = Array.from({ length: marksHeight }, (_, y) =>
    Array.from({ length: strip.width }, (_, x) =>
      pixel(strip, x, y) === 0 ? "#" : pixel(strip, x, y) === 255 ? "." : "+",
    ).join(""),
  );
  expect(drawn).toEqual([
    "#.#.....###.....................",
    "#.#.....#.#.....................",
    "###.....###.....................",
    "..#.....#.#.....................",
    "..#.....###.....................",
    "................................",
    "#.......#...............#.......",
    "#########+++++++++++++++########",
    "#########+++++++++++++++########",
    "#.......#...............#.......",
  ]);
  expect([pixel(strip, 9, 7), pixel(strip, 17, 7)]).toEqual([165, 55]);
});

test("no moments, or too few samples, are refused with the numbers", async () => {
  await expect(filmStrip([], { rows: 1 })).rejects.toThrow("at least one moment, got 0");
  await expect(filmStrip([moment(4, 1, tiles(4, 0))], { rows: 3 })).rejects.toThrow(
    "expected 3 samples at 0 images, got 2",
  );
});
