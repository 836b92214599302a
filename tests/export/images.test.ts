// Images keep every pixel on their way to bytes, grids and files.

import { decode } from "fast-png";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTiles, encodePng, tileAt, tileGrid, toBytes } from "../../src/export/images.ts";
import type { Tiles } from "../../src/export/images.ts";

const anyTiles = fc
  .record({
    count: fc.nat(7),
    resolution: fc.constantFrom(4, 8, 16),
    channels: fc.constantFrom(1 as const, 3 as const),
  })
  .chain((shape) => {
    const size = shape.count * shape.resolution ** 2 * shape.channels;
    return fc
      .uint8Array({ minLength: size, maxLength: size })
      .map((pixels): Tiles => ({ ...shape, pixels: new Uint8Array(pixels) }));
  });

test("floats become bytes as NVlabs round and clip them", () => {
  const values = Float32Array.of(-1, 1, 0, -2, 1.01, 0.5, -0.5, NaN);
  const { bytes, clipped } = toBytes(values);
  // 127.5 is a half, and goes to the even 128. 0.5 · 127.5 + 127.5 = 191.25.
  expect([...bytes]).toEqual([0, 255, 128, 0, 255, 191, 64, 0]);
  expect(clipped).toBe(3 / 8);
  expect(toBytes(new Float32Array(0)).clipped).toBe(0);
});

test("every byte survives the way to a float and back", () => {
  const all = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);
  expect([...toBytes(all).bytes]).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
});

test("a grid holds pixel (x, y) of tile n where it belongs, and white elsewhere", () =>
  fc.assert(
    fc.property(anyTiles, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.nat(2), check),
    { numRuns: 60 },
  ));

function check(tiles: Tiles, columns: number, scale: number, gutter: number): void {
  const { resolution: R, channels: C, count } = tiles;
  const picture = tileGrid(tiles, { columns, scale, gutter });
  const [side, rows] = [R * scale + gutter, Math.ceil(count / columns)];
  expect(picture.width).toBe(columns * side - gutter);
  expect(picture.height).toBe(Math.max(0, rows * side - gutter));
  const wanted = new Uint8Array(picture.width * picture.height * C).fill(255);
  for (let y = 0; y < picture.height; y++)
    for (let x = 0; x < picture.width; x++) {
      const n = Math.floor(y / side) * columns + Math.floor(x / side);
      const [px, py] = [Math.floor((x % side) / scale), Math.floor((y % side) / scale)];
      if (n >= count || px >= R || py >= R) continue;
      for (let c = 0; c < C; c++)
        wanted[(y * picture.width + x) * C + c] = tiles.pixels[((n * R + py) * R + px) * C + c]!;
    }
  expect(picture.data).toEqual(wanted);
}

test("a PNG of a grid gives its tiles back, byte for byte, and grey stays grey", () =>
  fc.assert(
    fc.property(anyTiles, fc.integer({ min: 1, max: 4 }), (tiles, columns) => {
      fc.pre(tiles.count > 0);
      const picture = tileGrid(tiles, { columns });
      const png = encodePng(picture, { pgan: "seed 7" });
      const { width, height, depth, channels, data, text } = decode(png);
      expect({ width, height, channels, data: new Uint8Array(data) }).toEqual(picture);
      expect([depth, text]).toEqual([8, { pgan: "seed 7" }]);

      const back = decodeTiles(png, tiles.resolution);
      expect(back.pixels.subarray(0, tiles.pixels.length)).toEqual(tiles.pixels);
      expect(back.count).toBe(Math.ceil(tiles.count / columns) * columns);
    }),
    { numRuns: 40 },
  ));

test("a tile on its own is its own pixels", () => {
  const tiles: Tiles = {
    pixels: Uint8Array.from({ length: 32 }, (_, i) => i),
    count: 2,
    resolution: 4,
    channels: 1,
  };
  expect(tileAt(tiles, 1)).toEqual({ width: 4, height: 4, channels: 1, data: tiles.pixels.slice(16) });
});

test("what does not fit is refused with the numbers", () => {
  const tiles: Tiles = { pixels: new Uint8Array(15), count: 1, resolution: 4, channels: 1 };
  expect(() => tileGrid(tiles, { columns: 1 })).toThrow("expected 16 bytes of tiles, got 15");
  const whole = { ...tiles, pixels: new Uint8Array(16) };
  expect(() => tileGrid(whole, { columns: 0 })).toThrow(
    "columns must be a whole number of at least 1, got 0",
  );
  expect(() => tileGrid(whole, { columns: 1, scale: 1.5 })).toThrow("scale");
  expect(() => decodeTiles(encodePng(tileGrid(whole, { columns: 1 })), 8)).toThrow(
    "4×4 does not split into tiles of 8",
  );
});
