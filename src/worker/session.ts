// One run on one engine, with all that is shown of it: what exists between one start command and the next.

import { openSource, type ReadPack } from "../data/catalogue.ts";
import { createBatches } from "../data/sampler.ts";
import { createGallery, type Gallery } from "../export/gallery.ts";
import { Trouble } from "../gan/errors.ts";
import { Run } from "../gan/run.ts";
import { checkConfig, checkFlip } from "../gan/settings.ts";
import type { ImageSource } from "../gan/source.ts";
import { train, type Training } from "../gan/train.ts";
import type { OpenEngine } from "../gpu/engine.ts";
import { checkFits } from "../gpu/memory.ts";
import type { Command, Config, Failure, PlannedFlip } from "./protocol.ts";

export type Start = Extract<Command, { type: "start" }>;

/** Where a session gets its engine and its data. */
export interface Supplies {
  openEngine(choice: Start["engine"]): Promise<OpenEngine>;
  readPack: ReadPack;
}

export interface Session {
  run: Run;
  stream: Training;
  gallery: Gallery;
  engine: OpenEngine;
  /** Frees the run, its tensors and the engine. */
  close(): void;
}

/** A start whose settings and data are all right. */
export interface Prepared {
  config: Config;
  planned: PlannedFlip[];
  source: ImageSource;
  engine: Start["engine"];
}

/**
 * Checks a start as far as that goes without an engine.
 * @throws Trouble when a setting is refused, or the data are not to be had
 */
export async function prepare(start: Start, { readPack }: Supplies): Promise<Prepared> {
  const config = checkConfig(start.config);
  const planned = start.planned.map(({ images, key, to }) => ({ images, ...checkFlip(key, to) }));
  const source = await openSource(config.data, config.seed, readPack, config.to);
  return { config, planned, source, engine: start.engine };
}

/**
 * Sets up a run.
 * @throws Trouble when the engine is not to be had, or the run would not fit; then nothing is left behind
 */
export async function openSession(
  { config, planned, source, engine: choice }: Prepared,
  supplies: Supplies,
): Promise<Session> {
  const engine = await supplies.openEngine(choice);
  try {
    checkFits(config, source.channels, engine.limits);
    const run = new Run(config, source, createBatches(source, config.seed), planned);
    const stream = train(run);
    return {
      run,
      stream,
      gallery: createGallery(run, source),
      engine,
      close() {
        stream.return(); // frees the run
        engine.close();
      },
    };
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** An error as plain data, which can be posted. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Trouble) return { name: error.name, message: error.message, remedy: error.remedy };
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error) };
}
