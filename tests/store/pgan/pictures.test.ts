// Pictures from outside: those that claim to be no grid of samples are refused, the others unfold to no more than they say.

import fc from "fast-check";
import { zlibSync } from "fflate";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filmStrip } from "../../../src/export/film.ts";
import { decodeTiles, encodePng, tileGrid } from "../../../src/export/images.ts";
import * as tf from "../../../src/gan/tf.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../../src/store/pgan/checkpoint.ts";
import { pictureName } from "../../../src/store/pgan/pictures.ts";
import { engines } from "../../engines.ts";
import { exampleCheckpoint } from "./example.ts";
import { archiveWith, orTrouble, refusal, unzipped, zipped } from "./spoil.ts";

let checkpoint: Checkpoint;
let bytes: Uint8Array;
let name: string;
let png: Uint8Array;

beforeAll(async () => {
  await engines[0]!.open();
  checkpoint = await exampleCheckpoint();
  ({ bytes } = await writeCheckpoint(checkpoint));
  name = pictureName(checkpoint.frames[0]!);
  png = unzipped(bytes)[name]!;
});
afterAll(() => expect(tf.memory().numTensors).toBe(0));

const big = (at: number, value: number) => {
  const changed = png.slice();
  new DataView(changed.buffer).setUint32(at, value);
  return changed;
};
const of = (width: number, height: number, channels: 1 | 2 | 3, depth: 8 | 16 = 8) => {
  const values = width * height * channels;
  return encode({
    width,
    height,
    channels,
    depth,
    data: depth === 8 ? new Uint8Array(values) : new Uint16Array(values),
  });
};

describe("a picture is refused", () => {
  test.each<[string, () => Uint8Array, RegExp]>([
    ["that is no PNG", () => new Uint8Array(40), /the picture of step 4 is no PNG/],
    ["of no bytes", () => new Uint8Array(), /is no PNG/],
    ["without a head", () => png.subarray(0, 30), /is no PNG/],
    ["that claims to be huge", () => big(16, 2 ** 31 - 1), /is 2147483647 by 16 pixels/],
    ["that claims to be high", () => big(20, 8 * 65), /is 24 by 520 pixels/],
    ["that claims to be nothing", () => big(20, 0), /is 24 by 0 pixels/],
    ["of other tiles", () => of(24, 20, 3), /is 24 by 20 pixels/],
    ["of 16 bits", () => of(24, 16, 3, 16), /is not of 8 bits, grey or RGB/],
    ["with transparency", () => of(24, 16, 2), /is not of 8 bits, grey or RGB/],
  ])("%s", async (_, make, message) => {
    expect(await refusal(archiveWith(bytes, name, make()))).toMatch(message);
  });

  test("that is missing, unless pictures are kept apart", async () => {
    const { [name]: _, ...others } = unzipped(bytes);
    expect(await refusal(zipped(others))).toContain(`it holds no ${name}`);
    expect((await readCheckpoint(zipped(others), "apart")).pictures.size).toBe(1);
  });
});

/** A PNG that says it is of so many pixels, whose data are what they are. */
function pngWith(
  width: number,
  height: number,
  data: Uint8Array,
  more: [string, Uint8Array][] = [],
): Uint8Array {
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, 2], 8);
  const chunk = ([type, content]: [string, Uint8Array]) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, content.length);
    return [length, Buffer.from(type, "latin1"), content, new Uint8Array(4)];
  };
  const chunks: [string, Uint8Array][] = [
    ["IHDR", head],
    ...more,
    ["IDAT", data],
    ["IEND", new Uint8Array()],
  ];
  return new Uint8Array(Buffer.concat([png.subarray(0, 8), ...chunks.flatMap(chunk)]));
}

describe("what is packed in a picture", () => {
  const bomb = zlibSync(new Uint8Array(300 * 2 ** 20), { level: 9 }); // 300 MB in 300 kB
  const fitting = zlibSync(new Uint8Array(16 * (1 + 24 * 3)));

  test("is unpacked where it fits", () => {
    expect(decodeTiles(pngWith(24, 16, fitting), 8)).toMatchObject({ count: 6, channels: 3 });
    const tiles = {
      pixels: new Uint8Array(6 * 64).map((_, i) => i),
      count: 6,
      resolution: 8,
      channels: 1,
    } as const;
    expect(decodeTiles(encodePng(tileGrid(tiles, { columns: 3 }), { made: "by us" }), 8)).toEqual(tiles);
  });

  test.each<[string, () => Uint8Array, RegExp]>([
    ["is not unpacked beyond its size", () => pngWith(24, 16, bomb), /24×16 unfolds to more than it holds/],
    ["is not less", () => pngWith(4096, 4096, fitting), /unfolds to 1168 bytes, not 50335744/],
    ["is in no other place", () => pngWith(24, 16, fitting, [["iCCP", bomb]]), /a chunk "iCCP"/],
    [
      "has one head",
      () => pngWith(24, 16, fitting, [["IHDR", new Uint8Array(13)]]),
      /not where they should be/,
    ],
  ])("%s", async (_, make, message) => {
    const [before, began] = [process.memoryUsage().arrayBuffers, performance.now()];
    expect(() => decodeTiles(make(), 8)).toThrow(message);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
    const moment = { images: 4, step: 7, resolution: 8, alpha: 1, samples: make() };
    await expect(filmStrip([moment], { rows: 1 })).rejects.toThrow("The picture of step 7 can't be read.");
  });
});

test("whatever is done to a picture, it is refused, or the film is made or refused in a sentence", async () => {
  let made = 0;
  const change = fc.tuple(fc.nat(png.length - 1), fc.integer({ min: 1, max: 255 }));
  const check = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
    const changed = png.slice();
    for (const [at, flip] of changes) changed[at]! ^= flip;
    const read = await orTrouble(() => readCheckpoint(archiveWith(bytes, name, changed)));
    if (!read) return;
    const kept = read.frames.map(async (frame) => ({
      ...frame,
      samples: new Uint8Array(await read.pictures.get(pictureName(frame))!.arrayBuffer()),
    }));
    const moments = await Promise.all(kept);
    if (await orTrouble(() => filmStrip(moments, { rows: 3 }))) made++;
  });
  await fc.assert(check, { seed: 1, numRuns: 300 });
  expect(made).toBeGreaterThan(5);
});
