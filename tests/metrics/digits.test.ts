// The classifier of digits: it knows digits that it has not seen, and refuses what is no digit.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { openSource } from "../../src/data/catalogue.ts";
import { createStream } from "../../src/gan/random.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Latents } from "../../src/gan/tf.ts";
import { createClassifier, checkDigitWeights, heldOut, split } from "../../src/metrics/census/digits.ts";
import { classifierPack, openDigitCensus } from "../../src/metrics/census/open.ts";
import { readSafetensors } from "../../src/store/pgan/safetensors.ts";
import { tiny, tinyRun } from "../gan/tiny.ts";
import "@tensorflow/tfjs-backend-cpu";

const readPack = (file: string) => readFile(path.resolve(import.meta.dirname, "../../datasets", file));
const source = await openSource("digits", 0, readPack);
const tensors = readSafetensors(await readPack(classifierPack));
const weights = checkDigitWeights(tensors);

test("a classifier that is cut short is refused", () => {
  const cut = new Map([...tensors].map(([name, { values }]) => [name, { values: values.subarray(1) }]));
  expect(() => checkDigitWeights(cut)).toThrow("conv1/weight has 107 numbers, not 108");
});

test("no image is both trained and tested on", () => {
  const { train, test } = split(20_000);
  expect(new Set([...train, ...test]).size).toBe(20_000);
  expect(heldOut(source).count).toBe(4_000);
});

test("likelihoods add up to one, and a number that is not finite makes all of them so", () => {
  const classify = createClassifier(weights);
  const image = new Float32Array(256).fill(-1);
  expect(classify(image).reduce((sum, likelihood) => sum + likelihood, 0)).toBeCloseTo(1, 12);
  image[100] = NaN;
  expect(classify(image).every(Number.isNaN)).toBe(true);
});

test("held-out digits at 16 px are known, and few blends are taken for digits", () => {
  const census = openDigitCensus(source, tensors, 16);
  const { realsMisread, realsRejected, blendsAccepted } = census.errors;
  expect(realsMisread).toBeLessThan(0.03);
  expect(realsRejected).toBeLessThan(0.05);
  expect(blendsAccepted).toBeLessThan(0.1);
  expect(census.names).toHaveLength(10);
  for (const samples of [256, 512, 1_024]) expect(census.selfTest(samples)).toBeUndefined();
  const black = census.take(new Float32Array(64 * 256).fill(-1), 64);
  expect(black.notes.map(({ kind }) => kind)).toEqual(["constant", "one-image", "none-accepted"]);
});

test("what a G draws that has learnt nothing is no digit", async () => {
  await tf.setBackend("cpu");
  const run = tinyRun({ from: 16, to: 16, channelsMax: 16 });
  const z = tf.tensor2d(createStream(0, "test").normal(new Float32Array(256 * tiny.latent)), [
    256,
    tiny.latent,
  ]);
  const drawn = run.sample(z as Latents, false); // [256,16,16,3]
  const grey = tf.slice(drawn, [0, 0, 0, 0], [256, 16, 16, 1]);
  const { covered, rejects } = openDigitCensus(source, tensors, 16).take(await grey.data<"float32">(), 256);
  expect(rejects).toBeGreaterThan(250);
  expect(covered).toBeLessThan(4);
  tf.dispose([z, drawn, grey]);
  run.dispose();
});
