// A grid of an ablation: arms that differ in a few settings, each trained with many seeds. Read strictly.

import { readFileSync } from "node:fs";
import { type Config, presets } from "../../gan/settings/config.ts";
import { Trouble } from "../../gan/errors.ts";
import type { PlannedFlip } from "../../gan/settings/events.ts";
import { phases, stageAt } from "../../gan/settings/schedule.ts";
import { batchAt, checkConfig } from "../../gan/settings/settings.ts";
import { inWords } from "../../gan/untrusted.ts";
import { parseChange } from "../train/changes.ts";

export interface Grid {
  /** Names the files of its tables. */
  name: string;
  title: string;
  /** What it asks, for the head of the table. */
  question: string;
  /** Samples of each census. */
  samples: number;
  firstSeed: number;
  arms: readonly Arm[];
}

export interface Arm {
  /** Names its run folders. */
  name: string;
  /** What it is, in words. */
  label: string;
  /** The arm at whose end it begins, with the same state to the last bit; else it begins at 0 images. */
  from?: string;
  /** Settings of the run at its first image; those of an arm that forks are `from`'s. Its seed is set for each run. */
  config: Config;
  /** Trains on so many images of each mode and no others, while censuses know them all; undefined where the set is whole. */
  imagesPerMode?: number;
  /** Changes on the way, those at the fork among them. */
  changes: readonly PlannedFlip[];
  /** Images shown when the arm begins, and when it ends. */
  begins: number;
  ends: number;
  /** Images at which a census is taken, the last at the end. */
  census: readonly number[];
  /** Whether it is in the table. One that is not is only there for others to fork from. */
  shown: boolean;
}

/**
 * Reads a grid file.
 * @throws Trouble naming the first thing in it that is wrong
 */
export function readGrid(file: string): Grid {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Trouble(`Grid ${file} can't be read: ${(cause as Error).message}.`, remedy, { cause });
  }
  return checkGrid(content);
}

const remedy = "Give a JSON file like those in lab/grids.";

/** @throws Trouble naming the first thing that is wrong */
export function checkGrid(content: unknown): Grid {
  const grid = fields("grid", content, {
    name: word,
    title: text,
    question: text,
    preset: (what, value) =>
      Object.hasOwn(presets, text(what, value))
        ? text(what, value)
        : refuse(what, value, Object.keys(presets).join(", ")),
    samples: count,
    firstSeed: count,
    arms: (what, value) =>
      Array.isArray(value) && value.length > 0 ? (value as unknown[]) : refuse(what, value, "a list of arms"),
  });
  const arms: Arm[] = [];
  grid.arms.forEach((value, i) => arms.push(checkArm(`arms[${i}]`, value, presets[grid.preset]!, arms)));
  return { ...grid, arms };
}

function checkArm(what: string, value: unknown, preset: Config, before: readonly Arm[]): Arm {
  const optional = { from: "", set: {}, at: [], census: [], shown: true, imagesPerMode: 0 };
  const arm = fields(
    what,
    { ...optional, ...(value as object) },
    {
      name: word,
      label: text,
      from: text,
      set: (name, set) =>
        typeof set === "object" && set !== null && !Array.isArray(set)
          ? set
          : refuse(name, set, "an object of settings"),
      at: (name, at) =>
        Array.isArray(at)
          ? at.map((change) => parseChange(text(name, change)))
          : refuse(name, at, "a list of changes"),
      images: count,
      census: (name, at) =>
        Array.isArray(at) ? at.map((images) => count(name, images)) : refuse(name, at, "a list of images"),
      shown: (name, shown) => (typeof shown === "boolean" ? shown : refuse(name, shown, "true or false")),
      imagesPerMode: count,
    },
  );
  if (before.some(({ name }) => name === arm.name)) refuse(`${what}.name`, arm.name, "a name of its own");
  const parent = arm.from === "" ? undefined : before.find(({ name }) => name === arm.from);
  if (arm.from !== "" && !parent) refuse(`${what}.from`, arm.from, "the name of an arm before it");
  if (parent && Object.keys(arm.set).length > 0)
    refuse(`${what}.set`, "given", `left out: an arm that forks changes settings by "at"`);

  const begins = parent?.ends ?? 0;
  const config = parent?.config ?? checkConfig(arm.set, preset);
  if (arm.images <= begins || arm.images > config.images)
    refuse(`${what}.images`, arm.images, `above ${begins} and up to ${config.images}`);
  const steps = stepsOf(config, arm.at, begins, arm.images);
  const between = (images: number) => {
    const [before, after] = [steps.findLast((end) => end < images), steps.find((end) => end > images)];
    return `one at which a step ends, as ${before ?? begins} or ${after ?? arm.images}`;
  };
  if (!steps.includes(arm.images)) refuse(`${what}.images`, arm.images, between(arm.images));
  const census = [...new Set([...arm.census, arm.images])].sort((a, b) => a - b);
  for (const images of [...census, ...arm.at.map((change) => change.images)])
    if (images > arm.images || !steps.includes(images))
      refuse(`${what}.census and at`, images, between(images));
  const grown = phases(config).at(-1)!.start;
  if (census[0]! < grown)
    refuse(
      `${what}.census`,
      census[0],
      `${grown} or more, when the run is grown: a census compares like with like`,
    );
  return {
    name: arm.name,
    label: arm.label,
    from: parent?.name,
    config,
    imagesPerMode: arm.imagesPerMode || undefined,
    changes: arm.at,
    begins,
    ends: arm.images,
    census,
    shown: arm.shown,
  };
}

/** Images shown when the arm begins, and at the end of each of its steps. */
function stepsOf(config: Config, changes: readonly PlannedFlip[], begins: number, ends: number): number[] {
  const steps = [begins];
  for (let images = begins; images < ends; steps.push(images)) {
    const due = changes.filter(({ key, images: at }) => key === "stepsD" && at <= images);
    const stepsD = Number(due.at(-1)?.to ?? config.stepsD);
    images += stepsD * batchAt(stageAt(images, config).resolution, config);
  }
  return steps;
}

type Check<T> = (what: string, value: unknown) => T;

/** Fields of an object, each checked; there may be no others. */
function fields<T extends Record<string, unknown>>(
  what: string,
  value: unknown,
  checks: { [K in keyof T]: Check<T[K]> },
): T {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse(what, value, "an object");
  const stranger = Object.keys(value).find((name) => !Object.hasOwn(checks, name));
  if (stranger !== undefined)
    refuse(`${what}.${stranger}`, "given", `one of ${Object.keys(checks).join(", ")}`);
  const given = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(checks).map(([name, check]) => [
      name,
      (check as Check<unknown>)(`${what}.${name}`, given[name]),
    ]),
  ) as T;
}

const text: Check<string> = (what, value) =>
  typeof value === "string" && value.length <= 400 ? value : refuse(what, value, "a short text");

/** Part of the name of a file. */
const word: Check<string> = (what, value) =>
  typeof value === "string" && /^[a-z0-9-]{1,40}$/.test(value)
    ? value
    : refuse(what, value, "a word of a-z, 0-9 and -");

const count: Check<number> = (what, value) =>
  Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuse(what, value, "a whole number");

function refuse(what: string, value: unknown, expected: string): never {
  throw new Trouble(`The grid's ${what} is ${inWords(value)}, not ${expected}.`, remedy);
}
