// The pack of digits holds what its meta.json says, reaches the networks unharmed, and is refused when it is damaged.

import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { readPack } from "../../src/cli/readPack.ts";
import { createDigits, digitsPack } from "../../src/data/digits.ts";
import { downsample } from "../../src/data/pyramid.ts";
import { Trouble } from "../../src/gan/errors.ts";
import type { ImageSource } from "../../src/gan/source.ts";
import meta from "../../datasets/digits/meta.json" with { type: "json" };

let images: Uint8Array;
let labels: Uint8Array;
let digits: ImageSource;

beforeAll(async () => {
  images = await readPack(digitsPack.images);
  labels = await readPack(digitsPack.labels);
  digits = await createDigits(images, labels);
});

const view = (index: number, resolution: number) => {
  const out = new Float32Array(resolution ** 2);
  digits.write(index, resolution, out, 0);
  return out;
};

test("the pack is the one meta.json describes, and small", () => {
  for (const [i, packed] of [images, labels].entries()) {
    const bytes = gunzipSync(packed);
    const { sha256, ...sizes } = meta.files[i]!;
    expect(sizes).toMatchObject({ packedBytes: packed.length, bytes: bytes.length });
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    expect(packed.length).toBeLessThan(4 * 2 ** 20);
  }
});

test("20,000 grey images of ten kinds, in MNIST's order", () => {
  expect(digits).toMatchObject({ name: "digits", channels: 1, resolution: 32, count: 20_000 });
  expect(digits.modes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  const kinds = Array.from({ length: digits.count }, (_, index) => digits.modeOf!(index));
  expect(kinds.slice(0, 10)).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  const perClass = digits.modes!.map((_, mode) => kinds.filter((kind) => kind === mode).length);
  expect(perClass).toEqual([1994, 2281, 1929, 2076, 1945, 1775, 1971, 2093, 1922, 2014]);
  expect(perClass).toEqual(Object.values(meta.perClass));
});

test("an image is MNIST's 28×28 bytes in a border of two zeros, from -1 to 1", () => {
  const bytes = gunzipSync(images).subarray(16);
  for (const index of [0, 1, 19_999]) {
    const padded = view(index, 32);
    let off = 0;
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++) {
        const inside = x >= 2 && x < 30 && y >= 2 && y < 30;
        const byte = inside ? bytes[index * 784 + (y - 2) * 28 + (x - 2)]! : 0;
        off = Math.max(off, Math.abs(padded[y * 32 + x]! - (byte / 127.5 - 1)));
      }
    expect(off).toBeLessThan(1e-7);
  }
  expect(Math.min(...view(0, 32))).toBe(-1);
  expect(Math.max(...view(0, 32))).toBe(1);
});

test.each([16, 8, 4])("the view at %i px is the box average of the full one", (resolution) => {
  const expected = new Float32Array(resolution ** 2);
  downsample(view(3, 32), 32, resolution, 1, expected);
  view(3, resolution).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
});

test("labels belong to their images: ones have the least ink, zeros the most", () => {
  const ink = new Float64Array(10);
  for (let index = 0; index < 5_000; index++)
    ink[digits.modeOf!(index)]! += view(index, 4).reduce((a, b) => a + b + 1, 0);
  const count = new Float64Array(10);
  for (let index = 0; index < 5_000; index++) count[digits.modeOf!(index)]!++;
  const mean = ink.map((sum, mode) => sum / count[mode]!);
  expect(mean.indexOf(Math.min(...mean))).toBe(1);
  expect(mean.indexOf(Math.max(...mean))).toBe(0);
});

test("a file the server has unpacked already reads the same", async () => {
  const unpacked = await createDigits(gunzipSync(images), gunzipSync(labels));
  const out = new Float32Array(32 ** 2);
  unpacked.write(7, 32, out, 0);
  expect(out).toEqual(view(7, 32));
});

describe("a damaged pack is refused in one sentence", () => {
  const idx = (header: number[], body: number[]) => {
    const words = Buffer.alloc(4 * header.length);
    header.forEach((word, i) => words.writeUInt32BE(word, 4 * i));
    return new Uint8Array(gzipSync(Buffer.concat([words, Buffer.from(body)])));
  };
  const twoImages = idx([0x803, 2, 28, 28], Array<number>(2 * 784).fill(0));
  const twoLabels = idx([0x801, 2], [3, 4]);
  const flipped = (file: Uint8Array) => file.map((byte, i) => (i === file.length >> 1 ? byte ^ 255 : byte));

  const cases: [string, () => [Uint8Array, Uint8Array], string][] = [
    [
      "cut off",
      () => [images.subarray(0, 1_000_000), labels],
      "images.idx3.gz is damaged: gzip can't unpack it.",
    ],
    ["a flipped byte", () => [images, flipped(labels)], "labels.idx1.gz is damaged: gzip can't unpack it."],
    ["empty", () => [new Uint8Array(), twoLabels], "expected a header of 16 bytes, got 0 bytes in all."],
    [
      "a web page",
      () => [new TextEncoder().encode("<!doctype html><html></html>"), twoLabels],
      "expected it to begin with 0x00000803, got 0x3c21646f.",
    ],
    [
      "labels for images",
      () => [twoLabels, twoLabels],
      "expected a header of 16 bytes, got 10 bytes in all.",
    ],
    [
      "too few bytes",
      () => [idx([0x803, 2, 28, 28], [1, 2, 3]), twoLabels],
      "expected 1584 bytes for 2 × 28 × 28, got 19.",
    ],
    [
      "other sizes",
      () => [idx([0x803, 1, 2, 2], [1, 2, 3, 4]), twoLabels],
      "expected images of 28 × 28, got 2 × 2.",
    ],
    [
      "too few labels",
      () => [twoImages, idx([0x801, 1], [3])],
      "expected a label for each of 2 images, got 1 labels.",
    ],
    ["an odd label", () => [twoImages, idx([0x801, 2], [3, 77])], "expected labels 0 to 9, got 77."],
  ];
  test.each(cases)("%s", async (_, files, sentence) => {
    const error = await createDigits(...files()).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Trouble);
    expect((error as Trouble).message).toContain(sentence);
    expect((error as Trouble).message).not.toMatch(/[.!] /); // one sentence
    expect((error as Trouble).remedy).toBe("Restore the datasets folder of the repository.");
  });

  test("two images and two labels are fine", async () => {
    expect(await createDigits(twoImages, twoLabels)).toMatchObject({ count: 2 });
  });
});
