// Runs as links: a recipe as readable text after the # of an address, and back. What is read may come from anyone.

import { type Config, defaults, groupSize, presets } from "../gan/settings/config.ts";
import { Trouble } from "../gan/errors.ts";
import {
  changeText,
  isForkState,
  type PlannedFlip,
  type PlannedTwin,
  splitChange,
} from "../gan/settings/events.ts";
import {
  checkConfig,
  checkValue,
  differences,
  isKey,
  type Key,
  parseSetting,
  type Rule,
  rules,
  settingText,
  type Value,
} from "../gan/settings/settings.ts";

/** What a run is made again from. */
export interface Recipe {
  /** The preset that "changed" and "reset" refer to. */
  preset: string;
  /** Settings before the first step. */
  config: Config;
  /** Changes to make while it goes on. */
  planned: readonly PlannedFlip[];
  /** The twin that is forked off it, where there is one. */
  twin?: PlannedTwin;
}

/** A recipe from a link, and in a sentence each what was clamped or left out. */
export interface OpenedRecipe extends Recipe {
  notices: string[];
}

/** To be raised when a preset changes, or a setting comes to mean something else. */
const version = 1;

const defaultPreset = "browser";

/** So many changes, of both twins, always fit in so many characters. */
const longest = 65_536;
const mostChanges = 1_000;
const mostNotices = 20;

/**
 * The part of an address from the # on, e.g. "#v=1&preset=quick&seed=9&ev=2000:minibatchStddev=off". A twin is "fork=800"
 * and "evB=800:r1Gamma=0": where it is forked off, and the changes it makes from there on; "forkState=wasm:1a2b3c4d" is the
 * state that it was in there.
 * @throws Trouble when there are more changes than a link may have
 */
export function writeLink({ preset, config, planned, twin }: Recipe): string {
  const own = twin?.planned ?? [];
  checkNumber(planned.length + own.length);
  const known = Object.hasOwn(presets, preset) ? preset : defaultPreset;
  const settings = Object.entries(differences(config, presets[known]));
  const parts = [
    ["v", String(version)],
    ["preset", known],
    ...settings.map(([key, value]) => [key, encode(settingText(value))]),
    ...(planned.length > 0 ? [["ev", planned.map(changeText).join(",")]] : []),
    ...(twin ? [["fork", String(twin.images)]] : []),
    ...(twin?.sender ? [["forkState", twin.sender]] : []),
    ...(own.length > 0 ? [["evB", own.map(changeText).join(",")]] : []),
  ];
  return `#${parts.map((part) => part.join("=")).join("&")}`;
}

/**
 * The recipe in a link, made one that can be started where it is not.
 * @param fragment of an address, with its # or without
 * @returns undefined when it is no link of ours
 * @throws Trouble when it is one and can't be read at all
 */
export function readLink(fragment: string): OpenedRecipe | undefined {
  const text = fragment.replace(/^#/, "");
  if (!/(^|&)v=/.test(text)) return undefined;
  if (text.length > longest)
    throw new Trouble(
      `This link has ${text.length} characters, and ${longest} are the most.`,
      "Ask whoever sent it for a shorter one.",
    );

  const notices = createNotices();
  const parts = readParts(text, notices.tell);
  readVersion(take(parts, "v") ?? "", notices.tell);
  const preset = readPreset(take(parts, "preset") ?? defaultPreset, notices.tell);
  const changes = wordsOf(take(parts, "ev"));
  const [fork, state] = [take(parts, "fork"), take(parts, "forkState")];
  const ofTwin = wordsOf(take(parts, "evB"));
  checkNumber(changes.length + ofTwin.length);

  const base = presets[preset] ?? defaults;
  const loose: Partial<Record<Key, Value>> = {};
  for (const [name, word] of parts) {
    if (!isKey(name)) notices.tell(`There is no setting ${quoted(name)}, so it was left out.`);
    else loose[name] = nearest(name, word, name, notices.tell) ?? base[name];
  }
  const config = holdTogether({ ...base, ...loose } as Config, notices.tell);
  const planned = readChanges(changes, notices.tell);
  return {
    preset,
    config,
    planned,
    twin: readTwin(fork, state, ofTwin, notices.tell),
    notices: notices.all(),
  };
}

type Tell = (notice: string) => void;

/** A bounded list: what is told beyond is counted. */
function createNotices() {
  const first: string[] = [];
  let more = 0;
  return {
    tell(notice: string): void {
      if (first.length < mostNotices) first.push(notice);
      else more += 1;
    },
    all: () => (more > 0 ? [...first, `So it went with ${more} more.`] : first),
  };
}

/** Names and values, decoded. */
function readParts(text: string, tell: Tell): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split("&").filter((part) => part !== "")) {
    const at = part.includes("=") ? part.indexOf("=") : part.length;
    const name = decode(part.slice(0, at));
    const value = decode(part.slice(at + 1));
    if (name === undefined || value === undefined) {
      tell(`${quoted(part)} can't be read, so it was left out.`);
      continue;
    }
    if (parts.has(name)) tell(`${quoted(name)} is there twice, and the last one counts.`);
    parts.set(name, value);
  }
  return parts;
}

function take(parts: Map<string, string>, name: string): string | undefined {
  const value = parts.get(name);
  parts.delete(name);
  return value;
}

