// Switches flipped while a run goes on: nothing jumps but through the switch itself, and Adam goes on as it would.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "../../src/gan/settings/config.ts";
import type { Run } from "../../src/gan/run.ts";
import { type Key, keys, rules, type Value } from "../../src/gan/settings/settings.ts";
import { firstNonFinite } from "../../src/gan/state.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images, Latents } from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";
import { expectClose } from "./expectClose.ts";
import { numbers } from "./finiteDifferences.ts";
import { layersUpTo, scoresOf, tiny, tinyRun } from "./tiny.ts";

/** A value other than that of the tiny config, for every setting that may change while a run goes on. */
const changes: Partial<Config> = {
  images: 999,
  fadeIn: false,
  resetMoments: false,
  minibatchStddev: false,
  pixelNorm: false,
  spectralNorm: true,
  equalizedLr: false,
  latentNorm: false,
  augment: true,
  loss: "hinge",
  gpWeight: 3,
  r1Gamma: 5,
  penaltyInterval: 4,
  drift: 0.1,
  stepsD: 2,
  learningRateG: 0.1,
  learningRateD: 0.2,
  emaHalfLifeImages: 5,
  emaRampup: 0,
};

/** Switches that are themselves part of what a network computes, and of which. */
const partOf: Partial<Record<Key, "G" | "D">> = { minibatchStddev: "D", pixelNorm: "G", latentNorm: "G" };

