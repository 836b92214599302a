// From a run to a checkpoint, and back.

import { Run } from "../gan/run.ts";
import type { Batches, ImageSource } from "../gan/source.ts";
import * as tf from "../gan/tf.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** All of a run as it stands between two steps. */
export async function takeSnapshot(run: Run, engine: string): Promise<Checkpoint> {
  const place = run.place();
  const names = run.store.names();
  const read = await Promise.all(
    names.map(async (name) => {
      const tensor = run.store.read(name);
      const { shape } = tensor;
      return [name, { shape, values: (await tensor.data<"float32">()).slice() }] as const;
    }),
  );
  return { place, tensors: new Map(read), engine };
}

/**
 * The run that a checkpoint was made of, on the current engine.
 * @throws Trouble when the checkpoint lacks a tensor, or has one of another shape
 */
export function resume({ place, tensors }: Checkpoint, source: ImageSource, batches: Batches): Run {
  const loaded = Object.fromEntries(
    [...tensors].map(([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
  );
  try {
    return new Run({ place, tensors: loaded }, source, batches);
  } catch (error) {
    tf.dispose(loaded);
    throw error;
  }
}
