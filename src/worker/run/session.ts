// One run on one engine, with all that is shown of it: what exists between one start command and the next.

import { openSource, type ReadPack } from "../../data/catalogue.ts";
import { createBatches } from "../../data/sampler.ts";
import { createGallery, type Gallery } from "../../export/gallery.ts";
import { Trouble } from "../../gan/errors.ts";
import type { Moment } from "../../gan/replay.ts";
import { Run } from "../../gan/run.ts";
import { checkConfig, checkFlip } from "../../gan/settings/settings.ts";
import type { ImageSource } from "../../gan/source.ts";
import { train, type Training } from "../../gan/train.ts";
import type { Loss, OpenEngine } from "../../gpu/engine.ts";
import { checkFits } from "../../gpu/memory.ts";
import { resume, type Snapshot } from "../../store/snapshot.ts";
import { nextTask } from "../nextTask.ts";
import type { Command, Config, EngineChoice, Failure, PlannedFlip, PlannedTwin } from "../protocol.ts";

export type Start = Extract<Command, { type: "start" }>;

/** Where a session gets its engine and its data. */
export interface Supplies {
  openEngine(choice: EngineChoice): Promise<OpenEngine>;
  readPack: ReadPack;
}

export interface Session {
  run: Run;
  stream: Training;
  gallery: Gallery;
  engine: OpenEngine;
  source: ImageSource;
  /** What `reading` comes to, if the engine is still sound then. @throws EngineLost when it is not */
  sound<T>(reading: Promise<T>): Promise<T>;
  /**
   * A run of its own at the state of a snapshot, or at the very start of these settings, on this engine. It is the caller's
   * to free. Its steps are those that the engine has recorded for this one.
   */
  takeUp(from: Prepared["from"]): Run;
  /** @throws Trouble when one more such run would not fit on this engine, beside those of all its sessions */
  checkRoomForOneMore(): void;
  /** A session of its own at the state of a snapshot, on this engine, which both use from then on. */
  beside(snapshot: Snapshot): Session;
  /** Frees the run and its tensors; with the last session on it, the engine too. */
  close(): void;
}

/** A GPU that is reset, or refuses a command, goes on answering: with numbers that are worth nothing. */
export class EngineLost extends Error {
  override name = "EngineLost";

  constructor(readonly loss: Loss) {
    super(`the engine is lost: ${loss.message}`);
  }
}

/** A run whose settings and data are all right. */
export interface Prepared {
  /** The twin to come. */
  twin?: PlannedTwin;
  /** What it begins with: settings, or a state to go on from. */
  from: { config: Config; planned: PlannedFlip[] } | Snapshot;
  source: ImageSource;
  engine: EngineChoice;
}

/**
 * Checks a start as far as that goes without an engine.
 * @throws Trouble when a setting is refused, or the data are not to be had
 */
export async function prepare(start: Start, supplies: Supplies): Promise<Prepared> {
  const config = checkConfig(start.config);
  const checked = (planned: readonly PlannedFlip[]) =>
    planned.map(({ images, key, to }) => ({ images, ...checkFlip(key, to) }));
  const twin = start.twin && { ...start.twin, planned: checked(start.twin.planned) };
  const from = { config, planned: checked(start.planned) };
  return { from, twin, source: await sourceOf(config, supplies), engine: start.engine };
}

/** The data that a config learns from. @throws Trouble when they are not to be had */
export const sourceOf = (config: Config, { readPack }: Supplies): Promise<ImageSource> =>
  openSource(config.data, config.seed, readPack, config.to);

/**
 * Sets up a run.
 * @throws Trouble when the engine is not to be had, or the run would not fit; then nothing is left behind
 */
export async function openSession(
  { from, source, engine: choice }: Prepared,
  supplies: Pick<Supplies, "openEngine">,
): Promise<Session> {
  const engine = await supplies.openEngine(choice);
  const machine: Machine = { engine, sessions: 0 };
  void engine.lost?.then((loss) => (machine.loss = loss));
  return sessionOn(machine, from, source);
}

/** An engine, and the sessions that use it. */
interface Machine {
  engine: OpenEngine;
  sessions: number;
  loss?: Loss;
}

function sessionOn(machine: Machine, from: Prepared["from"], source: ImageSource): Session {
  const { engine } = machine;
  machine.sessions++;
  let open = true;
  const leave = () => {
    if (!open) return;
    open = false;
    if (--machine.sessions === 0) engine.close();
  };
  const takeUp = (from: Prepared["from"]) => {
    const batches = (config: Config) => createBatches(source, config.seed);
    const steps = engine.recordSteps?.();
    return "config" in from
      ? new Run(from.config, source, batches(from.config), from.planned, steps)
      : resume(from, source, batches(from.place.config), steps);
  };
  try {
    const config = "config" in from ? from.config : from.place.config;
    checkFits(config, source.channels, engine.limits, machine.sessions);
    const run = takeUp(from);
    const stream = train(run);
    return {
      run,
      stream,
      gallery: createGallery(run, source),
      engine,
      source,
      takeUp,
      checkRoomForOneMore: () => checkFits(config, source.channels, engine.limits, machine.sessions + 1),
      beside: (snapshot) => sessionOn(machine, snapshot, source),
      async sound(reading) {
        const result = await reading;
        if (engine.lost) await nextTask(); // in which a command that was refused on the way is told of
        if (machine.loss) throw new EngineLost(machine.loss);
        return result;
      },
      close() {
        try {
          stream.return(); // frees the run
        } finally {
          leave();
        }
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Where a run stands. To be asked even of one whose engine is gone: it is no tensor. */
export function momentOf({ run }: Pick<Session, "run">): Moment {
  return { step: run.step, eventsMade: run.events.length };
}

/** An error as plain data, which can be posted. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Trouble) return { name: error.name, message: error.message, remedy: error.remedy };
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error) };
}
