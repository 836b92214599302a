// What values a setting takes, when it may change, and how loose settings become a config that holds together.

import { type Config, dataSets, defaults, downsamplings, groupSize, losses, upsamplings } from "./config.ts";
import { Trouble } from "../errors.ts";
import { inWords, quoted } from "../untrusted.ts";

/** When a setting may change: only before a run, at any step, or at the next new resolution. */
export type Moment = "start" | "now" | "next-transition";

/** The values a setting takes. */
export type Rule =
  | { kind: "switch"; when: Moment }
  | { kind: "choice"; when: Moment; choices: readonly (string | number)[] }
  | { kind: "number"; when: Moment; min: number; max: number; whole?: true }
  | { kind: "text"; when: Moment };

const resolutions = [4, 8, 16, 32, 64] as const;

export const rules: { readonly [K in keyof Config]: Rule } = {
  data: { kind: "choice", when: "start", choices: dataSets },
  seed: { kind: "number", when: "start", min: 0, max: 2 ** 32 - 1, whole: true },
  images: { kind: "number", when: "now", min: 1, max: 1e9, whole: true },
  tickImages: { kind: "number", when: "start", min: 1, max: 1e7, whole: true },

  from: { kind: "choice", when: "start", choices: resolutions },
  to: { kind: "choice", when: "start", choices: resolutions },
  imagesPerPhase: { kind: "number", when: "start", min: 1, max: 1e8, whole: true },
  imagesPerFade: { kind: "number", when: "start", min: 1, max: 1e8, whole: true },
  fadeIn: { kind: "switch", when: "next-transition" },
  resetMoments: { kind: "switch", when: "now" },

  batch: { kind: "number", when: "start", min: 1, max: 512, whole: true },
  batchPerResolution: { kind: "text", when: "start" },
  latent: { kind: "number", when: "start", min: 1, max: 1024, whole: true },
  channelsBase: { kind: "number", when: "start", min: 16, max: 16_384, whole: true },
  channelsMax: { kind: "number", when: "start", min: 1, max: 512, whole: true },
  widthD: { kind: "number", when: "start", min: 0.05, max: 4 },
  upsampling: { kind: "choice", when: "start", choices: upsamplings },
  downsampling: { kind: "choice", when: "start", choices: downsamplings },

  minibatchStddev: { kind: "switch", when: "now" },
  pixelNorm: { kind: "switch", when: "now" },
  spectralNorm: { kind: "switch", when: "now" },
  equalizedLr: { kind: "switch", when: "now" },
  latentNorm: { kind: "switch", when: "now" },
  augment: { kind: "switch", when: "now" },

  loss: { kind: "choice", when: "now", choices: losses },
  gpWeight: { kind: "number", when: "now", min: 0, max: 1_000 },
  r1Gamma: { kind: "number", when: "now", min: 0, max: 1_000 },
  penaltyInterval: { kind: "number", when: "now", min: 1, max: 64, whole: true },
  drift: { kind: "number", when: "now", min: 0, max: 10 },
  stepsD: { kind: "number", when: "now", min: 1, max: 16, whole: true },
  learningRateG: { kind: "number", when: "now", min: 0, max: 1 },
  learningRateD: { kind: "number", when: "now", min: 0, max: 1 },
  beta1: { kind: "number", when: "start", min: 0, max: 0.999 },
  beta2: { kind: "number", when: "start", min: 0, max: 0.99999 },
  adamEpsilon: { kind: "number", when: "start", min: 1e-12, max: 0.1 },
  emaHalfLifeImages: { kind: "number", when: "now", min: 1, max: 1e7 },
  emaRampup: { kind: "number", when: "now", min: 0, max: 1 },
};

export type Key = keyof Config;
export type Value = Config[Key];

/** Names of all settings, in the order of `Config`. */
export const keys = Object.keys(rules) as Key[];

/** Whether `word` names a setting. */
export const isKey = (word: string): word is Key => Object.hasOwn(rules, word);

const switchWords = new Map([
  ["on", true],
  ["true", true],
  ["off", false],
  ["false", false],
]);

/**
 * A setting from what a person typed, e.g. ("r1Gamma", "0.5") or ("fadeIn", "off").
 * @throws Trouble when there is no such setting or it takes no such value
 */
export function parseSetting(key: string, text: string): { key: Key; value: Value } {
  const name = checkKey(key);
  const rule = rules[name];
  const word = text.trim();
  let value: unknown = word;
  if (rule.kind === "switch") value = switchWords.get(word.toLowerCase()) ?? word;
  else if (rule.kind !== "text" && word !== "" && Number.isFinite(Number(word))) value = Number(word);
  return { key: name, value: checkValue(name, value) };
}

/** A value as `parseSetting` reads it: "on", "0.5", "wgan-gp". */
export const settingText = (value: Value): string =>
  typeof value === "boolean" ? (value ? "on" : "off") : String(value);

/**
 * The value itself, if setting `key` takes it.
 * @throws Trouble saying what the setting takes
 */
