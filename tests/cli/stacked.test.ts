// npm run stacked-mnist: the networks are the paper's small ones, a seed is a run, and finished runs are kept.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { main, parseStackedArgs } from "../../src/cli/stacked-mnist.ts";
import { columns, configOf, paperImages } from "../../src/cli/stacked/columns.ts";
import { trainTrial } from "../../src/cli/stacked/trial.ts";
import { activeAt, layersOf, sizeOf, smallNetworks } from "../../src/cli/stacked/networks.ts";
import { readPack } from "../../src/cli/readPack.ts";
import { openSource } from "../../src/data/catalogue.ts";
import { phases } from "../../src/gan/settings/schedule.ts";
import * as tf from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";

test("the command line is read strictly", () => {
  expect(parseStackedArgs(["--help"])).toBeUndefined();
  expect(parseStackedArgs([])).toMatchObject({ sizes: [4, 2], images: 10_000_000, samples: 2_560, seeds: 1 });
  expect(parseStackedArgs(["--columns", "norm,gan"])!.columns.map(({ name }) => name)).toEqual([
    "norm",
    "gan",
  ]);
  expect(() => parseStackedArgs(["--columns", "best"])).toThrow('There is no column "best".');
  expect(() => parseStackedArgs(["--images", "1.5"])).toThrow("--images can't be 1.5.");
  expect(() => parseStackedArgs(["--sizes", "4,0"])).toThrow("--sizes can't be 0.");
});

test("columns add to one another, at the authors' settings", () => {
  const [gan, wgan, norm, mbstd, growing] = columns.map((column) => configOf(column, paperImages, 3));
  expect(gan).toMatchObject({ loss: "logistic", stepsD: 1, equalizedLr: false, r1Gamma: 0 });
  expect(wgan).toMatchObject({ loss: "wgan-gp", gpWeight: 10, drift: 0, stepsD: 5, batch: 64, images: 1e7 });
  expect(norm).toEqual({ ...wgan, pixelNorm: true, latentNorm: true, equalizedLr: true });
  expect(mbstd).toEqual({ ...norm, minibatchStddev: true });
  expect(growing).toEqual({ ...mbstd, from: 4, images: 1.5e7 });
  // 500,000 images at each lower resolution and 2,000,000 a fade; the rest at 32 px.
  expect(phases(growing!).at(-1)!.start).toBe(7_500_000);
  expect(0.5 ** (320 / mbstd!.emaHalfLifeImages)).toBeCloseTo(0.999, 6);
});

test("D is as small as the paper's", () => {
  const shapes = (K: number, grows: boolean) =>
    layersOf({ K, grows, minibatchStddev: false }).D.map(({ shape }) => shape.join("×"));
  expect(shapes(4, false)).toEqual(["128×1", "3×3×4×8", "3×3×2×4", "3×3×3×2"]);
  expect(shapes(2, false)).toEqual(["256×1", "3×3×8×16", "3×3×4×8", "3×3×3×4"]);
  expect(shapes(4, true)).toContain("1×1×3×8");
  expect(sizeOf(layersOf({ K: 4, grows: false, minibatchStddev: false }).D)).toBe(557);
});

describe.each(engines.filter(({ name }) => name === "wasm"))("on $name", ({ open, close }) => {
  beforeAll(open);
  afterAll(close);

  test.each([
    [4, false],
    [8, true],
    [32, true],
    [32, false],
  ])("images of %d px, fading %s, are made and scored", (resolution, fading) => {
    const layers = layersOf({ K: 4, grows: true, minibatchStddev: true });
    const { g, d } = activeAt(layers, { resolution, fading });
    const weights = Object.fromEntries(
      [...g, ...d].flatMap(({ name, shape, outputs }) => [
        [`${name}/weight`, tf.fill([...shape], 0.1)],
        [`${name}/bias`, tf.fill([outputs], 0)],
      ]),
    );
    const switches = configOf(columns.at(-1)!, 64, 1);
    const depth = { resolution, fading };
    const alpha = tf.tensor1d([0.5]);
    const images = smallNetworks.generate(weights, tf.fill([4, 64], 1), depth, alpha, switches);
    expect(images.shape).toEqual([4, resolution, resolution, 3]);
    expect(smallNetworks.discriminate(weights, images, depth, alpha, switches, 1).shape).toEqual([4]);
    tf.dispose([weights, images, alpha]);
  });

  test("a run is decided by its seed, grows to its end, and frees what it made", async () => {
    const source = await openSource("stacked-mnist", 1, readPack);
    const trial = { column: columns.at(-1)!, K: 4, seed: 1, images: 320 };
    const before = tf.memory().numTensors;
    const run = await trainTrial(trial, source, 4);
    expect(tf.memory().numTensors).toBe(before);
    expect(run.fakes).toHaveLength(4 * 32 * 32 * 3);
    expect(run.fakes).not.toEqual(run.untrained);
    expect((await trainTrial(trial, source, 4)).fakes).toEqual(run.fakes);
    expect((await trainTrial({ ...trial, seed: 2 }, source, 4)).fakes).not.toEqual(run.fakes);
  });
});

describe("a tiny test", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stacked-"));
  const run = () =>
    main(["--images", "320", "--samples", "64", "--columns", "gan", "--sizes", "4", "--out", folder]);
  const file = path.join(folder, "runs", "gan-k4-n320-s1-samples64.json");

  beforeAll(async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    await run();
  }, 60_000);
  afterAll(() => {
    vi.restoreAllMocks();
    fs.rmSync(folder, { recursive: true });
  });

  test("leaves a result for each run, and a table beside what real data scores", () => {
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toMatchObject({
      K: 4,
      seed: 1,
      images: 320,
      shown: 320,
      samples: 64,
      sizeD: 557,
    });
    const table = fs.readFileSync(path.join(folder, "table.md"), "utf8");
    expect(table).toContain("|  | real data |  | 64 |");
    expect(table).toContain("| K/4 | GAN, untrained | 1 | 0 |");
    expect(table).toContain("| K/4 | GAN | 1 | 320 |");
    expect(table).toContain("(0.0032 % of that), 64 samples");
  });

  test("a finished run is not made again", async () => {
    const made = fs.statSync(file).mtimeMs;
    await run();
    expect(fs.statSync(file).mtimeMs).toBe(made);
  });
});
