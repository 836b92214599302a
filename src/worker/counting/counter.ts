// Counts the modes of samples, measures them, and searches for what a sample is like, in a thread of its own: that takes up to
// seconds, and training goes on.

import { openSource, type ReadPack, shapeSets } from "../../data/catalogue.ts";
import { createStackedMnist } from "../../data/stackedMnist.ts";
import type { Config } from "../../gan/settings/config.ts";
import { Trouble } from "../../gan/errors.ts";
import type { CensusTaker, TestedCensus } from "../../metrics/census/census.ts";
import {
  classifierPack,
  openDigitCensus,
  openShapeCensus,
  openStackedCensus,
} from "../../metrics/census/open.ts";
import { readSafetensors } from "../../store/pgan/safetensors.ts";
import type { MetricName } from "../../metrics/figures.ts";
import { answer, type Answers, buffersOf, type Question } from "../inspect/questions.ts";
import { createMeasurer, type Measured } from "./measuring.ts";

/** Samples to count the modes of. */
export interface Sampled {
  data: Config["data"];
  resolution: number;
  /** [N,R,R,C], nominally in [-1,1]. */
  images: Float32Array<ArrayBuffer>;
  count: number;
}

/** Data whose modes are known, and pixels a side of their images. */
export type Kind = Pick<Sampled, "data" | "resolution">;

export interface Counter {
  /**
   * The first count of a kind of data begins with a self-test: real images that the census was not calibrated by are counted.
   * @throws Error saying why they can't be counted
   */
  count(sampled: Sampled): Promise<TestedCensus>;
  /** What a metric that needs no modes says of them. @throws Error saying why that can't be told */
  measure(sampled: Sampled, metric: MetricName): Promise<Measured>;
  /** Looks for what single samples are like. @throws Trouble when it can't be told */
  ask<Q extends Question>(question: Q, of: Kind): Promise<Answers[Q["type"]]>;
}

/**
 * Counts in this thread, one census after the other. What is made once for a data set at a resolution is kept until
 * another one is asked for.
 * @param reals that samples are measured against, where not as usual
 */
export function createLocalCounter(readPack: ReadPack, reals?: number): Counter {
  let opened: { name: string; taker: CensusTaker; tested: Map<number, string | undefined> } | undefined;
  let before: Promise<unknown> = Promise.resolve();

  const openedFor = async ({ data, resolution }: Kind) => {
    const name = `${data} ${resolution}`;
    if (opened?.name !== name)
      opened = { name, taker: await open(data, resolution, readPack), tested: new Map() };
    return opened;
  };

  const count = async (sampled: Sampled): Promise<TestedCensus> => {
    const { taker, tested } = await openedFor(sampled);
    const { images, count } = sampled;
    if (!tested.has(count)) tested.set(count, taker.selfTest(count));
    return { ...taker.take(images, count), tested: taker.fresh, astray: tested.get(count) };
  };

  const measureBy = createMeasurer(readPack, reals);

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = before.then(work);
    before = done.catch(() => {}); // that was told to whoever asked for it
    return done;
  };

  return {
    count: (sampled) => inTurn(() => count(sampled)),
    measure: (sampled, metric) => inTurn(() => measureBy(sampled, metric)),
    ask: (question, of) => inTurn(() => answer(question, async () => (await openedFor(of)).taker)),
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

/** What the thread is asked, and what it answers: in the order in which it was asked. */
export type Asked =
  { sampled: Sampled } | { toMeasure: Sampled; metric: MetricName } | { question: Question; of: Kind };
export type Answer = { said: unknown } | { failure: { message: string; remedy?: string } };

/** A counter whose thread starts with the first thing it is asked. */
export function createCounter(): Counter {
  let worker: Worker | undefined;
  const waiting: { resolve(said: never): void; reject(error: Error): void }[] = [];
  const start = () => {
    const started = new Worker(new URL("./counterThread.ts", import.meta.url), {
      type: "module",
      name: "census",
    });
    started.onmessage = ({ data }) => {
      const answer = data as Answer;
      if ("said" in answer) waiting.shift()?.resolve(answer.said as never);
      else waiting.shift()?.reject(errorOf(answer.failure));
    };
    started.onerror = (event) => {
      event.preventDefault();
      const why = event.message || "its thread could not be loaded";
      waiting.splice(0).forEach(({ reject }) => reject(new Error(why)));
    };
    return started;
  };
  const post = <T>(asked: Asked, transfer: Transferable[]) =>
    new Promise<T>((resolve, reject) => {
      worker ??= start();
      waiting.push({ resolve, reject });
      worker.postMessage(asked, transfer);
    });
  return {
    count: (sampled) => post({ sampled }, [sampled.images.buffer]),
    measure: (toMeasure, metric) => post({ toMeasure, metric }, []), // copied: the next metric needs them too
    ask: (question, of) => post({ question, of }, buffersOf(question)),
  };
}

const errorOf = ({ message, remedy }: { message: string; remedy?: string }): Error =>
  remedy === undefined ? new Error(message) : new Trouble(message, remedy);
