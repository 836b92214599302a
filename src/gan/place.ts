// Where a run stands, as plain data: all that it is continued from, besides its tensors.

import type { Config } from "./settings/config.ts";
import { Trouble } from "./errors.ts";
import { type FlipEvent, isForkState, type PlannedFlip, type PlannedTwin } from "./settings/events.ts";
import {
  checkConfig,
  checkFlip,
  checkValue,
  type Key,
  keptConfig,
  keys,
  settingsSince,
  type Value,
} from "./settings/settings.ts";
import type { TallyCounts } from "./statistics/tally.ts";
import { anotherCopy, fieldOf, inWords, list, record, refuse, whole } from "./untrusted.ts";

/** The random streams that are drawn from step to step. */
const streamNames = ["z/D", "z/G", "mix", "augment"] as const;
export type StreamName = (typeof streamNames)[number];

/** Steps of only one network, one after the other, beginning with step `step` (counted from 0). */
export interface LoneSteps {
  step: number;
  count: number;
  only: "D" | "G";
}

export interface Place {
  /** Settings as they are now, and as they were before the first step. */
  config: Config;
  started: Config;
  /** Real images shown to D. */
  images: number;
  /** Steps taken, and steps of D. */
  step: number;
  stepsOfD: number;
  /** Newest resolution that has layers, and whether it fades (or faded) in; settled when it was born. */
  resolution: number;
  fadesIn: boolean;
  /** Changes made, and changes to come. */
  events: FlipEvent[];
  planned: PlannedFlip[];
  /** Which steps were of one network alone. With the changes made, all that a person decided while the run went on. */
  lone: LoneSteps[];
  /** Steps that Adam has taken with each parameter. */
  ages: Record<string, number>;
  /** Steps since statistics were last read. */
  tallied: TallyCounts;
  /** Blocks drawn from each random stream, and images taken from the data set. */
  streams: Record<StreamName, number>;
  data: number;
}

/** A record with one value for each stream. */
export function byStream<T>(valueOf: (name: StreamName) => T): Record<StreamName, T> {
  const [zD, zG, mix, augment] = streamNames;
  return { [zD]: valueOf(zD), [zG]: valueOf(zG), [mix]: valueOf(mix), [augment]: valueOf(augment) };
}

/** A copy that later steps do not change. */
export function copyOf({ events, planned, lone, ages, tallied, streams, ...rest }: Place): Place {
  return {
    ...rest,
    events: [...events],
    planned: [...planned],
    lone: lone.map((steps) => ({ ...steps })),
    ages: { ...ages },
    tallied: { ...tallied },
    streams: { ...streams },
  };
}

/** The planned changes that are to be made before the next step, in their order. */
export const flipsDue = ({ planned, images }: Place): PlannedFlip[] =>
  planned.filter((flip) => flip.images <= images).sort((a, b) => a.images - b.images);

/** Writes down that the step about to be counted is of one network alone. */
export function noteLone({ lone, step }: Place, only: LoneSteps["only"]): void {
  const last = lone.at(-1);
  if (last?.only === only && last.step + last.count === step) last.count++;
  else lone.push({ step, count: 1, only });
}

/** Where a new run begins. */
export function firstPlace(config: Config, planned: readonly PlannedFlip[]): Place {
  return {
    config: { ...config },
    started: { ...config },
    images: 0,
    step: 0,
    stepsOfD: 0,
    resolution: config.from,
    fadesIn: config.fadeIn,
    events: [],
    planned: [...planned],
    lone: [],
    ages: {},
    tallied: { D: 0, G: 0, penalised: 0 },
    streams: byStream(() => 0),
    data: 0,
  };
}

/** A place as it is written down. */
export function keptPlace(place: Place): Record<string, unknown> {
  return { ...place, config: keptConfig(place.config), started: keptConfig(place.started) };
}

/**
 * A place that comes from outside.
 * @throws Trouble naming the first thing that no run could have written
 */
export function checkPlace(value: unknown): Place {
  const place = record("place", value);
  const config = checkWholeConfig("config", place.config);
  const started = checkWholeConfig("started", place.started);
  const events = list("events", place.events).map((event, i) => checkEvent(`events[${i}]`, event));
  checkHistory(started, events, config);
  const lone = list("lone", place.lone).map((steps, i) => checkLone(`lone[${i}]`, steps));
  const [images, step] = [whole("images", place.images), whole("step", place.step)];
  const moments = [...events, { images, step }];
  checkOrder("events.images", moments, ({ images }) => [images, images]);
  checkOrder("events.step", moments, ({ step }) => [step, step]);
  checkOrder("lone.step", [...lone, { step, count: 0 }], ({ step, count }) => [step, step + count]);
  return {
    config,
    started,
    images,
    step,
    stepsOfD: whole("stepsOfD", place.stepsOfD),
    resolution: checkResolution(place.resolution, config),
    fadesIn:
      typeof place.fadesIn === "boolean" ? place.fadesIn : refuse("fadesIn", place.fadesIn, "true or false"),
    events,
    planned: checkAllPlanned("planned", place.planned),
    lone,
    ages: counts("ages", place.ages),
    tallied: exactCounts("tallied", place.tallied, ["D", "G", "penalised"]),
    streams: exactCounts("streams", place.streams, streamNames),
    data: whole("data", place.data),
  };
}

