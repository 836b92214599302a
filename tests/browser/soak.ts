// A page in long use: runs that grow, are flipped, saved, scrubbed and left for the next one; and what that leaves behind.

import type { Key } from "../../src/worker/protocol.ts";
import { presets } from "../../src/worker/protocol.ts";
import { createStream } from "../../src/gan/random.ts";
import type { Conversation } from "./profile.ts";

/** Makes the browser measure memory when asked, after collecting garbage, and not some time later. */
export const soakFlags = ["--enable-blink-features=ForceEagerMeasureMemory"];

/** What is alive at the start of a run that has taken no step. */
export interface Reading {
  steps: number;
  tensors: number;
  tensorBytes: number;
  /** JavaScript memory of page and worker: the lowest of some garbage collections. */
  heapBytes: number;
}

/**
 * Trains run after run in the page, `steps` steps in all.
 * @param stepsPerRun each run grows from 4 to 8 px on its way
 * @returns a reading after the first run, by which everything has been loaded and used once, and one after each later one
 */
export async function soak(page: Conversation, steps: number, stepsPerRun: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (let taken = 0; taken < steps;) {
    await trainOne(page, stepsPerRun, readings.length);
    taken += stepsPerRun;
    readings.push({ steps: taken, ...(await read(page, stepsPerRun)) });
  }
  return readings;
}

const switches: readonly Key[] = ["minibatchStddev", "pixelNorm", "spectralNorm", "equalizedLr", "augment"];

/** One run: flipped, saved, looked at, branched, and trained to its end. */
async function trainOne(page: Conversation, steps: number, seed: number): Promise<void> {
  await start(page, steps, seed);
  const { page: tab } = page;
  const slider = tab.getByRole("slider", { name: "Moment of the run" });
  const random = createStream(seed, "soak").uniform(new Float32Array(64));
  await page.send({ type: "train" });
  for (let i = 0; (await page.last("progress"))!.progress.step < steps; i = (i + 1) % random.length) {
    const key = switches[Math.floor(random[i]! * switches.length)]!;
    await page.send({ type: "flip", key, value: i % 2 === 0 });
    if (i % 3 === 0) await page.send({ type: "keep" });
    if (i % 4 === 0) await page.send({ type: "show", weights: i % 8 === 0 ? "raw" : "average" });
    await slider.press(["Home", "ArrowRight", "ArrowRight", "End", "ArrowLeft"][i % 5]!);
    await tab.waitForTimeout(50);
  }
  await page.send({ type: "pause" });
  await page.next("paused");
  const begun = await page.count();
  await page.send({ type: "branch", at: { step: 0, eventsMade: 0 }, changes: [], engine: "wasm" });
  await page.next("started", begun);
}

/** A fresh run, always the same but for its seed. */
async function start(page: Conversation, steps: number, seed: number): Promise<void> {
  await page.clear();
  const config = {
    ...presets.quick!,
    ...{ seed, from: 4, to: 8, channelsMax: 4, latent: 8, tickImages: 320 },
    ...{ imagesPerPhase: steps * 4, imagesPerFade: steps * 4, images: 1e6 },
  };
  await page.send({ type: "start", config, planned: [], engine: "wasm" });
  await page.next("started");
  await page.next("progress");
}

async function read(page: Conversation, stepsPerRun: number): Promise<Omit<Reading, "steps">> {
  await start(page, stepsPerRun, 0);
  const { progress } = await page.next("progress");
  await page.clear();
  // The 17 MB of the last run's engine are free only when its threads have ended, and a collection later.
  const collections: number[] = [];
  for (let i = 0; i < 4; i++) {
    collections.push(await page.page.evaluate(measureMemory));
    await page.page.waitForTimeout(250);
  }
  const heapBytes = Math.min(...collections);
  return { tensors: progress.tensors, tensorBytes: progress.bytes, heapBytes };
}

async function measureMemory(): Promise<number> {
  const measured = performance as Performance & {
    measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
  };
  return (await measured.measureUserAgentSpecificMemory()).bytes;
}
