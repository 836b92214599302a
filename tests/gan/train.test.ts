// Training as a stream: it grows on schedule, ticks, makes planned changes, counts what it says, and learns.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Config, presets } from "../../src/gan/settings/config.ts";
import { createStream } from "../../src/gan/random.ts";
import { Run } from "../../src/gan/run.ts";
import { createStore, firstNonFinite } from "../../src/gan/state.ts";
import { clearTally, readTally, tally } from "../../src/gan/statistics/tally.ts";
import * as tf from "../../src/gan/tf.ts";
import { train, type TrainEvent } from "../../src/gan/train.ts";
import { engines } from "../engines.ts";
import { batchesOf, source, tensorsOf, tiny, tinyRun } from "./tiny.ts";

describe("on WASM", () => {
  const wasm = engines.find(({ name }) => name === "wasm")!;
  beforeAll(wasm.open);
  afterAll(wasm.close);

  test("a run grows as its schedule says, to the image", () => {
    const run = tinyRun({ images: 40, to: 16 });
    const told: unknown[] = [];
    for (const event of train(run)) {
      if (event.type === "grown") told.push([event.images, event.resolution]);
      if (event.type === "finished") break;
    }
    expect(told).toEqual([
      [8, 8],
      [32, 16],
    ]);
  });

  test("a batch that passes over whole phases grows all their layers, and stands at a stage that exists", () => {
    const run = tinyRun({ to: 16, batch: 64 });
    run.advance(); // from 0 past the end of every phase
    expect(run.stage).toMatchObject({ resolution: 4, alpha: 1, fading: false });
    const images = run.sample(tf.zeros([1, tiny.latent]), false);
    expect(images.shape).toEqual([1, 4, 4, 3]);
    while (run.grow());
    expect(run.stage).toMatchObject({ resolution: 16, alpha: 1, fading: false });
    run.advance();
    run.dispose();
  });

  test("ticks come where images fill them, the end where the config says, and again when it asks for more", () => {
    const run = tinyRun({ images: 20 });
    const stream = train(run);
    const pull = () => stream.next().value as TrainEvent;
    const steps = Array.from({ length: 6 }, pull).filter((event) => event.type === "step");
    expect(steps.map(({ images, tick }) => [images, tick])).toEqual([
      [4, false],
      [8, true],
      [12, false],
      [16, true],
      [20, false],
    ]);
    expect(pull()).toEqual({ type: "finished", images: 20 });
    expect(pull()).toEqual({ type: "finished", images: 20 });
    run.flip("images", 24);
    expect(pull()).toMatchObject({ type: "step", images: 24 });
    stream.return();
  });

  test("new layers make moments start afresh, unless that is switched off", async () => {
    for (const resetMoments of [true, false]) {
      const run = tinyRun({ resetMoments });
      while (!run.grow()) run.advance();
      const { ages } = run.place();
      const { "D/b4/conv/weight:v": old } = await tensorsOf(run, "D/b4/conv/weight:v");
      if (resetMoments) expect([ages, new Set(old)]).toEqual([{}, new Set([0])]);
      else expect([ages["D/b4/conv/weight"], old!.every((v) => v > 0)]).toEqual([2, true]);
      run.advance();
      expect(run.place().ages).toMatchObject({
        "D/b4/conv/weight": resetMoments ? 1 : 3,
        "D/b8/conv0/weight": 1,
      });
      run.dispose();
    }
  });

  test("without fade-in the new resolution counts fully at once", () => {
    const run = tinyRun({ fadeIn: false });
    for (const event of train(run)) if (event.type === "step" && event.images === 12) break;
    expect(run.stage).toMatchObject({ resolution: 8, alpha: 1, fading: false });
  });

  test("several D steps before each G step", async () => {
    const run = tinyRun({ stepsD: 3 });
    run.advance();
    expect([run.images, run.step]).toEqual([12, 1]);
    expect(run.place().ages).toMatchObject({ "D/b4/conv/weight": 3, "G/b4/conv/weight": 1 });
    const { stats } = await run.readStats();
    expect([stats.lossD?.n, stats.penalty?.n, stats.lossG?.n]).toEqual([3, 3, 1]);
    run.dispose();
  });

  test("lazy penalties come every k-th step, with k times their weight", async () => {
    const [each, lazy] = [tinyRun({ to: 4 }), tinyRun({ to: 4, penaltyInterval: 3 })];
    each.advance();
    lazy.advance();
    const [mean, thrice] = [await each.readStats(), await lazy.readStats()].map(
      ({ stats }) => stats.penalty!.mean,
    );
    expect(thrice! / mean!).toBeCloseTo(3, 5);
    for (let i = 0; i < 6; i++) lazy.advance();
    expect((await lazy.readStats()).stats.penalty?.n).toBe(2); // of steps 2 to 7, the fourth and the seventh
    each.dispose();
    lazy.dispose();
  });

  test("a batch per resolution", () => {
    const run = tinyRun({ batchPerResolution: "8:8" });
    const images: number[] = [];
    for (const event of train(run)) if (event.type === "step" && images.push(event.images) === 4) break;
    expect(images).toEqual([4, 8, 16, 24]);
  });

  test("a planned change is made once its images have been shown, and told", () => {
    const planned = [
      { images: 8, key: "loss", to: "hinge" },
      { images: 3, key: "augment", to: true },
    ] as const;
    const run = new Run(tiny, source, batchesOf(), planned);
    const told: unknown[] = [];
    for (const event of train(run)) {
      if (event.type === "flipped") told.push(event.event);
      if (event.type === "step" && event.images === 16) break;
    }
    expect(told).toEqual([
      { images: 4, step: 1, key: "augment", from: false, to: true },
      { images: 8, step: 2, key: "loss", from: "wgan-gp", to: "hinge" },
    ]);
  });

  test("statistics of two steps together are those of each, summed up", async () => {
    const [apart, together] = [tinyRun(), tinyRun()];
    apart.advance();
    const a = (await apart.readStats()).stats.lossD!;
    apart.advance();
    const b = (await apart.readStats()).stats.lossD!;
    together.advance();
    together.advance();
    const both = (await together.readStats()).stats.lossD!;
    expect([a.n, a.std, both.n]).toEqual([1, expect.closeTo(0, 3), 2]);
    expect(both.mean).toBeCloseTo((a.mean + b.mean) / 2, 5);
    expect(both.std).toBeCloseTo(Math.abs(a.mean - b.mean) / 2, 3);
    apart.dispose();
    together.dispose();
  });

  test("statistics by hand: losses deviate over steps, scores over samples, penalties count where they were", async () => {
    const store = createStore();
    clearTally(store);
    const zero = () => tf.tensor1d([0]);
    const step = (loss: number, scores: number[], penalty: number) =>
      tf.tidy(() =>
        tally(store, "D", [tf.tensor1d([loss]), tf.tensor1d(scores), zero(), tf.tensor1d([penalty]), zero()]),
      );
    step(1, [1, 3], 6);
    step(3, [5, 7], 0); // a step without a penalty
    expect(await readTally(store, { D: 2, G: 0, penalised: 1 })).toMatchObject({
      lossD: { mean: 2, std: 1, n: 2 },
      scoreReal: { mean: 4, std: Math.sqrt(5), n: 2 },
      penalty: { mean: 6, std: 0, n: 1 },
    });
    store.dispose();
  });

  test("a number that is not finite is found, and its tensor named", async () => {
    const run = tinyRun();
    expect(await firstNonFinite(run.store)).toBeUndefined();
    run.store.write("G/b4/conv/bias", tf.tensor1d([0, Number.NaN, 0]));
    expect(await firstNonFinite(run.store)).toBe("G/b4/conv/bias");
    run.dispose();
  });

  test("a tiny G learns four images, all of them", async () => {
    const four = Array.from({ length: 4 }, (_, i) =>
      createStream(i, "test/four")
        .uniform(new Float32Array(4 * 4 * 3))
        .map((u) => (u < 0.5 ? -1 : 1)),
    );
    const { loss, gpWeight, r1Gamma, penaltyInterval } = tiny;
    const paper = { loss, gpWeight, r1Gamma, penaltyInterval };
    const config: Config = { ...presets.quick!, ...paper, from: 4, to: 4, batch: 8, latent: 2 };
    const run = new Run(config, source, batchesOf(four));
    const start = meanOf((await distances(run, four)).map((row) => Math.min(...row)));
    for (let step = 0; step < 300; step++) run.advance();

    const rows = await distances(run, four);
    expect(meanOf(rows.map((row) => Math.min(...row)))).toBeLessThan(start / 3);
    const nearest = rows.map((row) => row.indexOf(Math.min(...row)));
    for (const i of four.keys())
      expect(nearest.filter((n) => n === i).length, `image ${i}`).toBeGreaterThan(4);
    run.dispose();
  });
});

/** How far 64 samples of the average of G lie from each of some images: root mean square over their numbers. */
async function distances(run: Run, images: Float32Array[]): Promise<number[][]> {
  const { latent } = run.config;
  const z = tf.tensor2d(createStream(1, "test/z").normal(new Float32Array(64 * latent)), [64, latent]);
  const made = run.sample(z, true); // [64,R,R,C]
  const values = await made.data();
  tf.dispose([z, made]);
  return Array.from({ length: 64 }, (_, n) =>
    images.map((image) =>
      Math.sqrt(meanOf(Array.from(image, (x, i) => (x - values[n * image.length + i]!) ** 2))),
    ),
  );
}

const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
