// Samples with D's scores of them: the scores that training would see, and a run that does not notice.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBatches } from "../../src/data/sampler.ts";
import { shapes16 } from "../../src/data/shapes16.ts";
import { createGallery, gridPurpose, latentsOf, realImages } from "../../src/export/gallery.ts";
import { ahead } from "../../src/gan/replay.ts";
import { Run } from "../../src/gan/run.ts";
import { countScores } from "../../src/gan/statistics/scores.ts";
import * as tf from "../../src/gan/tf.ts";
import { fingerprintOf } from "../../src/store/snapshot.ts";
import { engines } from "../engines.ts";
import { scoresOf, tiny } from "../gan/tiny.ts";

const config = { ...tiny, data: "shapes-16", spectralNorm: true, augment: true } as const;
const source = shapes16.open(config.seed);
const opened = () => new Run(config, source, createBatches(source, config.seed));

// On WebGPU, where steps are recorded, a frozen D is compared in tests/gpu/record.test.ts.
describe.each(engines.filter(({ name }) => name !== "webgpu"))("on $name", ({ open, close }) => {
  beforeAll(open);
  afterAll(close);

  test("a run that is looked at after each step is the run that never was, to the bit", async () => {
    const [seen, unseen] = [opened(), opened()];
    const gallery = createGallery(seen, source, 3, 2); // six samples: a minibatch of four, and half a one
    for (const run of [seen, unseen])
      for (const _ of ahead(run, 7)) if (run === seen) await gallery.judged(run.step % 2 ? "raw" : "average");
    expect(seen.place()).toEqual(unseen.place());
    expect(await fingerprintOf(seen)).toBe(await fingerprintOf(unseen));
    for (const run of [seen, unseen]) run.dispose();
  });

  test("scores are those of D in minibatches of the run's size, and no tensor is left", async () => {
    const run = opened();
    for (const _ of ahead(run, 4)); // in the middle of a fade
    const { resolution, fading, alpha } = run.stage;
    expect([resolution, fading]).toEqual([8, true]);
    const gallery = createGallery(run, source, 4, 2);
    const { numTensors } = tf.memory();
    const { samples, scores } = await gallery.judged("raw");
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(samples).toEqual(await gallery.samples("raw"));

    const d = run.freezeD();
    const expected = tf.tidy(() => {
      const z = tf.tensor2d(latentsOf(config.seed, gridPurpose, 0, 8, config.latent), [8, config.latent]);
      const fakes = run.sample(z, false);
      const reals = d.faded(tf.tensor4d(realImages(source, 8, 8), [8, 8, 8, 3]));
      const scored = (images: tf.Images, at: number) =>
        scoresOf(run.store, tf.slice(images, at, 4), run.config, { resolution, fading }, alpha);
      return [reals, fakes].map((images) => tf.concat([scored(images, 0), scored(images, 4)]));
    });
    d.dispose();
    const [reals, fakes] = await Promise.all(expected.map((scores) => scores.data()));
    tf.dispose(expected);
    const counted = countScores(reals!, fakes!)!;
    expect(scores!.low).toBeCloseTo(counted.low, 4);
    expect(scores!.high).toBeCloseTo(counted.high, 4);
    expect([scores!.reals, scores!.fakes].map((counts) => counts.reduce((a, n) => a + n, 0))).toEqual([8, 8]);
    run.dispose();
  });
});
