// The data sets a run can learn from, by their names in settings.

import type { Config } from "../gan/settings/config.ts";
import { Trouble } from "../gan/errors.ts";
import type { ImageSource } from "../gan/source.ts";
import { createDigits, digitsPack } from "./digits.ts";
import { shapes16 } from "./shapes16.ts";
import { shapes64 } from "./shapes64.ts";
import type { ShapeSet } from "./shapes.ts";
import { createStackedMnist } from "./stackedMnist.ts";

/** The bytes of a file by its path under datasets/, e.g. "digits/pack/images.idx3.gz". */
export type ReadPack = (path: string) => Promise<Uint8Array>;

interface Entry {
  /** Native resolution in pixels a side. */
  resolution: number;
  /** Files that `open` needs, as paths under datasets/. */
  files: readonly string[];
  open(seed: number, files: Uint8Array[]): ImageSource | Promise<ImageSource>;
}

const packOfDigits = [digitsPack.images, digitsPack.labels] as const;

const catalogue: { readonly [Name in Config["data"]]: Entry } = {
  digits: {
    resolution: 32,
    files: packOfDigits,
    open: (_seed, [images, labels]) => createDigits(images!, labels!),
  },
  "stacked-mnist": {
    resolution: 32,
    files: packOfDigits,
    open: async (seed, [images, labels]) => createStackedMnist(await createDigits(images!, labels!), seed),
  },
  "shapes-16": { resolution: shapes16.resolution, files: [], open: (seed) => shapes16.open(seed) },
  "shapes-64": { resolution: shapes64.resolution, files: [], open: (seed) => shapes64.open(seed) },
};

/** The sets whose modes have templates, for a census. */
export const shapeSets: { readonly [Name in Config["data"]]?: ShapeSet } = {
  "shapes-16": shapes16,
  "shapes-64": shapes64,
};

/** The files data set `name` is made of, as paths under datasets/. */
export function packFiles(name: Config["data"]): readonly string[] {
  return catalogue[name].files;
}

/**
 * Opens data set `name`.
 * @param seed decides which images a set draws that is drawn on demand
 * @param readPack reads a file, if the set has any
 * @param to resolution the run grows to
 * @throws Trouble when the images are smaller than `to`, or a file is missing or damaged
 */
export async function openSource(
  name: Config["data"],
  seed: number,
  readPack: ReadPack,
  to = 4,
): Promise<ImageSource> {
  const { resolution, files, open } = catalogue[name];
  if (to > resolution)
    throw new Trouble(
      `The images of ${name} are ${resolution} px a side, and the run is to grow to ${to} px.`,
      `Set "to" to ${resolution} or less, or choose another data set.`,
    );
  return open(seed, await Promise.all(files.map((path) => read(path, readPack))));
}

async function read(path: string, readPack: ReadPack): Promise<Uint8Array> {
  try {
    return await readPack(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Trouble(
      `The data file ${path} can't be read: ${why}.`,
      "Check that the datasets folder is complete; in a page, that its server still answers, and try again.",
      { cause },
    );
  }
}
