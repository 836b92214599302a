// Reads the run folders of npm run ablate as moments: censuses and statistics of every finished run.

import fs from "node:fs";
import path from "node:path";
import { configName, eventsName, statsName } from "../../export/names.ts";
import { Trouble } from "../../gan/errors.ts";
import type { FlipEvent } from "../../gan/settings/events.ts";
import { type StatName, statNames, type StatsRow } from "../../gan/statistics/stats.ts";
import { joinMoments, type Moment } from "../../metrics/alarms/moments.ts";
import { type CensusRow, censusName, forkOf } from "../ablate/trial.ts";

/** A finished run. */
export interface AblationRun {
  arm: string;
  seed: number;
  /** With those of the runs that it was forked from, up to there. */
  moments: Moment[];
  events: readonly FlipEvent[];
  /** Images from which on alarms are its own: at the fork, where it changes a setting there, else 0. */
  begins: number;
  /** Modes that the average of G covers at the end. */
  covered: number;
  /** Of each census. */
  samples: number;
}

/**
 * The finished runs of a folder, sorted by arm and seed; broken-off ones are passed over.
 * @param folder with one run folder each, as DIR/runs of npm run ablate
 * @throws Trouble when there is no finished run, or one that can't be read
 */
export function readRuns(folder: string): AblationRun[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  const read = new Map(
    names.flatMap((name) => {
      const run = readRun(path.join(folder, name));
      return run ? [[name, run] as const] : [];
    }),
  );
  const runs = [...read.values()].map((run) => withPast(run, read));
  if (runs.length > 0) return runs.sort((a, b) => a.arm.localeCompare(b.arm) || a.seed - b.seed);
  throw new Trouble(
    `${folder} holds no finished run.`,
    "Name the folder DIR/runs that npm run ablate wrote.",
  );
}

/** A run folder by itself. */
interface Part extends Pick<AblationRun, "arm" | "seed" | "events" | "covered" | "samples"> {
  censuses: readonly CensusRow[];
  rows: readonly ReturnType<typeof rowOf>[];
  fork: ReturnType<typeof forkOf>;
}

function withPast(run: Part, parts: ReadonlyMap<string, Part>): AblationRun {
  const { arm, seed, events, covered, samples, fork } = run;
  const line = [run];
  for (let from = fork?.from; from !== undefined; from = line[0]!.fork?.from) {
    const parent = parts.get(from);
    if (!parent) break;
    line.unshift(parent);
  }
  const censuses = line.flatMap((part) => momentsOf(part.censuses));
  const moments = joinMoments(
    censuses,
    line.flatMap(({ rows }) => rows),
  );
  const changes = fork && events.some(({ images }) => images >= fork.images);
  return { arm, seed, moments, events, begins: changes ? fork.images : 0, covered, samples };
}

function readRun(folder: string): Part | undefined {
  const arm = /^(.+)-s\d+-[0-9a-f]{8}$/.exec(path.basename(folder))?.[1];
  if (arm === undefined || !fs.existsSync(path.join(folder, censusName))) return undefined;
  try {
    const censuses = lines(path.join(folder, censusName)) as CensusRow[];
    const rows = lines(path.join(folder, statsName)).map(rowOf);
    const { seed } = JSON.parse(fs.readFileSync(path.join(folder, configName), "utf8")) as { seed: number };
    const last = censuses.findLast(({ weights }) => weights === "average");
    if (!last) throw new Error("it has no census of the average of G");
    const events = lines(path.join(folder, eventsName)) as FlipEvent[];
    const { covered, samples } = last;
    return { arm, seed, events, covered, samples, censuses, rows, fork: forkOf(folder) };
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
