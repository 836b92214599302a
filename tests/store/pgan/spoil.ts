// Ways to spoil a checkpoint under correct checksums, and what is expected of whoever reads it then.

import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { Trouble } from "../../../src/gan/errors.ts";
import type { Place } from "../../../src/gan/place.ts";
import * as tf from "../../../src/gan/tf.ts";
import { readCheckpoint, type ReadCheckpoint } from "../../../src/store/pgan/checkpoint.ts";
import { fingerprint } from "../../../src/store/pgan/fingerprint.ts";
import { sha256 } from "../../../src/store/pgan/sha256.ts";
import { takeUp } from "./example.ts";

export type Json = Record<string, unknown>;

/** What `action` gives, unless it is refused as it should be: by a Trouble that can be shown. */
export async function orTrouble<T>(action: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    expectTrouble(error);
    return undefined;
  }
}

function expectTrouble(error: unknown): asserts error is Trouble {
  if (!(error instanceof Trouble)) throw error;
  for (const words of [error.message, error.remedy]) {
    if (words === "" || words.length >= 400 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(words))
      throw new Error(`not fit to be shown: ${JSON.stringify(words)}`);
  }
}

/** The sentence with which a file is refused. */
export async function refusal(file: Uint8Array): Promise<string> {
  const read = await readCheckpoint(file).catch((error: unknown) => {
    expectTrouble(error);
    return error.message;
  });
  if (typeof read !== "string") throw new Error("nothing was refused");
  return read;
}

/** Reads a file and, if it is accepted, takes its run up and leaves it. No tensor stays. */
export async function tryOut(file: Uint8Array): Promise<ReadCheckpoint | undefined> {
  const before = tf.memory().numTensors;
  const read = await orTrouble(() => readCheckpoint(file));
  if (read) await orTrouble(() => takeUp(read).dispose());
  if (tf.memory().numTensors !== before) throw new Error("a tensor was left behind");
  return read;
}

/** A file's content under its names; `zipped` makes it a file again. */
export const unzipped = (file: Uint8Array): Record<string, Uint8Array> => unzipSync(file);
export const zipped = (files: Record<string, Uint8Array>): Uint8Array => zipSync(files, { level: 0 });

export const archiveWith = (file: Uint8Array, name: string, content: Uint8Array | string): Uint8Array =>
  zipped({ ...unzipped(file), [name]: typeof content === "string" ? strToU8(content) : content });

export const textIn = (file: Uint8Array, name: string): string => strFromU8(unzipped(file)[name]!);
export const manifestIn = (file: Uint8Array): Json => JSON.parse(textIn(file, "manifest.json")) as Json;

/** The file with another value at a path of its manifest, e.g. "place.planned.0.key". */
export const manifestWith = (file: Uint8Array, path: string, value: unknown): Uint8Array =>
  archiveWith(file, "manifest.json", JSON.stringify(edit(manifestIn(file), path, value)) ?? "");

/**
 * The file with all hashes as they must be for what is in it, so that only deeper checks can refuse it.
 * As it is, where it is too spoilt to be hashed.
 */
export async function rehashed(file: Uint8Array): Promise<Uint8Array> {
  try {
    const manifest = manifestIn(file) as { place: Place; hashes: Json };
    const hashes = new Map<string, string>();
    for (const name of ["weights", "optim", "extra"])
      for (const [key, numbers] of numbersIn(unzipped(file)[`${name}.safetensors`]!))
        hashes.set(key, await sha256(numbers));
    const state = await fingerprint(manifest.place, hashes);
    manifest.hashes = { ...manifest.hashes, tensors: Object.fromEntries(hashes), state };
    return archiveWith(file, "manifest.json", JSON.stringify(manifest));
  } catch {
    return file;
  }
}

/** The tensors in a safetensors file by name, as another tool would read them. */
export function numbersIn(file: Uint8Array): [string, Uint8Array][] {
  const { header, start } = headerIn(file);
  return Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, { data_offsets: at }]) => [name, file.slice(start + at[0], start + at[1])]);
}

export interface Described {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The header of a safetensors file, and where its numbers begin. */
export function headerIn(file: Uint8Array): { header: Record<string, Described>; start: number } {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(strFromU8(file.subarray(8, 8 + length))) as Record<string, Described>;
  return { header, start: 8 + length };
}

/** A safetensors file with another header before the same numbers. */
export function withHeader(file: Uint8Array, header: string): Uint8Array {
  const { start } = headerIn(file);
  const json = strToU8(header);
  const changed = new Uint8Array(8 + json.length + file.length - start);
  new DataView(changed.buffer).setBigUint64(0, BigInt(json.length), true);
  changed.set(json, 8);
  changed.set(file.subarray(start), 8 + json.length);
  return changed;
}

/** `root` with `value` at `path`, in place. */
export function edit(root: unknown, path: string, value: unknown): unknown {
  if (path === "") return value;
  const way = path.split(".");
  const last = way.pop()!;
  const holder = way.reduce((at, key) => at[key] as Json, root as Json);
  Object.defineProperty(holder, last, { value, enumerable: true, writable: true, configurable: true });
  return root;
}

/** Every path in plain data, of branches and leaves. Names with a dot in them don't occur. */
export function pathsOf(value: unknown, path = ""): string[] {
  const children = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [path, ...children.flatMap(([key, child]) => pathsOf(child, path === "" ? key : `${path}.${key}`))];
}
