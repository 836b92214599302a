// Counts the modes of samples in a thread of its own: reading real images once takes up to seconds, and training goes on.

import { openSource, type ReadPack, shapeSets } from "../data/catalogue.ts";
import { createStackedMnist } from "../data/stackedMnist.ts";
import type { Config } from "../gan/config.ts";
import type { Census, CensusTaker } from "../metrics/census/census.ts";
import {
  classifierPack,
  openDigitCensus,
  openShapeCensus,
  openStackedCensus,
} from "../metrics/census/open.ts";
import { readSafetensors } from "../store/pgan/safetensors.ts";

/** Samples to count the modes of. */
export interface Sampled {
  data: Config["data"];
  resolution: number;
  /** [N,R,R,C], nominally in [-1,1]. */
  images: Float32Array<ArrayBuffer>;
  count: number;
}

export interface Counter {
  /** @throws Error saying why they can't be counted */
  count(sampled: Sampled): Promise<Census>;
}

/**
 * Counts in this thread, one census after the other. What is made once for a data set at a resolution is kept until
 * another one is asked for.
 */
export function createLocalCounter(readPack: ReadPack): Counter {
  let opened: { name: string; taker: CensusTaker } | undefined;
  let before: Promise<unknown> = Promise.resolve();

  const take = async ({ data, resolution, images, count }: Sampled): Promise<Census> => {
    const name = `${data} ${resolution}`;
    if (opened?.name !== name) opened = { name, taker: await open(data, resolution, readPack) };
    return opened.taker.take(images, count);
  };

  return {
    count(sampled) {
      const census = before.then(() => take(sampled));
      before = census.catch(() => {}); // that was told to whoever asked for it
      return census;
    },
  };
}

async function open(data: Config["data"], resolution: number, readPack: ReadPack): Promise<CensusTaker> {
  if (data !== "digits" && data !== "stacked-mnist")
    return openShapeCensus(shapeSets[data], data, resolution);
  const weights = readSafetensors(await readPack(classifierPack));
  const digits = await openSource("digits", 0, readPack); // packed: it has no seed
  if (data === "digits") return openDigitCensus(digits, weights, resolution);
  return openStackedCensus(digits, createStackedMnist, weights, resolution);
}

/** What the thread answers. */
export type Answer = { census: Census } | { failure: string };

/** A counter whose thread starts with the first census. */
export function createCounter(): Counter {
  let worker: Worker | undefined;
  const waiting: { resolve(census: Census): void; reject(error: Error): void }[] = [];
  const start = () => {
    const started = new Worker(new URL("./counterThread.ts", import.meta.url), {
      type: "module",
      name: "census",
    });
    started.onmessage = ({ data }) => {
      const answer = data as Answer; // in the order in which was asked
      if ("census" in answer) waiting.shift()?.resolve(answer.census);
      else waiting.shift()?.reject(new Error(answer.failure));
    };
    started.onerror = (event) => {
      event.preventDefault();
      const why = event.message || "its thread could not be loaded";
      waiting.splice(0).forEach(({ reject }) => reject(new Error(why)));
    };
    return started;
  };
  return {
    count: (sampled) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        waiting.push({ resolve, reject });
        worker.postMessage(sampled, [sampled.images.buffer]);
      }),
  };
}
