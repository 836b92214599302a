// A run as one file, .pgan: a stored zip of a manifest, its tensors as safetensors, its changes, statistics and pictures.

import { strToU8, zipSync } from "fflate";
import { Trouble } from "../../gan/errors.ts";
import { checkPlace, keptPlace, type Place } from "../../gan/place.ts";
import type { PlannedTwin } from "../../gan/settings/events.ts";
import { keptConfig } from "../../gan/settings/settings.ts";
import { tallyNames, tallyShape } from "../../gan/statistics/tally.ts";
import { quoted } from "../../gan/untrusted.ts";
import { fingerprint, hashTensors } from "./fingerprint.ts";
import {
  type FrameCard,
  type Maker,
  type Proof,
  readManifest,
  type RunCard,
  writeManifest,
} from "./manifest.ts";
import { checkPicture, pictureName, pngOf } from "./pictures.ts";
import { type NamedTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";
import { noSeries, readSeries, type Series, writeSeries } from "./series.ts";
import { readStoredZip } from "./storedZip.ts";

/** Everything a run is continued from, and all that is shown of its past. */
export interface Checkpoint {
  run: RunCard;
  maker: Maker;
  place: Place;
  /** The twin that is yet to be forked off. */
  twin?: PlannedTwin;
  tensors: ReadonlyMap<string, NamedTensor>;
  series: Series;
  frames: readonly FrameCard[];
  /** PNG files of frames by name, as far as they are kept in this file. */
  pictures: ReadonlyMap<string, Blob>;
  /** Hash of the data set; a file of format 1 tells none. */
  dataHash?: string;
  proof?: Proof;
  /** When it was saved, in ISO 8601. */
  saved: string;
}

/** A checkpoint as read, with the fingerprint of its state. */
export type ReadCheckpoint = Checkpoint & { state: string };

/** No file of ours comes near, and a tab could not hold more. */
export const mostBytes = 2 ** 30;

const manifestName = "manifest.json";
const eventsName = "events.jsonl";
const seriesName = "series.safetensors";

/** A manifest or a list of changes is never so long. Parsed, text takes many times its own room. */
const mostText = 16 * 2 ** 20;

/** Files that hold tensors: what other tools read, Adam's moments, and what else a run keeps. */
const tensorFiles = ["weights.safetensors", "optim.safetensors", "extra.safetensors"] as const;

/** Which of them a tensor is kept in. */
function fileOf(name: string): (typeof tensorFiles)[number] {
  if (/:[mv]$/.test(name)) return "optim.safetensors";
  if (name.startsWith("stats/") || name.includes(":")) return "extra.safetensors";
  return "weights.safetensors";
}

/** The bytes of a .pgan file, and the fingerprint of the state in it. */
export async function writeCheckpoint(
  checkpoint: Checkpoint,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; state: string }> {
  const { run, maker, place, twin, tensors, series, frames, pictures, dataHash, proof, saved } = checkpoint;
  const hashes = await hashTensors(tensors);
  const state = await fingerprint(place, hashes);
  const { events, ...kept } = keptPlace(place);
  const manifest = writeManifest({
    run,
    maker,
    saved,
    hashes: { data: dataHash, tensors: hashes, state },
    proof,
    twin,
    frames,
    censuses: series.censuses.filter(({ step }) => step <= place.step), // one of later is none of this state
    place: kept,
  });
  const metadata = {
    images: String(place.images),
    step: String(place.step),
    config: JSON.stringify(keptConfig(place.config)),
  };
  const files: Record<string, Uint8Array> = { [manifestName]: strToU8(manifest) };
  files[eventsName] = strToU8(place.events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  files[seriesName] = writeSeries(series);
  for (const file of tensorFiles)
    files[file] = writeSafetensors(new Map([...tensors].filter(([name]) => fileOf(name) === file)), metadata);
  for (const [name, png] of pictures) files[name] = new Uint8Array(await png.arrayBuffer());
  return { bytes: zipSync(files, { level: 0 }) as Uint8Array<ArrayBuffer>, state };
}

/**
 * Reads a .pgan file, and trusts nothing in it. Whether the tensors are those of the networks is for the run to say.
 * @param pictures whether those of the frames are inside the file, or kept apart from it
 * @throws Trouble when it is no checkpoint, is damaged, diverged, or comes from a newer version
 */
export async function readCheckpoint(
  bytes: Uint8Array,
  pictures: "inside" | "apart" = "inside",
): Promise<ReadCheckpoint> {
  checkSize(bytes.length);
  const files = readStoredZip(bytes);
  const { hashes, place: kept, censuses, ...manifest } = readManifest(textOf(files, manifestName));
  const ofFormat1 = hashes === undefined;
  const events = ofFormat1 ? kept.events : readEvents(textOf(files, eventsName));
  const place = checkPlace({ ...kept, events });
  checkOrder("pictures", manifest.frames, place);

  const tensors = readTensors(files);
  const rows = ofFormat1 ? noSeries : readSeries(fileIn(files, seriesName), place);
  checkOrder("censuses", censuses, place);
  const series = { ...rows, censuses };
  const inside = picturesIn(files, manifest.frames, pictures === "inside");
  const known = [
    manifestName,
    ...tensorFiles,
    ...inside.keys(),
    ...(ofFormat1 ? [] : [eventsName, seriesName]),
  ];
  const stranger = [...files.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) throw notOurs(`it holds a file ${quoted(stranger)}`);

  const found = await hashTensors(tensors);
  const state = await fingerprint(place, found);
  if (hashes) checkHashes(hashes, found, state);
  return { ...manifest, place, tensors, series, pictures: inside, dataHash: hashes?.data, state };
}

/**
 * Refuses a file by its size, before it is read.
 * @throws Trouble when it is larger than any checkpoint
 */
export function checkSize(bytes: number): void {
  if (bytes > mostBytes)
    throw new Trouble(
      `The file holds ${Math.round(bytes / 1e6)} MB, more than any checkpoint (${Math.round(mostBytes / 1e6)} MB).`,
      "Choose a file whose name ends in .pgan.",
    );
}

/** Name of the first tensor that holds a number that is not finite, if any. Bits decide, on the CPU: a GPU may not tell. */
export function firstNonFinite(tensors: Checkpoint["tensors"]): string | undefined {
  for (const [name, { values }] of tensors) if (!values.every(Number.isFinite)) return name;
  return undefined;
}

function readTensors(files: ReadonlyMap<string, Uint8Array>): Map<string, NamedTensor> {
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
  return tensors;
}

function readEvents(text: string): unknown[] {
  try {
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  } catch (cause) {
    throw notOurs("its list of changes is not JSON", cause);
  }
}

/** What was kept of moments is of this run: in its order, and nothing from after the checkpoint. */
function checkOrder(
  what: string,
  moments: readonly { images: number; step: number; eventsMade?: number }[],
  { images, step, events }: Place,
): void {
  let before = { images: 0, step: 0, eventsMade: 0 };
  for (const moment of moments) {
    const here = { eventsMade: before.eventsMade, ...moment };
    const early =
      here.images < before.images || here.step < before.step || here.eventsMade < before.eventsMade;
    if (early || here.step > step || here.images > images || here.eventsMade > events.length)
      throw notOurs(`its ${what} are not in the order of the run`);
    before = here;
  }
}

function picturesIn(
  files: ReadonlyMap<string, Uint8Array>,
  frames: readonly FrameCard[],
  all: boolean,
): Map<string, Blob> {
  const pictures = new Map<string, Blob>();
  for (const frame of frames) {
    const name = pictureName(frame);
    const png = all ? fileIn(files, name) : files.get(name);
    if (!png) continue;
    checkPicture(png, frame);
    pictures.set(name, pngOf(png));
  }
  return pictures;
}

function checkHashes(
  told: { tensors: ReadonlyMap<string, string>; state: string },
  found: ReadonlyMap<string, string>,
  state: string,
): void {
  const changed = [...new Set([...told.tensors.keys(), ...found.keys()])].find(
    (name) => told.tensors.get(name) !== found.get(name),
  );
  if (changed !== undefined) throw notOurs(`tensor ${quoted(changed)} is not what was saved`);
  if (told.state !== state) throw notOurs("where the run stands is not what was saved");
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

function textOf(files: ReadonlyMap<string, Uint8Array>, name: string): string {
  const file = fileIn(files, name);
  if (file.length > mostText) throw notOurs(`its ${name} is too long`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file);
  } catch (cause) {
    throw notOurs(`its ${name} is not text`, cause);
  }
}

function fileIn(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const file = files.get(name);
  if (!file) throw notOurs(`it holds no ${name}`);
  return file;
}

function notOurs(why: string, cause?: unknown): Trouble {
  return new Trouble(
    `This file is no checkpoint, or a damaged one: ${why}.`,
    "Choose a file whose name ends in .pgan, or another copy of it.",
    {
      cause,
    },
  );
}
