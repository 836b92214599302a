// A run as one file, .pgan: a stored zip of manifest.json (where the run stands) and safetensors (its tensors).

import { strToU8, zipSync } from "fflate";
import { Trouble } from "../gan/errors.ts";
import { checkPlace, type Place } from "../gan/place.ts";
import { tallyNames, tallyShape } from "../gan/tally.ts";
import { type NamedTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";
import { readStoredZip } from "./storedZip.ts";

/** Everything a run is continued from. */
export interface Checkpoint {
  place: Place;
  tensors: Map<string, NamedTensor>;
  /** Name of the engine that made it: on another one numbers are rounded otherwise. */
  engine: string;
}

const format = 1;
const manifestName = "manifest.json";

/** Files of the archive that hold tensors: what other tools read, Adam's moments, and what else a run keeps. */
const tensorFiles = ["weights.safetensors", "optim.safetensors", "extra.safetensors"] as const;

/** Which of them a tensor is kept in. */
function fileOf(name: string): (typeof tensorFiles)[number] {
  if (/:[mv]$/.test(name)) return "optim.safetensors";
  if (name.startsWith("stats/") || name.includes(":")) return "extra.safetensors";
  return "weights.safetensors";
}

/** The bytes of a .pgan file. */
export function writeCheckpoint({ place, tensors, engine }: Checkpoint): Uint8Array {
  const files = new Map<string, Record<string, NamedTensor>>(tensorFiles.map((name) => [name, {}]));
  for (const [name, tensor] of tensors) files.get(fileOf(name))![name] = tensor;
  const content = [...files].map(([name, kept]) => [name, writeSafetensors(kept)] as const);
  const manifest = strToU8(JSON.stringify({ format, engine, place }, null, 1));
  return zipSync({ [manifestName]: manifest, ...Object.fromEntries(content) }, { level: 0 });
}

/**
 * Reads a .pgan file, and trusts nothing in it. Whether the tensors are those of the networks is for the run to say.
 * @throws Trouble when it is no checkpoint, is damaged, diverged, or comes from another version
 */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const files = readStoredZip(bytes);
  const stranger = [...files.keys()].find((name) => ![manifestName, ...tensorFiles].includes(name));
  if (stranger !== undefined) throw notOurs(`it holds a file ${quoted(stranger)}`);
  const { engine, place } = readManifest(fileIn(files, manifestName));
  const tensors = new Map<string, NamedTensor>();
  for (const name of tensorFiles)
    for (const [key, tensor] of readSafetensors(fileIn(files, name))) {
      if (fileOf(key) !== name) throw notOurs(`tensor ${quoted(key)} is in ${name}`);
      tensors.set(key, tensor);
    }
  const broken = firstNonFinite(tensors);
  if (broken !== undefined)
    throw new Trouble(
      `This checkpoint can't be continued: its tensor ${quoted(broken)} holds a number that is not finite.`,
      "Use a checkpoint from before the run diverged.",
    );
  checkTally(tensors);
  return { place: checkPlace(place), tensors, engine };
}

/** Name of the first tensor that holds a number that is not finite, if any. */
export function firstNonFinite(tensors: Checkpoint["tensors"]): string | undefined {
  for (const [name, { values }] of tensors) if (!values.every(Number.isFinite)) return name;
  return undefined;
}

function readManifest(bytes: Uint8Array): { engine: string; place: unknown } {
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw notOurs("its manifest is not JSON", cause);
  }
  if (typeof manifest !== "object" || manifest === null) throw notOurs("its manifest is not an object");
  const { format: got, engine, place } = manifest as Record<string, unknown>;
  if (typeof got !== "number") throw notOurs("its manifest names no format");
  if (got !== format)
    throw new Trouble(
      `The checkpoint has format ${got}, and this version reads format ${format}.`,
      `Open it with ${got > format ? "a newer" : "another"} version.`,
    );
  // It is printed: no more than a plain name may come from a file.
  if (typeof engine !== "string" || !/^[\w .+-]{1,40}$/.test(engine))
    throw notOurs("its manifest names no engine");
  return { engine, place };
}

/** The sums of statistics, which belong to no layer. */
function checkTally(tensors: Checkpoint["tensors"]): void {
  for (const network of ["D", "G"] as const) {
    const name = tallyNames[network];
    const expected = `[${tallyShape(network).join()}]`;
    const tensor = tensors.get(name);
    const got = tensor ? `[${tensor.shape.slice(0, 8).join()}]` : "missing";
    if (got !== expected)
      throw new Trouble(
        `The checkpoint's tensor ${name} is ${got}, not ${expected}.`,
        "Use the version of the program that made it.",
      );
  }
}

function fileIn(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const file = files.get(name);
  if (!file) throw notOurs(`it holds no ${name}`);
  return file;
}

const quoted = (word: string): string => JSON.stringify(word.slice(0, 60));

function notOurs(why: string, cause?: unknown): Trouble {
  return new Trouble(`This file is not a checkpoint: ${why}.`, "Choose a file whose name ends in .pgan.", {
    cause,
  });
}
