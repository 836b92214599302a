// The census of a run in the worker: of the moment at which it stands still, the same for equal twins, and free of leaks.

import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import { metricNames } from "../../src/metrics/figures.ts";
import { createLocalCounter } from "../../src/worker/counting/counter.ts";
import { connect, tiny } from "./page.ts";

const counter = createLocalCounter((path) => readFile(`datasets/${path}`), 64); // few reals, to be done soon
let page: ReturnType<typeof connect>;

beforeEach(() => {
  page = connect(undefined, { counter });
});
afterEach(() => page.close());

test("a run that stands still is counted as it is, once, beside what real data scores", async () => {
  await page.start({ ...tiny, from: 8 });
  expect(page.seen("census")).toEqual([]);
  const { numTensors } = tf.memory(); // before there is anything to count, to save or to prove
  await page.step(5);
  const { census, images, weights } = await page.next("census");
  expect([images, weights]).toEqual([80, "average"]);
  expect(census).toMatchObject({ samples: 512, modes: 16, resolution: 8 });
  expect(census.counts.reduce((sum, n) => sum + n, 0) + census.rejects).toBe(512);
  expect(census.band.covered.low).toBe(16);
  expect(census).toHaveProperty("astray", undefined); // as many other reals lie within the band

  page.send({ type: "show", weights: "raw" }); // the other G is another census
  expect((await page.next("census")).weights).toBe("raw");
  page.send({ type: "show", weights: "raw" });
  await page.next("samples");
  page.send({ type: "train" });
  await page.until(() => page.seen("census").length > 2);
  page.send({ type: "pause" });
  await page.next("paused");
  const { step } = page.last("progress").progress;
  await page.until(() => page.last("census").step === step);
  await expect.poll(() => tf.memory().numTensors, { timeout: 20_000 }).toBe(numTensors);
});

test("samples are measured when asked, each metric beside what reals score against reals", async () => {
  await page.start({ ...tiny, from: 8 });
  await page.step(2);
  page.send({ type: "measure", again: false });
  await page.until(() => page.seen("measured").at(-1)?.left === 0);
  const answers = page.seen("measured");
  expect(answers.map(({ step, left }) => [step, left])).toEqual(
    [6, 5, 4, 3, 2, 1, 0].map((left) => [2, left]),
  );
  const figures = answers.flatMap(({ measured }) => measured!.figures);
  expect(figures.map(({ name }) => name)).toEqual([
    ...["coverage", "density", "ndb", "jsd", "kid", "klFakesReals", "klRealsFakes", "frechet", "msSsim"],
    ...["slicedWasserstein/8", "slicedWasserstein/mean"],
  ]);
  const coverage = figures[0]!;
  expect(coverage.value).toBeLessThan(coverage.floor!.low); // noise is like no shape
  const { bins } = answers[1]!.measured!;
  expect(bins!.means).toMatchObject({ count: bins!.shares.length, resolution: 8, channels: 3 });
});

test("what can't be measured is said by each metric, in words", async () => {
  const sampled = (fill: number) => ({
    ...({ data: "shapes-16", resolution: 8, count: 64 } as const),
    images: new Float32Array(64 * 8 * 8 * 3).fill(fill),
  });
  const nothing = await Promise.all(metricNames.map((metric) => counter.measure(sampled(NaN), metric)));
  expect(nothing.map(({ trouble }) => trouble?.message)).toEqual(
    nothing.map(() => expect.stringMatching(/64 of 64 images hold numbers that are not finite/)),
  );
  const told = await Promise.all(metricNames.map((metric) => counter.measure(sampled(0), metric))); // one grey image: every figure is a number
  const values = told.flatMap(({ figures }) => figures.map(({ value }) => value));
  expect(values.length + told.filter(({ trouble }) => trouble).length).toBeGreaterThanOrEqual(told.length);
  expect(values.every(Number.isFinite)).toBe(true);
});

test("equal twins have equal censuses", async () => {
  await page.start({ ...tiny, from: 8 });
  await page.step(3);
  page.send({ type: "fork", changes: [] });
  await page.next("forked");
  await page.step(3);
  await page.until(() => page.seen("census").at(-1)?.step === 6 && page.seenOfB("census").at(-1)?.step === 6);
  expect(page.seenOfB("census").at(-1)!.census).toEqual(page.last("census").census);
});

test("stacked digits are counted in each channel, and at 4 px it is said why they are not", async () => {
  const sampled = (resolution: number) => ({
    data: "stacked-mnist" as const,
    resolution,
    images: new Float32Array(2 * resolution ** 2 * 3).fill(-1),
    count: 2,
  });
  expect(await counter.count(sampled(8))).toMatchObject({ covered: 0, rejects: 2, modes: 729 });
  await expect(counter.count(sampled(4))).rejects.toThrow("Digits can't be told apart at 4 px");
});

test("digits are counted by the classifier", async () => {
  await page.start({ ...tiny, data: "digits", from: 8 });
  await page.step(1);
  const { census } = await page.next("census");
  expect(census.layout.factors).toMatchObject([{ values: { length: 10 } }]);
  expect(census.band.covered.low).toBe(census.modes);
});

test("where it fails, that is said, and the run goes on", async () => {
  await page.close();
  const fail = () => Promise.reject(new Error("no thread"));
  page = connect(undefined, { counter: { ...counter, count: fail, measure: fail } });
  await page.start(tiny);
  await page.step(1);
  const { message } = (await page.next("uncounted")).notice;
  expect(message).toBe("The modes could not be counted: no thread.");
  page.send({ type: "measure", again: false });
  const { notice, left } = await page.next("measured");
  expect([notice!.message, left]).toEqual(["The samples could not be measured: no thread.", 0]);
  await page.step(1);
});