/** A config with every setting of its time: to fill a gap with a default would continue another run. */
function checkWholeConfig(what: string, value: unknown): Config {
  const config = { ...settingsSince, ...record(what, value) };
  for (const key of keys) if (!Object.hasOwn(config, key)) refuse(`${what}.${key}`, undefined, "a setting");
  // Settings are words, numbers and switches. Anything nested may be nested too deep to be quoted.
  for (const [key, setting] of Object.entries(config))
    if (typeof setting === "object") refuse(fieldOf(what, key), setting, "a setting");
  return within(what, () => checkConfig(config));
}

/** Whether each stretch begins where the one before ends, or later. The last one is where the run stands. */
function checkOrder<T>(what: string, stretches: readonly T[], of: (stretch: T) => [number, number]): void {
  stretches.map(of).reduce(([, end], [start, after]) => {
    if (start < end) refuse(what, start, `${end} or more, as the order of the run has it`);
    return [start, after];
  });
}

/** Whether the changes lead from the config at the start to the one now. */
function checkHistory(started: Config, events: readonly FlipEvent[], config: Config): void {
  const now: Record<Key, Value> = { ...started };
  events.forEach(({ key, from, to }, i) => {
    if (now[key] !== from) refuse(`events[${i}].from`, from, inWords(now[key]));
    if (to === from) refuse(`events[${i}].to`, to, "another value than before");
    now[key] = to;
  });
  for (const key of keys)
    if (now[key] !== config[key]) refuse(`config.${key}`, config[key], inWords(now[key]));
}

function checkResolution(value: unknown, { from, to }: Config): number {
  const resolution = whole("resolution", value);
  const known = Number.isInteger(Math.log2(resolution)) && resolution >= from && resolution <= to;
  return known ? resolution : refuse("resolution", value, `a power of two from ${from} to ${to}`);
}

function checkEvent(what: string, value: unknown): FlipEvent {
  const { images, step, from, ...flip } = record(what, value);
  const { key, to } = checkChange(what, flip);
  return {
    images: whole(`${what}.images`, images),
    step: whole(`${what}.step`, step),
    key,
    from: within(`${what}.from`, () => checkValue(key, primitive(`${what}.from`, from))),
    to,
  };
}

function checkPlanned(what: string, value: unknown): PlannedFlip {
  const flip = record(what, value);
  return { images: whole(`${what}.images`, flip.images), ...checkChange(what, flip) };
}

const checkAllPlanned = (what: string, value: unknown): PlannedFlip[] =>
  list(what, value).map((flip, i) => checkPlanned(`${what}[${i}]`, flip));

/** A twin to come, from outside. @throws Trouble when it is none */
export function checkPlannedTwin(value: unknown): PlannedTwin {
  const { images, planned, sender } = record("twin", value);
  if (sender !== undefined && !isForkState(sender)) refuse("twin.sender", sender, "an engine and a hash");
  return {
    images: whole("twin.images", images),
    planned: checkAllPlanned("twin.planned", planned),
    ...(isForkState(sender) && { sender }),
  };
}

function checkLone(what: string, value: unknown): LoneSteps {
  const { step, count, only } = record(what, value);
  if (only !== "D" && only !== "G") return refuse(`${what}.only`, only, "D or G");
  return { step: whole(`${what}.step`, step), count: whole(`${what}.count`, count), only };
}

function checkChange(what: string, { key, to }: Record<string, unknown>): Pick<PlannedFlip, "key" | "to"> {
  if (typeof key !== "string" || key.length > 40) return refuse(`${what}.key`, key, "the name of a setting");
  return within(what, () => checkFlip(key, primitive(`${what}.to`, to)));
}

function primitive(what: string, value: unknown): unknown {
  return typeof value === "object" ? refuse(what, value, "a setting") : value;
}

function exactCounts<Name extends string>(
  what: string,
  value: unknown,
  names: readonly Name[],
): Record<Name, number> {
  const got = counts(what, value);
  const [stranger] = Object.keys(got).filter((name) => !names.includes(name as Name));
  if (stranger !== undefined) refuse(what, stranger, names.join(", "));
  for (const name of names) whole(`${what}.${name}`, got[name]);
  return got as Record<Name, number>;
}

function counts(what: string, value: unknown): Record<string, number> {
  const entries = Object.entries(record(what, value));
  if (entries.some(([name]) => name === "__proto__")) refuse(what, "__proto__", "a name");
  return Object.fromEntries(entries.map(([name, count]) => [name, whole(fieldOf(what, name), count)]));
}

/** What `check` says of a setting, as said of a checkpoint. */
function within<T>(what: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (!(cause instanceof Trouble)) throw cause;
    const { message } = cause;
    throw new Trouble(`This checkpoint is damaged: ${what}: ${message}`, anotherCopy, { cause });
  }
}
