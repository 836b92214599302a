// The checkpoint that --resume names, with what the rest of the command line changes of it.

import { readFileSync } from "node:fs";
import { Trouble } from "../gan/errors.ts";
import type { PlannedFlip } from "../gan/events.ts";
import { type Checkpoint, readCheckpoint } from "../store/checkpoint.ts";
import type { TrainArgs } from "./args.ts";
import { checkInReach } from "./changes.ts";

/**
 * Reads the checkpoint. A new end of the run, by --images, becomes a change like any other, so that the run's events
 * tell of it.
 * @throws Trouble when it can't be read, or can't go on as asked
 */
export function readResumed(file: string, { given, planned }: TrainArgs): Checkpoint {
  const checkpoint = readCheckpoint(read(file));
  const { place } = checkpoint;
  const { images, ...others } = given;
  const [refused] = Object.keys(others);
  if (refused !== undefined)
    throw new Trouble(
      `Setting ${refused} can't be given with --resume: the checkpoint has settings of its own.`,
      `Change it while the run goes on, by --at ${place.images}:${refused}=VALUE, or start a new run.`,
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
  return { ...checkpoint, place: { ...place, planned: [...before, ...planned] } };
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Trouble(`Checkpoint ${file} can't be read: ${message}.`, "Give a .pgan file.", { cause });
  }
}
