// Reads the run folders of npm run ablate as moments: censuses and statistics of every finished run.

import fs from "node:fs";
import path from "node:path";
import { configName, eventsName, statsName } from "../../export/names.ts";
import { Trouble } from "../../gan/errors.ts";
import type { FlipEvent } from "../../gan/settings/events.ts";
import { type StatName, statNames, type StatsRow } from "../../gan/statistics/stats.ts";
import { joinMoments, type Moment } from "../../metrics/alarms/moments.ts";
import { type CensusRow, censusName } from "../ablate/trial.ts";

/** A finished run. */
export interface AblationRun {
  arm: string;
  seed: number;
  moments: Moment[];
  events: readonly FlipEvent[];
  /** Modes that the average of G covers at the end. */
  covered: number;
}

/**
 * The finished runs of a folder, sorted by arm and seed; broken-off ones are passed over.
 * @param folder with one run folder each, as DIR/runs of npm run ablate
 * @throws Trouble when there is no finished run, or one that can't be read
 */
export function readRuns(folder: string): AblationRun[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  const runs = names.flatMap((name) => readRun(path.join(folder, name)) ?? []);
  if (runs.length > 0) return runs.sort((a, b) => a.arm.localeCompare(b.arm) || a.seed - b.seed);
  throw new Trouble(
    `${folder} holds no finished run.`,
    "Name the folder DIR/runs that npm run ablate wrote.",
  );
}

function readRun(folder: string): AblationRun | undefined {
  const arm = /^(.+)-s\d+-[0-9a-f]{8}$/.exec(path.basename(folder))?.[1];
  if (arm === undefined || !fs.existsSync(path.join(folder, censusName))) return undefined;
  try {
    const censuses = lines(path.join(folder, censusName)) as CensusRow[];
    const rows = lines(path.join(folder, statsName)).map(rowOf);
    const { seed } = JSON.parse(fs.readFileSync(path.join(folder, configName), "utf8")) as { seed: number };
    const last = censuses.findLast(({ weights }) => weights === "average");
    if (!last) throw new Error("it has no census of the average of G");
    return {
      arm,
      seed,
      moments: joinMoments(momentsOf(censuses), rows),
      events: lines(path.join(folder, eventsName)) as FlipEvent[],
      covered: last.covered,
    };
  } catch (cause) {
    throw new Trouble(
      `Run ${folder} can't be read: ${(cause as Error).message}.`,
      "Delete the folder, and make the run again.",
      { cause },
    );
  }
}

function momentsOf(censuses: readonly CensusRow[]): Moment[] {
  const moments = new Map<number, Moment>();
  for (const { images, step, weights, ...count } of censuses)
    moments.set(step, { ...moments.get(step), images, step, [weights]: count });
  return [...moments.values()];
}

/** A line of stats.jsonl, in which JSON has no word for numbers that are not finite. */
function rowOf(line: unknown): Pick<StatsRow, "images" | "step" | "stats"> {
  const flat = line as Record<string, number | null>;
  const number = (name: string) => flat[name] ?? NaN;
  const stats: StatsRow["stats"] = {};
  for (const name of [...statNames.D, ...statNames.G] as StatName[])
    if (name in flat)
      stats[name] = { mean: number(name), std: number(`${name}_std`), n: number(`${name}_n`) };
  return { images: number("images"), step: number("step"), stats };
}

function lines(file: string): unknown[] {
  const text = fs.readFileSync(file, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
