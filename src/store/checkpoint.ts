// A run as one file, .pgan: a stored zip of manifest.json (where the run stands) and safetensors (its tensors).

import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { checkConfig } from "../gan/settings.ts";
import { Trouble } from "../gan/errors.ts";
import type { Place } from "../gan/place.ts";
import { type NamedTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";

/** Everything a run is continued from. */
export interface Checkpoint {
  place: Place;
  tensors: Map<string, NamedTensor>;
  /** Name of the engine that made it: on another one numbers are rounded otherwise. */
  engine: string;
}

const format = 1;
const manifestName = "manifest.json";

/** Which file of the archive a tensor is kept in. */
function fileOf(name: string): string {
  if (/:[mv]$/.test(name)) return "optim.safetensors";
  if (name.startsWith("stats/") || name.includes(":")) return "extra.safetensors";
  return "weights.safetensors";
}

/** The bytes of a .pgan file. */
export function writeCheckpoint({ place, tensors, engine }: Checkpoint): Uint8Array {
  const files: Record<string, Record<string, NamedTensor>> = {};
  for (const [name, tensor] of tensors) (files[fileOf(name)] ??= {})[name] = tensor;
  const manifest = { format, engine, place };
  return zipSync(
    {
      [manifestName]: strToU8(JSON.stringify(manifest, null, 1)),
      ...Object.fromEntries(
        Object.entries(files).map(([name, content]) => [name, writeSafetensors(content)]),
      ),
    },
    { level: 0 },
  );
}

/**
 * Reads a .pgan file.
 * @throws Trouble when it is no checkpoint, is damaged, or comes from a newer version
 */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const files = unzip(bytes);
  const manifestFile = files[manifestName];
  if (!manifestFile) throw notOurs("it holds no manifest");
  let manifest: { format?: unknown; engine?: unknown; place?: Place };
  try {
    manifest = JSON.parse(strFromU8(manifestFile)) as typeof manifest;
  } catch (cause) {
    throw notOurs("its manifest is not JSON", cause);
  }
  if (manifest.format !== format)
    throw new Trouble(
      `The checkpoint has format ${String(manifest.format)}, and this version reads format ${format}.`,
      "Open it with a newer version.",
    );
  const { place, engine } = manifest;
  if (typeof place !== "object" || place === null || !(place.config instanceof Object))
    throw notOurs("it has no config");
  const tensors = new Map<string, NamedTensor>();
  for (const [name, content] of Object.entries(files))
    if (name.endsWith(".safetensors"))
      for (const [key, tensor] of readSafetensors(content)) tensors.set(key, tensor);
  return { place: { ...place, config: checkConfig({ ...place.config }) }, tensors, engine: String(engine) };
}

function unzip(bytes: Uint8Array): Record<string, Uint8Array> {
  try {
    // Stored files are as large as the archive says; anything compressed is not ours, and might be a zip bomb.
    return unzipSync(bytes, {
      filter: ({ compression, originalSize }) => compression === 0 && originalSize <= bytes.length,
    });
  } catch (cause) {
    throw notOurs("it is not a zip", cause);
  }
}

function notOurs(why: string, cause?: unknown): Trouble {
  return new Trouble(`This file is not a checkpoint: ${why}.`, "Choose a file whose name ends in .pgan.", {
    cause,
  });
}
