// From a run to what it is continued from, and back.

import type { Place } from "../gan/place.ts";
import { Run } from "../gan/run.ts";
import type { Batches, ImageSource } from "../gan/source.ts";
import type { Steps } from "../gan/step.ts";
import * as tf from "../gan/tf.ts";
import { fingerprint, hashTensors } from "./pgan/fingerprint.ts";
import type { NamedTensor } from "./pgan/safetensors.ts";

/** All of a run as it stands between two steps, off its engine. */
export interface Snapshot {
  place: Place;
  tensors: ReadonlyMap<string, NamedTensor>;
}

/** Reads the run. No step may be taken meanwhile. */
export async function takeSnapshot(run: Run): Promise<Snapshot> {
  const place = run.place();
  const names = run.store.names();
  const read = await Promise.all(
    names.map(async (name) => {
      const tensor = run.store.read(name);
      const { shape } = tensor;
      return [name, { shape, values: (await tensor.data<"float32">()).slice() }] as const;
    }),
  );
  return { place, tensors: new Map(read) };
}

/** The fingerprint of a run as it stands. No step may be taken meanwhile. */
export async function fingerprintOf(run: Run): Promise<string> {
  const { place, tensors } = await takeSnapshot(run);
  return fingerprint(place, await hashTensors(tensors));
}

/**
 * The run that a snapshot was taken of, on the current engine.
 * @param steps how it takes steps: as they are written, unless given
 * @throws Trouble when the snapshot lacks a tensor, or has one of another shape
 */
export function resume(
  { place, tensors }: Snapshot,
  source: ImageSource,
  batches: Batches,
  steps?: Steps,
): Run {
  const loaded = Object.fromEntries(
    [...tensors].map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
  );
  try {
    return new Run({ place, tensors: loaded }, source, batches, [], steps);
  } catch (error) {
    tf.dispose(loaded);
    throw error;
  }
}
