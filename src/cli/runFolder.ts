// A run's folder: its settings, its changes and its statistics as lines of JSON, its pictures and checkpoints.

import fs from "node:fs";
import path from "node:path";
import { configName, eventsName, statsName } from "../export/names.ts";
import { statsJsonl, statsLine } from "../export/stats.ts";
import type { Config } from "../gan/settings/config.ts";
import { Trouble } from "../gan/errors.ts";
import type { FlipEvent } from "../gan/settings/events.ts";
import { checkConfig, differences, keptConfig, type Key } from "../gan/settings/settings.ts";
import type { StatsRow } from "../gan/statistics/stats.ts";

/** An open run folder. Lines are on disk when their call returns: a run that is killed keeps them. */
export interface RunFolder {
  path: string;
  /** Appends a change to events.jsonl. */
  event(event: FlipEvent): void;
  /** Appends a tick to stats.jsonl. */
  stats(row: StatsRow): void;
  /** Appends a line to log.txt. */
  log(line: string): void;
  /** Writes a file whole: after a crash it is as it was before, or as it is now. */
  write(name: string, content: Uint8Array | string): void;
}

export const logName = "log.txt";

/**
 * Looks whether a run may be written to `folder`, and changes nothing.
 * @param started the config that a run which goes on began with: its own folder may hold it already
 * @throws Trouble when there is something else already
 */
export function checkRunFolder(folder: string, started?: Config): void {
  if (!fs.existsSync(folder)) return;
  if (!fs.statSync(folder).isDirectory())
    throw new Trouble(`${folder} is a file, not a folder.`, "Name another folder with --out.");
  const [first, ...more] = fs.readdirSync(folder);
  if (first === undefined) return;
  if (!started)
    throw new Trouble(
      `Folder ${folder} is not empty: it holds ${first}${more.length > 0 ? ` and ${more.length} more` : ""}.`,
      "Name a new folder with --out, or go on with a run by --resume.",
    );
  const other = otherRun(folder, started);
  if (other !== undefined)
    throw new Trouble(
      `Folder ${folder} is not that of the checkpoint's run: ${other}.`,
      "Name a new folder with --out, or the one that the run was begun in.",
    );
}

/** How what is in `folder` differs from a run that began with `started`, if it does. */
function otherRun(folder: string, started: Config): string | undefined {
  let config: Config;
  try {
    config = checkConfig(JSON.parse(fs.readFileSync(path.join(folder, configName), "utf8")) as object);
  } catch {
    return `it holds no ${configName} that can be read`;
  }
  const [key] = Object.keys(differences(config, started)) as Key[];
  return (
    key && `its run began with ${key} ${JSON.stringify(config[key])}, not ${JSON.stringify(started[key])}`
  );
}

/**
 * Makes the folder and writes config.json. Call it when nothing can be refused any more, so that a mistyped command
 * leaves nothing behind.
 * @param started the config that the run began with
 * @param checkpoint where a run goes on. Its changes are written down again, and lines of statistics up to there stay;
 *   later ones are dropped, as that stretch will be trained anew. Where there are none, they are those it was saved with.
 * @throws Trouble when there is something else already, or the folder can't be written
 */
export function createRunFolder(
  folder: string,
  started: Config,
  checkpoint?: { images: number; events: readonly FlipEvent[]; ticks?: readonly StatsRow[] },
): RunFolder {
  checkRunFolder(folder, checkpoint && started);
  const at = (name: string) => path.join(folder, name);
  const write = (name: string, content: Uint8Array | string) => {
    fs.writeFileSync(at(`${name}.part`), content);
    fs.renameSync(at(`${name}.part`), at(name));
  };
  try {
    fs.mkdirSync(folder, { recursive: true });
    write(configName, `${JSON.stringify(keptConfig(started), null, 2)}\n`);
    write(eventsName, (checkpoint?.events ?? []).map(jsonLine).join(""));
    const lines = linesUpTo(at(statsName), checkpoint?.images ?? 0);
    write(statsName, lines || statsJsonl(checkpoint?.ticks ?? []));
  } catch (cause) {
    const { message } = cause as Error;
    throw new Trouble(`Folder ${folder} can't be written: ${message}.`, "Name another folder with --out.", {
      cause,
    });
  }
  return {
    path: folder,
    event: (event) => fs.appendFileSync(at(eventsName), jsonLine(event)),
    stats: (row) => fs.appendFileSync(at(statsName), statsLine(row)),
    log: (line) => fs.appendFileSync(at(logName), `${line}\n`),
    write,
  };
}

const jsonLine = (value: object): string => `${JSON.stringify(value)}\n`;

/** Lines of a file, if it is there, whose `images` is at most `images`. A line that a crash cut short is dropped. */
function linesUpTo(file: string, images: number): string {
  if (!fs.existsSync(file)) return "";
  const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, -1); // after the last line break is nothing whole
  return lines
    .filter((line) => (JSON.parse(line) as { images: number }).images <= images)
    .map((line) => `${line}\n`)
    .join("");
}
