// What npm run train was asked to do: its command line, read strictly, and its help.

import { readFileSync } from "node:fs";
import { type Config, presets } from "../../gan/settings/config.ts";
import {
  checkConfig,
  isKey,
  keys,
  parseSetting,
  type Rule,
  rules,
  settingText,
} from "../../gan/settings/settings.ts";
import { Trouble } from "../../gan/errors.ts";
import { type PlannedFlip, splitAt } from "../../gan/settings/events.ts";
import { checkInReach, parseChange } from "./changes.ts";
import { engineChoices, engineOf, readCommandLine } from "../options.ts";

export interface TrainArgs {
  config: Config;
  /** The settings that were asked for by name, in a file or on the line; not those of a preset or by default. */
  given: Partial<Config>;
  planned: PlannedFlip[];
  engine: (typeof engineChoices)[number];
  /** Folder to write the run into. */
  out: string;
  /** Checkpoint to go on from. */
  resume?: string;
}

/** Ticks between two snapshots. */
export const snapshotTicks = 10;

const options = {
  preset: { type: "string" },
  config: { type: "string" },
  set: { type: "string", multiple: true },
  data: { type: "string" },
  to: { type: "string" },
  images: { type: "string" },
  seed: { type: "string" },
  at: { type: "string", multiple: true },
  engine: { type: "string", default: "auto" },
  resume: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const defaultPreset = "browser";

/** Settings that have a flag of their own. */
const named = ["data", "to", "images", "seed"] as const;

/**
 * Reads the command line of npm run train. Later sources win: preset, config file, --set, flags of their own.
 * @returns undefined when help was asked for
 * @throws Trouble naming the first thing that is wrong
 */
export function parseTrainArgs(argv: string[]): TrainArgs | undefined {
  const values = readOptions(argv);
  if (values.help) return undefined;
  if (!values.out) throw new Trouble("No folder was named for the run.", "Add --out DIR.");
  if (values.resume !== undefined && values.preset !== undefined)
    throw new Trouble(
      "A preset can't be given with --resume: the checkpoint has settings of its own.",
      "Leave --preset out, or start a new run.",
    );

  const loose: Record<string, unknown> = values.config === undefined ? {} : readConfigFile(values.config);
  for (const text of values.set ?? []) {
    const [key, value] = splitAt(text, "=") ?? refuseSet(text);
    Object.assign(loose, setting(key, value));
  }
  for (const key of named) if (values[key] !== undefined) Object.assign(loose, setting(key, values[key]));

  const config = checkConfig(loose, oneOf("preset", values.preset ?? defaultPreset, presets));
  const planned = (values.at ?? []).map(parseChange);
  if (values.resume === undefined) checkInReach(planned, 0, config.images); // else the checkpoint knows where it ends
  return {
    config,
    given: loose, // checked above
    planned,
    engine: engineOf(values.engine),
    out: values.out,
    resume: values.resume,
  };
}

function readOptions(argv: string[]) {
  return readCommandLine("train", withNegativeNumbers(argv), options, {
    remedyFor: (flag) => (isKey(flag) ? `Write --set ${flag}=VALUE.` : undefined),
  }).values;
}

/** "--seed", "-1" as "--seed=-1": else -1 would be taken for an option, and its range not be told. */
function withNegativeNumbers(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const flag = joined.at(-1);
    if (/^-[\d.]/.test(word) && flag !== undefined && /^--[^=]+$/.test(flag))
      joined[joined.length - 1] = `${flag}=${word}`;
    else joined.push(word);
  }
  return joined;
}

function setting(key: string, value: string): Partial<Config> {
  const parsed = parseSetting(key, value);
  return { [parsed.key]: parsed.value };
}

/** A config file: one JSON object of flat settings, such as a run folder's config.json. */
function readConfigFile(file: string): Record<string, unknown> {
  const remedy = `Give a JSON file such as {"batch": 32}, or a run folder's config.json.`;
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/^\uFEFF/, ""); // some editors mark their files so
  } catch (cause) {
    throw new Trouble(`Config file ${file} can't be read: ${(cause as Error).message}.`, remedy, { cause });
  }
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === "object" && content !== null && !Array.isArray(content)) return { ...content };
  } catch (cause) {
    throw new Trouble(`Config file ${file} is not JSON: ${(cause as Error).message}.`, remedy, { cause });
  }
  throw new Trouble(`Config file ${file} holds no JSON object.`, remedy);
}

function refuseSet(text: string): never {
  throw new Trouble(`--set ${text} names no setting and value.`, "Write key=value, e.g. --set batch=32.");
}

function oneOf<T>(what: string, name: string, choices: Readonly<Record<string, T>>): T {
  const choice = Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (choice === undefined)
    throw new Trouble(`There is no ${what} "${name}".`, `Choose ${Object.keys(choices).join(", ")}.`);
  return choice;
}

/** The text of npm run train -- --help. */
export function trainHelp(): string {
  return `Trains without a page, and writes the run into a folder.

  npm run train -- --out DIR [options]

  --out DIR              folder for the run: new, empty, or with --resume the checkpoint's own
  --preset NAME          settings to start from: ${Object.keys(presets).join(", ")} (default ${defaultPreset})
  --config FILE          JSON object of settings, such as another run's config.json
  --set key=value        one setting; may be given many times
  --data, --to,
  --images, --seed       short for --set data=..., and so on
  --at images:key=value  change a setting once so many images were shown; may be given many times
  --engine NAME          ${engineChoices.join(", ")} (default ${options.engine.default})
  --resume FILE          go on from a checkpoint (.pgan), as it was set up; --images and --at may be given
  --help                 this text

Where a setting is given more than once, the later of these counts: preset, config file, --set, its own flag.
Time is counted in images shown to D. Every tick (tickImages) writes a line of statistics and a grid of samples, every
${snapshotTicks}th a snapshot to go on from, and so does the end.

Settings, what they take, and what presets make of them. Those marked * may change while a run goes on, by --at.

${settingsTable()}

Examples

  npm run train -- --preset quick --out runs/quick
  npm run train -- --data digits --to 32 --images 200000 --seed 7 --out runs/digits
  npm run train -- --preset quick --at 8000:minibatchStddev=off --out runs/without
`;
}

function takes(rule: Rule): string {
  switch (rule.kind) {
    case "switch":
      return "on, off";
    case "choice":
      return rule.choices.join(", ");
    case "number":
      return `${rule.whole ? "whole number, " : ""}${rule.min} to ${rule.max}`;
    case "text":
      return "text";
    default:
      return rule satisfies never;
  }
}

/** A row a setting: what it takes, its default, and where other presets differ from that. */
function settingsTable(): string {
  const [first, ...others] = Object.entries(presets).map(([name, preset]) => ({ name, preset }));
  const rows = keys.map((key) => [
    `  ${key}${rules[key].when === "start" ? "" : "*"}`,
    settingText(first!.preset[key]) || "(none)",
    ...others.map(({ preset }) => (preset[key] === first!.preset[key] ? "" : settingText(preset[key]))),
    takes(rules[key]),
  ]);
  return table([["  setting", first!.name, ...others.map(({ name }) => name), "takes"], ...rows]);
}

/** Rows of cells in columns. */
function table(rows: string[][]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(width(i))))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
