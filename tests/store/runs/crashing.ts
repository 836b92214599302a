// A folder on a disk that fails: at the n-th change of anything in it, in one of several ways.

import type { Folder } from "../../../src/store/runs/folder.ts";

/**
 * How it fails. "refused": one change is not made, as where the disk is full. "died before" and "died after": the program
 * ends before or after a change, and makes no other. "torn": it ends in the middle, on a disk that writes in place.
 */
export const failures = ["refused", "died before", "died after", "torn"] as const;
export type Failure = (typeof failures)[number];

export class Crash extends Error {
  override name = "QuotaExceededError";
}

/** Counts changes, and fails at the one asked for. */
export interface Fate {
  changes: number;
  failAt: number;
  failure: Failure;
}

/** `folder` as long as nothing fails. What was written is there for whoever opens it again. */
export function crashing(folder: Folder, fate: Fate): Folder {
  const change = async (make: () => Promise<void>, tear: () => Promise<void>) => {
    const { failAt, failure } = fate;
    const n = ++fate.changes;
    if (n < failAt || (n > failAt && failure === "refused")) return make();
    if (n === failAt && failure === "died after") await make();
    if (n === failAt && failure === "torn") await tear();
    throw new Crash(`at change ${n}`);
  };
  return {
    list: () => folder.list(),
    read: (name) => folder.read(name),
    sweep: () => folder.sweep(),
    write: (name, bytes) =>
      change(
        () => folder.write(name, bytes),
        () => folder.write(name, bytes.subarray(0, bytes.length / 2)),
      ),
    remove: (name) =>
      change(
        () => folder.remove(name),
        async () => {},
      ),
    folder: async (name) => crashing(await folder.folder(name), fate),
  };
}
