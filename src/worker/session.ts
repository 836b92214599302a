// One run on one engine, with all that is shown of it: what exists between one start command and the next.

import { openSource, type ReadPack } from "../data/catalogue.ts";
import { createBatches } from "../data/sampler.ts";
import { createGallery, type Gallery } from "../export/gallery.ts";
import { Trouble } from "../gan/errors.ts";
import { Run } from "../gan/run.ts";
import { checkConfig } from "../gan/settings.ts";
import { type Instruction, train, type TrainEvent } from "../gan/train.ts";
import type { OpenEngine } from "../gpu/engine.ts";
import { checkFits } from "../gpu/memory.ts";
import type { Command } from "./protocol.ts";

export type Start = Extract<Command, { type: "start" }>;

/** Where a session gets its engine and its data. */
export interface Supplies {
  openEngine(choice: Start["engine"]): Promise<OpenEngine>;
  readPack: ReadPack;
}

export interface Session {
  run: Run;
  stream: Generator<TrainEvent, void, Instruction | undefined>;
  gallery: Gallery;
  engine: OpenEngine;
  /** Frees the run, its tensors and the engine. */
  close(): void;
}

/**
 * Sets up a run.
 * @throws Trouble when a setting is refused, the engine or the data are not to be had, or the run would not fit;
 *   then nothing is left behind
 */
export async function openSession(
  { config, planned, engine: choice }: Start,
  supplies: Supplies,
): Promise<Session> {
  const checked = checkConfig({ ...config });
  const source = await openSource(checked.data, checked.seed, supplies.readPack, checked.to);
  const engine = await supplies.openEngine(choice);
  try {
    checkFits(checked, source.channels, engine.limits);
    const run = new Run(checked, source, createBatches(source, checked.seed), planned);
    const stream = train(run);
    return {
      run,
      stream,
      gallery: createGallery(run, source),
      engine,
      close() {
        stream.return(); // frees nothing if it was never pulled
        run.dispose();
        engine.close();
      },
    };
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** An error as plain data, which can be posted. */
export function failureOf(error: unknown): {
  name: string;
  message: string;
  remedy?: string;
  stack?: string;
} {
  if (error instanceof Trouble) return { name: error.name, message: error.message, remedy: error.remedy };
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error) };
}