function readVersion(word: string, tell: Tell): void {
  if (!/^[1-9]\d{0,8}$/.test(word))
    throw new Trouble(
      `This link is damaged: its version is ${quoted(word)}, not a whole number.`,
      "Copy the whole link once more.",
    );
  if (Number(word) > version) tell("This link was made with a newer version; what was understood is shown.");
}

function readPreset(name: string, tell: Tell): string {
  if (Object.hasOwn(presets, name)) return name;
  tell(`There is no preset ${quoted(name)}; ${defaultPreset} is in its place.`);
  return defaultPreset;
}

/** The twin of a link: nothing it does comes before its fork. */
function readTwin(
  fork: string | undefined,
  state: string | undefined,
  changes: readonly string[],
  tell: Tell,
): PlannedTwin | undefined {
  const images = fork !== undefined && /^\d{1,15}$/.test(fork) ? Number(fork) : undefined;
  if (images === undefined) {
    if (fork !== undefined) tell(`fork ${quoted(fork)} is no number of images, so there is no twin.`);
    else if (changes.length > 0) tell("There is no fork, so the changes of B were left out.");
    else if (state !== undefined) tell("There is no fork, so its state was left out.");
    return undefined;
  }
  const planned = readChanges(changes, (notice) => tell(`B: ${notice}`)).map((change) => {
    if (change.images >= images) return change;
    tell(
      `B: the change of ${change.key} at ${change.images} images came before the fork, and is made there.`,
    );
    return { ...change, images };
  });
  if (isForkState(state)) return { images, planned, sender: state };
  if (state !== undefined)
    tell(`forkState ${quoted(state)} is no engine and hash, so nothing is compared at the fork.`);
  return { images, planned };
}

/** Changes as they are written, one by one. */
const wordsOf = (text = ""): string[] => text.split(",").filter((word) => word.trim() !== "");

function readChanges(words: readonly string[], tell: Tell): PlannedFlip[] {
  return words.flatMap((word) => {
    const { images, name, value } = splitChange(word) ?? { images: 0, name: "", value: "" };
    if (name === "") tell(`The change ${quoted(word)} names no moment and setting, so it was left out.`);
    else if (!isKey(name)) tell(`There is no setting ${quoted(name)} to change, so that was left out.`);
    else if (rules[name].when === "start")
      tell(`${name} can't change while a run goes on, so its change at ${images} images was left out.`);
    else {
      const to = nearest(name, value, `${name} at ${images} images:`, tell);
      if (to !== undefined) return [{ images, key: name, to }];
    }
    return [];
  });
}

function checkNumber(changes: number): void {
  if (changes > mostChanges)
    throw new Trouble(
      `A link can hold ${mostChanges} changes, and here are ${changes}.`,
      "Use a run with fewer changes.",
    );
}

/** The value that `word` means for a setting, brought into its range; undefined where it means none. */
function nearest(key: Key, word: string, what: string, tell: Tell): Value | undefined {
  const rule = rules[key];
  const number = word.trim() === "" ? Number.NaN : Number(word);
  if (rule.kind === "number" && Number.isFinite(number)) {
    const value = clamp(number, rule);
    const outside = number < rule.min ? "too small" : number > rule.max ? "too large" : undefined;
    if (outside) tell(`${what} ${shown(word)} was ${outside} and became ${value}.`);
    else if (value !== number) tell(`${what} ${shown(word)} is no whole number and became ${value}.`);
    return value;
  }
  try {
    // A text is taken as it is, with the spaces around it.
    return rule.kind === "text" ? checkValue(key, word) : parseSetting(key, word).value;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    tell(`${what} ${quoted(word)} makes no sense, so it was left out. ${error.remedy}`);
    return undefined;
  }
}

function clamp(number: number, { min, max, whole }: Extract<Rule, { kind: "number" }>): number {
  return Math.min(max, Math.max(min, whole ? Math.round(number) : number));
}

/** `config`, or the one like it that can be started: each setting is fine by itself, but not beside every other. */
function holdTogether(config: Config, tell: Tell): Config {
  const from = Math.min(config.from, config.to);
  const batch = Math.max(groupSize, Math.round(config.batch / groupSize) * groupSize);
  const batchPerResolution = "";
  const ways: Partial<Config>[] = [
    {},
    { batch },
    { batchPerResolution },
    { batch, batchPerResolution }, // holds always
  ];
  const way = ways.find((way) => holds({ ...config, from, ...way }));
  const mended = { ...config, from, ...way };

  if (mended.from !== config.from) tell(`from ${config.from} was above to ${config.to} and became ${from}.`);
  if (mended.batch !== config.batch)
    tell(`batch ${config.batch} does not divide into groups of ${groupSize} and became ${batch}.`);
  if (mended.batchPerResolution !== config.batchPerResolution)
    tell(`batchPerResolution ${quoted(config.batchPerResolution)} makes no sense here, so it was left out.`);
  return mended;
}

function holds(config: Config): boolean {
  try {
    checkConfig(config);
    return true;
  } catch (error) {
    if (error instanceof Trouble) return false;
    throw error;
  }
}

/** As addresses want it, but with the marks that may stand there left readable. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2C", ",");

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const quoted = (text: string): string => `“${shown(text)}”`;

/** As much of a stranger's text as is shown: short, and without what would not print, or turn the line around. */
function shown(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return short.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "");
}