describe.each(engines)("on $name", ({ name: engine, open, close }) => {
  let run: Run;
  beforeAll(async () => {
    await open();
    run = midFade();
  });
  afterAll(() => {
    run.dispose();
    close();
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const flips = Object.entries(changes) as [Key, Value][];
  test.each(engine === "wasm" ? flips : flips.filter(([key]) => /Norm|Lr|Stddev/.test(key)))(
    "%s to %j: what does not hang on it stays, and flipping back restores all",
    async (key, value) => {
      const from = run.config[key];
      const before = outputsOf(run);
      expect(run.flip(key, value)).toEqual({ images: run.images, step: run.step, key, from, to: value });
      const after = outputsOf(run);
      for (const [name, output] of Object.entries(after)) {
        const expected = await before[name as keyof typeof before].data();
        if (name[0] !== partOf[key]) await expectClose(output, expected);
        else expect(await output.data()).not.toEqual(expected);
      }
      run.flip(key, from);
      for (const [name, output] of Object.entries(outputsOf(run)))
        await expectClose(output, await before[name as keyof typeof before].data());
      expect(run.events.slice(-2).map(({ key, to }) => [key, to])).toEqual([
        [key, value],
        [key, from],
      ]);
    },
  );

  test("spectral norm and equalized learning rate flipped in any order, with steps between, leave every output", async () => {
    const run = midFade();
    const sequence: [Key, Value][] = [
      ["spectralNorm", true],
      ["equalizedLr", false],
      ["spectralNorm", false],
      ["spectralNorm", true],
      ["equalizedLr", true],
      ["spectralNorm", false],
    ];
    for (const [key, value] of sequence) {
      const before = outputsOf(run);
      run.flip(key, value);
      for (const [name, output] of Object.entries(outputsOf(run)))
        await expectClose(output, await before[name as keyof typeof before].data());
      run.advance("D");
    }
    run.dispose();
  });

  test("flipped mid-run, equalized learning rate leaves Adam's moments as if it had always been so", async () => {
    const [run, twin] = [midFade(), midFade()];
    run.flip("equalizedLr", false);
    const layer = layersUpTo("D", 8, tiny).find(({ name }) => name === "D/b8/conv1")!;
    const weight = `${layer.name}/weight`;
    // The stored weight is c times what it was, so its gradient is 1/c of it: m follows as 1/c, v as 1/c².
    for (const step of [0, 1]) {
      const [m, v] = await Promise.all([":m", ":v"].map((name) => twin.store.read(weight + name).data()));
      await expectClose(
        run.store.read(`${weight}:m`),
        m!.map((value) => value / layer.he),
        1e-4,
      );
      await expectClose(
        run.store.read(`${weight}:v`),
        v!.map((value) => value / layer.he ** 2),
        1e-4,
      );
      if (step === 0) for (const one of [run, twin]) one.advance("D");
    }
    for (const one of [run, twin]) one.dispose();
  });

  test("flipped mid-run, equalized learning rate moves stored weights by as much as before", async () => {
    const [run, twin] = [midFade(), midFade()];
    const weight = "D/b8/conv1/weight";
    run.flip("equalizedLr", false);
    const moved = (one: Run) => {
      const before = one.store.read(weight).clone();
      one.advance("D");
      return one.store.read(weight).sub(before);
    };
    await expectClose(moved(run), await moved(twin).data(), 1e-5);
    for (const one of [run, twin]) one.dispose();
  });

  test("spectral norm switched on holds every layer at the singular value it has", async () => {
    const run = midFade();
    run.flip("spectralNorm", true);
    const layer = layersUpTo("D", 8, tiny).find(({ name }) => name === "D/b4/dense")!;
    const gain = (await run.store.read(`${layer.name}/weight:gain`).data())[0]!;
    const matrix = await run.store.read(`${layer.name}/weight`).mul(layer.he).data();
    expect(gain).toBeCloseTo(largestSingularValue(matrix, layer.outputs), 3);
    run.dispose();
  });

  test("a run goes on after every flip", async () => {
    const run = midFade();
    for (const [key, value] of flips) run.flip(key, value);
    run.advance();
    expect(await firstNonFinite(run.store)).toBeUndefined();
    expect(run.events).toHaveLength(flips.length);
    run.dispose();
  });
});

describe("what may be flipped", () => {
  let run: Run;
  beforeAll(async () => {
    await engines[0]!.open();
    run = tinyRun();
  });
  afterAll(() => run.dispose());

  test("is all that is not settled at the start", () => {
    const live = keys.filter((key) => rules[key].when !== "start");
    expect(Object.keys(changes).sort()).toEqual([...live].sort());
  });

  test("a setting that is settled at the start is refused, and so is a value out of range", () => {
    expect(() => run.flip("batch", 8)).toThrow("Setting batch can't change while a run goes on.");
    expect(() => run.flip("learningRateG", 2)).toThrow("Setting learningRateG can't be 2.");
    expect(() => run.flip("pixelNorm", "off")).toThrow('Setting pixelNorm can\'t be "off".');
    expect([run.events, run.config]).toEqual([[], tiny]);
  });

  test("a setting that has the value already is no event", () => {
    expect(run.flip("pixelNorm", true)).toBeUndefined();
    expect(run.events).toEqual([]);
  });

  test("fade-in changes at the next new resolution, not in the middle of a fade", () => {
    const fading = midFade({ to: 16 });
    const { stage } = fading;
    expect(stage.fading).toBe(true);
    fading.flip("fadeIn", false);
    expect(fading.stage).toEqual(stage);
    while (fading.resolution < 16) {
      fading.advance();
      fading.grow();
    }
    expect(fading.stage).toMatchObject({ resolution: 16, fading: false, alpha: 1 });
    fading.dispose();
  });
});

/** Scores of some images, and images of some latents by G and by its average. */
function outputsOf(run: Run): Record<"D" | "G" | "Gs", tf.Tensor> {
  const { resolution, alpha, fading } = run.stage;
  const z = numbers([4, tiny.latent]) as Latents;
  const images = numbers([4, 8, 8, 3]) as Images;
  return {
    D: scoresOf(run.store, images, run.config, { resolution, fading }, alpha),
    G: run.sample(z, false),
    Gs: run.sample(z, true),
  };
}

/** A run halfway through the fade from 4 to 8 px, with moments that are not 0. */
function midFade(changed: Partial<Config> = {}): Run {
  const run = tinyRun({ learningRateG: 0.02, learningRateD: 0.02, ...changed });
  while (run.images < 16) {
    run.advance();
    run.grow();
  }
  return run;
}

/** Of a matrix [rows,columns], by a hundred power iterations in 64 bits. */
function largestSingularValue(values: ArrayLike<number>, columns: number): number {
  const matrix = Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => values[row * columns + column]!),
  );
  let v = Array.from({ length: columns }, (_, i) => 1 + i / 10);
  let length = 0;
  for (let i = 0; i < 100; i++) {
    const u = matrix.map((row) => row.reduce((sum, value, j) => sum + value * v[j]!, 0));
    length = Math.hypot(...u) / Math.hypot(...v);
    v = v.map((_, j) => matrix.reduce((sum, row, k) => sum + row[j]! * u[k]!, 0));
    const scale = Math.hypot(...v);
    v = v.map((value) => value / scale);
  }
  return length;
}
