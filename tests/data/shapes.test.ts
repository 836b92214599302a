// The procedural sets: their modes are known exactly, come equally often, and can be told apart.

import { describe, expect, test } from "vitest";
import { downsample } from "../../src/data/pyramid.ts";
import { shapes16 } from "../../src/data/shapes16.ts";
import { shapes64 } from "../../src/data/shapes64.ts";
import type { ShapeSet } from "../../src/data/shapes.ts";
import type { ImageSource } from "../../src/gan/source.ts";

const view = (source: ImageSource, index: number, resolution: number) => {
  const out = new Float32Array(resolution ** 2 * 3);
  source.write(index, resolution, out, 0);
  return out;
};

/** The template that comes nearest to `image` once its brightness is fitted, and how near it comes (0: equal). */
function nearest(image: Float32Array, templates: Float32Array[]): { mode: number; residual: number } {
  const light = dot(image, image);
  const residuals = templates.map((template) => {
    const [both, ink] = [dot(image, template), dot(template, template)];
    const brightness = Math.min(1.1, Math.max(0.6, both / ink));
    const rest = light - 2 * brightness * both + brightness ** 2 * ink;
    return Math.sqrt(Math.max(0, rest) / ink) / brightness;
  });
  const residual = Math.min(...residuals);
  return { mode: residuals.indexOf(residual), residual };
}