export function checkValue<K extends Key>(key: K, value: unknown): Config[K] {
  const rule = rules[key];
  const refuse = (takes: string): never => {
    throw new Trouble(`Setting ${key} can't be ${inWords(value)}.`, `It takes ${takes}.`);
  };
  switch (rule.kind) {
    case "switch":
      if (typeof value !== "boolean") refuse("on or off");
      break;
    case "choice":
      if (!rule.choices.includes(value as never)) refuse(oneOf(rule.choices));
      break;
    case "number": {
      const range = `${rule.whole ? "a whole number" : "a number"} from ${rule.min} to ${rule.max}`;
      if (typeof value !== "number" || !Number.isFinite(value)) refuse(range);
      const number = value as number;
      if (number < rule.min || number > rule.max || (rule.whole && !Number.isInteger(number))) refuse(range);
      break;
    }
    case "text":
      if (typeof value !== "string" || value.length > 200) refuse("a short text");
      break;
    default:
      rule satisfies never;
  }
  return value as Config[K];
}

/**
 * A change of a setting while a run goes on.
 * @throws Trouble when there is no such setting, it can't change while a run goes on, or takes no such value
 */
export function checkFlip(key: string, to: unknown): { key: Key; to: Value } {
  const name = checkKey(key);
  if (rules[name].when === "start")
    throw new Trouble(`Setting ${name} can't change while a run goes on.`, "Start a new run with it.");
  return { key: name, to: checkValue(name, to) };
}

/**
 * A whole config from loose settings over `base`: types and ranges are checked, then what must fit together.
 * @throws Trouble naming the first setting that is unknown, out of range, or at odds with another
 */
export function checkConfig(loose: object, base: Config = defaults): Config {
  const config: Config = { ...base };
  for (const [key, value] of Object.entries(loose)) set(config, checkKey(key), value);

  if (config.from > config.to)
    throw new Trouble(
      `A run can't grow from ${config.from} px down to ${config.to} px.`,
      `Set "from" to ${config.to} or less, or "to" to ${config.from} or more.`,
    );
  const sizes = parseBatchPerResolution(config.batchPerResolution);
  for (const resolution of resolutions.filter((r) => r >= config.from && r <= config.to)) {
    const batch = sizes.get(resolution) ?? config.batch;
    if (batch > groupSize && batch % groupSize !== 0)
      throw new Trouble(
        `A batch of ${batch} at ${resolution} px does not divide into groups of ${groupSize}, which minibatch standard deviation needs.`,
        `Use ${groupSize} or less, or a multiple of ${groupSize} such as ${batch - (batch % groupSize)}.`,
      );
  }
  return config;
}

/** Images in a minibatch at `resolution`. */
export function batchAt(resolution: number, config: Pick<Config, "batch" | "batchPerResolution">): number {
  return parseBatchPerResolution(config.batchPerResolution).get(resolution) ?? config.batch;
}

/**
 * How far a step of G moves the average of G: the half-life of its weights is counted in images, and is shorter early on.
 * @param images shown so far
 * @param between images from one step of G to the next
 * @returns in (0,1]
 */
export function averageRateAt(
  images: number,
  between: number,
  { emaHalfLifeImages, emaRampup }: Pick<Config, "emaHalfLifeImages" | "emaRampup">,
): number {
  const halfLife = emaRampup > 0 ? Math.min(emaHalfLifeImages, emaRampup * images) : emaHalfLifeImages;
  return halfLife > 0 ? 1 - 0.5 ** (between / halfLife) : 1;
}

/** Settings that runs did not have at first, and what they were as good as. */
export const settingsSince: Partial<Config> = { widthD: 1 };

/**
 * A config as it is written down and hashed: a later setting only where it does something, so that a run without it has
 * the bytes and hashes that it had before there was one.
 */
export function keptConfig(config: Config): Partial<Config> {
  const kept: Partial<Config> = { ...config };
  for (const key of Object.keys(settingsSince).filter(isKey))
    if (config[key] === settingsSince[key]) delete kept[key];
  return kept;
}

/** Settings of `config` that differ from `base`. */
export function differences(config: Config, base: Config = defaults): Partial<Config> {
  return Object.fromEntries(keys.filter((key) => config[key] !== base[key]).map((key) => [key, config[key]]));
}

function parseBatchPerResolution(text: string): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const part of text.split(",").filter((part) => part.trim() !== "")) {
    const [, resolution, batch] = (/^\s*(\d{1,3})\s*:\s*(\d{1,3})\s*$/.exec(part) ?? []).map(Number);
    if (!resolutions.includes(resolution as never) || batch! < 1 || batch! > 512)
      throw new Trouble(
        `Setting batchPerResolution has no meaning for ${quoted(part.trim())}.`,
        `Write resolution:batch pairs such as "32:8,64:4", resolutions ${oneOf(resolutions)}, batches 1 to 512.`,
      );
    if (sizes.has(resolution!))
      throw new Trouble(
        `Setting batchPerResolution names ${resolution} px twice.`,
        "Give one batch for each resolution.",
      );
    sizes.set(resolution!, batch!);
  }
  return sizes;
}

function checkKey(key: string): Key {
  if (isKey(key)) return key;
  const near = keys.filter((known) => known.toLowerCase().startsWith(key.slice(0, 3).toLowerCase()));
  throw new Trouble(
    `There is no setting ${quoted(key)}.`,
    near.length > 0 ? `Did you mean ${oneOf(near)}?` : `The settings are ${keys.join(", ")}.`,
  );
}

function set<K extends Key>(config: Config, key: K, value: unknown): void {
  config[key] = checkValue(key, value);
}

function oneOf(words: readonly (string | number)[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
