// The checkpoint that --resume names, with what the rest of the command line changes of it.

import { readFileSync, statSync } from "node:fs";
import { Trouble } from "../../gan/errors.ts";
import type { PlannedFlip } from "../../gan/settings/events.ts";
import { type Key, rules } from "../../gan/settings/settings.ts";
import { checkSize, type ReadCheckpoint, readCheckpoint } from "../../store/pgan/checkpoint.ts";
import type { Verdict } from "../../store/verify.ts";
import type { TrainArgs } from "./args.ts";
import { checkInReach } from "./changes.ts";

/** A run to go on with. */
export interface Resumed {
  checkpoint: ReadCheckpoint;
  /** Changes still to come: its own, and those that the command line asks for. */
  planned: PlannedFlip[];
}

/**
 * Reads the checkpoint. A new end of the run, by --images, becomes a change like any other, so that the run's events
 * tell of it.
 * @throws Trouble when it can't be read, or can't go on as asked
 */
export async function readResumed(file: string, { given, planned }: TrainArgs): Promise<Resumed> {
  const checkpoint = await readCheckpointFile(file);
  const { place } = checkpoint;
  const { images, ...others } = given;
  const [refused] = Object.keys(others) as Key[];
  if (refused !== undefined)
    throw new Trouble(
      `Setting ${refused} can't be given with --resume: the checkpoint has settings of its own.`,
      rules[refused].when === "start"
        ? "It can't change during a run: start a new one."
        : `Change it while the run goes on, by --at ${place.images}:${refused}=VALUE, or start a new run.`,
    );
  if (images !== undefined && images < place.images)
    throw new Trouble(
      `The run can't end at ${images} images: the checkpoint has shown ${place.images} already.`,
      `Give --images ${place.images} or more, or an earlier checkpoint.`,
    );
  const newEnd: PlannedFlip[] =
    images === undefined ? [] : [{ images: place.images, key: "images", to: images }];
  const before = [...place.planned, ...newEnd];
  checkInReach(planned, place.images, place.config.images, before);
  return { checkpoint, planned: [...before, ...planned] };
}

/** What the check of a resumed run came to, in a sentence. */
export function verdictLine({ kind, state, steps, because }: Verdict): string {
  const others = because.length > 0 ? ` (${because.join("; ")})` : "";
  switch (kind) {
    case "exact":
      return `Resumed exactly (sha256 ${state.slice(0, 8)}…): ${steps} steps led where they led before.`;
    case "differs":
      return `Resumed, but from here numbers are rounded otherwise and the run will differ: ${because.join("; ")}.`;
    case "unchecked":
      return `Resumed. The checkpoint holds nothing to check that it goes on exactly${others}.`;
    default:
      return kind satisfies never;
  }
}

/**
 * Reads a checkpoint by its path.
 * @throws Trouble when there is none, or it is damaged
 */
export const readCheckpointFile = (file: string): Promise<ReadCheckpoint> => readCheckpoint(read(file));

function read(file: string): Uint8Array {
  try {
    checkSize(statSync(file).size);
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof Trouble) throw cause;
    const { message } = cause as Error;
    throw new Trouble(`Checkpoint ${file} can't be read: ${message}.`, "Give a .pgan file.", { cause });
  }
}