/** Inner product of two images, counted from the background up. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! + 1) * (b[i]! + 1);
  return sum;
}

describe.each([shapes16, shapes64])("$name", (set: ShapeSet) => {
  const source = set.open(7);

  test("has a mode for every shape in every colour", () => {
    expect(source).toMatchObject({ name: set.name, channels: 3, resolution: 64, count: Infinity });
    expect(source.modes).toEqual(
      set.shapes.flatMap((shape) => set.colors.map((color) => `${color} ${shape}`)),
    );
    expect(new Set(source.modes).size).toBe(set === shapes16 ? 16 : 64);
  });

  test("image `index` depends on the seed and `index` alone", () => {
    const straight = [0, 1, 2, 3, 1e9].map((index) => view(source, index, 16));
    const again = set.open(7);
    const backwards = [1e9, 3, 2, 1, 0].map((index) => view(again, index, 16));
    expect(backwards.reverse()).toEqual(straight);
    expect(view(set.open(8), 0, 16)).not.toEqual(straight[0]);
  });

  test("every mode comes equally often", () => {
    const each = 1_000;
    const counts = new Array<number>(set.modes.length).fill(0);
    for (let index = 0; index < each * counts.length; index++) counts[source.modeOf!(index)]!++;
    // Chi-square has mean K-1 and deviation √(2(K-1)); five deviations is far out for a fair draw.
    const chiSquare = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
    const freedom = counts.length - 1;
    expect(Math.abs(chiSquare - freedom)).toBeLessThan(5 * Math.sqrt(2 * freedom));
  });

  test("every view is the box average of the full one", () => {
    for (let index = 0; index < 20; index++)
      for (const resolution of [32, 16, 8, 4]) {
        const expected = new Float32Array(resolution ** 2 * 3);
        downsample(view(source, index, 64), 64, resolution, 3, expected);
        const off = view(source, index, resolution).map((value, i) => Math.abs(value - expected[i]!));
        expect(Math.max(...off)).toBeLessThan(1e-6);
      }
  });

  test("stays in [-1,1], on a background of -1, and within the picture", () => {
    for (let index = 0; index < 200; index++) {
      const image = view(source, index, 64);
      expect(Math.max(...image)).toBeLessThanOrEqual(1);
      expect(Math.min(...image)).toBe(-1);
      for (let i = 0; i < 64; i++)
        for (const pixel of [i, 63 * 64 + i, i * 64, i * 64 + 63]) expect(image[3 * pixel]).toBe(-1);
    }
  });

  test("a template is itself, and its nearest template no other", () => {
    const templates = set.templates(8);
    templates.forEach((template, mode) =>
      expect(nearest(template, templates)).toEqual({ mode, residual: 0 }),
    );
  });
});

test("shapes-16 is drawn pixel by pixel at 8×8", () => {
  const red = (mode: string) => {
    const template = shapes16.templates(8)[shapes16.modes.indexOf(mode)]!;
    const rows = Array.from({ length: 8 }, (_, y) =>
      Array.from({ length: 8 }, (_, x) => template[(y * 8 + x) * 3]),
    );
    return rows.map((row) => row.map((value) => (value === 1 ? "#" : value === -1 ? "." : "?")).join(""));
  };
  expect(red("red X")).toEqual([
    "........",
    ".#....#.",
    ".##..##.",
    "..####..",
    "..####..",
    ".##..##.",
    ".#....#.",
    "........",
  ]);
  expect(red("yellow bar").join("")).toBe("........".repeat(3) + ".######.".repeat(2) + "........".repeat(3));
  expect(red("blue square").join("")).toBe("........".repeat(8));
});

test("shapes-16 differs from its templates in brightness alone, which runs from 0.8 to 1", () => {
  const source = shapes16.open(3);
  const templates = shapes16.templates(8);
  const brightnesses: number[] = [];
  for (let index = 0; index < 2_000; index++) {
    const image = view(source, index, 8);
    const template = templates[source.modeOf!(index)]!;
    const brightness = (Math.max(...image) + 1) / 2;
    brightnesses.push(brightness);
    const off = template.map((value, i) => Math.abs(image[i]! + 1 - brightness * (value + 1)));
    expect(Math.max(...off)).toBeLessThan(1e-6);
  }
  expect(Math.min(...brightnesses)).toBeGreaterThanOrEqual(0.8 - 1e-6);
  expect(Math.min(...brightnesses)).toBeLessThan(0.802);
  expect(Math.max(...brightnesses)).toBeLessThanOrEqual(1);
  expect(Math.max(...brightnesses)).toBeGreaterThan(0.998);
});

test.each([
  { set: shapes16, resolution: 8, limit: 1e-3 },
  { set: shapes64, resolution: 32, limit: 0.65 },
])("$set.name: the nearest template names the mode at $resolution px", ({ set, resolution, limit }) => {
  const source = set.open(1);
  const templates = set.templates(resolution);
  let [right, worst] = [0, 0];
  for (let index = 0; index < 2_000; index++) {
    const { mode, residual } = nearest(view(source, index, resolution), templates);
    if (mode === source.modeOf!(index)) right++;
    worst = Math.max(worst, residual);
  }
  expect(right / 2_000).toBeGreaterThanOrEqual(0.999);
  expect(worst).toBeLessThan(limit);
});

test("shapes-64 comes close to its mode's templates in the poses for a census, and to no other's", () => {
  const source = shapes64.open(2);
  const K = shapes64.modes.length;
  const templates = shapes64.poses.flatMap((pose) => shapes64.templates(32, pose));
  for (let index = 0; index < 64; index++) {
    const image = view(source, index, 32);
    const own = templates.filter((_, i) => i % K === source.modeOf!(index));
    const other = templates.filter((_, i) => i % K !== source.modeOf!(index));
    expect(nearest(image, own).residual).toBeLessThan(0.26);
    expect(nearest(image, other).residual).toBeGreaterThan(0.33);
  }
});

test("shapes-64 moves, grows and dims within its bounds", () => {
  const still = { x: 0, y: 0, size: 0, brightness: 1 };
  const square = shapes64.modes.indexOf("white square");
  const [bright] = shapes64.templates(64, still).slice(square);
  const extent = (pose: typeof still) => {
    const image = shapes64.templates(64, pose)[square]!;
    const ink = (at: (i: number) => number) =>
      Array.from({ length: 64 }, (_, i) => (image[3 * at(i)]! + 1) / 2).reduce(
        (sum, value) => sum + value,
        0,
      );
    return { width: ink((i) => 32 * 64 + i), height: ink((i) => i * 64 + 32), image };
  };
  expect(extent(still).width).toBeCloseTo(38, 4);
  expect(extent({ ...still, size: 1 }).width).toBeCloseTo(38 * 1.08, 4);
  expect(extent({ ...still, size: -1 }).height).toBeCloseTo(38 * 0.92, 4);
  expect(extent({ ...still, brightness: 0.8 }).width).toBeCloseTo(38 * 0.8, 4);
  // Moved two pixels to the right and down, pixel for pixel.
  const moved = extent({ ...still, x: 1, y: 1 }).image;
  for (let y = 2; y < 64; y++)
    for (let x = 2; x < 64; x++) expect(moved[(y * 64 + x) * 3]).toBe(bright![((y - 2) * 64 + x - 2) * 3]);
});
