// Chooses the bounds of the alarms from runs that are healthy and runs that are known to fail, and measures both on others.

import { findAlarms, readingsOf, worstHeld } from "../../metrics/alarms/alarms.ts";
import {
  type AlarmName,
  alarmNames,
  type Bound,
  type Bounds,
  type FalseAlarms,
  fixed,
  type Rule,
  rules,
} from "../../metrics/alarms/rules.ts";
import { hoppingWindow } from "../../metrics/alarms/measures.ts";
import type { Moment, Weights } from "../../metrics/alarms/moments.ts";
import { type Share, type Spread, spreadOf, wilson } from "../ablate/summary.ts";
import type { AblationRun } from "./runs.ts";

/** Arms that learn and keep their modes: whatever sounds in them is a false alarm. Each as far as it was taken. */
export const healthyArms = [
  ["r1", "r1-on"],
  ["r1-nombstd", "r1-nombstd-on"],
];

/** Healthy arms on other data, for alarms that their kind of data speaks of: bounds must hold there too. */
const healthyElsewhere: Readonly<Partial<Record<AlarmName, readonly string[]>>> = {
  "collapse-within": ["digits", "fade", "no-fade"],
};

/** Arms that show what an alarm is for, as a rule if not in every run. */
export const failingArms: Readonly<Partial<Record<AlarmName, readonly string[]>>> = {
  "modes-dropping": ["none"],
  "modes-lost": ["off-nombstd"],
  "collapse-within": ["digits-one"],
  "z-ignored": ["ls-nombstd"],
  "d-too-strong": ["none", "ls"],
};

/** What failing runs hold by construction, where no arm shows it as a rule. */
export const madeUp: Readonly<Partial<Record<AlarmName, { holds: number; by: string }>>> = {
  "mode-hopping": { holds: 1 / hoppingWindow, by: "one mode at a time, another in each census" },
};

/** What real images hold, of a measure that sounds below: they are healthy too, and may never sound. */
const reals = 1;

/** Shares of accepted samples that are tried. */
const acceptedChoices = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4];

/** What is measured for an alarm: by which numbers, over the runs of an arm. */
export interface Rate {
  name: AlarmName;
  from: Weights | "stats";
  arm: string;
  /** Runs in which it sounds, of those that say enough for it to sound. */
  runs: Share;
  /** Images from the last change, or the start, to the onset and to when it sounded: medians over those runs. */
  onset?: number;
  sounded?: number;
}

/**
 * Bounds half-way between the worst that any healthy run, or real data, holds and what failing runs hold: the median of the arm that is
 * nearest to the healthy ones. An alarm ends where healthy runs are. Where the two overlap no bound is chosen. How many
 * samples must be accepted is what makes the gap widest while at least half of the runs on either side are judged.
 */
export function chooseBounds(runs: readonly AblationRun[]): Bounds {
  const bounds: Partial<Record<AlarmName, Partial<Record<Weights | "stats", Bound>>>> = {};
  for (const name of alarmNames.filter((name) => !fixed[name]))
    for (const from of sourcesOf(rules[name])) {
      const choices = rules[name].rule.includes("{accepted}") ? acceptedChoices : [0];
      const found = choices.flatMap((accepted) => boundOf(name, from, runs, accepted) ?? []);
      const [best] = found.sort((a, b) => Math.abs(b.on - b.off) - Math.abs(a.on - a.off));
      if (best) bounds[name] = { ...bounds[name], [from]: best };
    }
  return bounds;
}

function boundOf(
  name: AlarmName,
  from: Weights | "stats",
  runs: readonly AblationRun[],
  accepted: number,
): Bound | undefined {
  const rule = rules[name];
  /** What the runs of an arm hold; undefined where half of them or more do not say. */
  const held = (arm: string): Spread | undefined => {
    const own = runs.filter((run) => run.arm === arm);
    const values = own.flatMap(
      ({ moments }) => worstHeld(rule, readingsOf(rule, moments, from, accepted)) ?? [],
    );
    return values.length > 0 && values.length >= own.length / 2 ? spreadOf(values) : undefined;
  };
  const healthy = healthyAmong(name, runs).flatMap((arm) => held(arm) ?? []);
  const failing = (failingArms[name] ?? []).flatMap((arm) => held(arm) ?? []);
  const medians = [...failing.map(({ median }) => median), ...(madeUp[name] ? [madeUp[name].holds] : [])];
  if (healthy.length === 0 || medians.length === 0) return undefined;
  const below = rule.sounds === "below";
  const worst = below
    ? Math.min(reals, ...healthy.map(({ low }) => low))
    : Math.max(...healthy.map(({ high }) => high));
  const nearest = below ? Math.max(...medians) : Math.min(...medians);
  if (below ? nearest >= worst : nearest <= worst) return undefined;
  return { on: rounded((worst + nearest) / 2), off: rounded(worst), accepted };
}

/** Healthy arms that runs are of: of those that go on with another, the longest. */
function healthyAmong(name: AlarmName, of: readonly { arm: string }[]): string[] {
  const isThere = (arm: string) => of.some((each) => each.arm === arm);
  const longest = healthyArms.flatMap((arms) => arms.findLast(isThere) ?? []);
  return [...longest, ...(healthyElsewhere[name] ?? []).filter(isThere)];
}

/** How many runs of which arms the bounds of an alarm rest on. */
export function chosenFor(name: AlarmName, runs: readonly AblationRun[]): { arm: string; runs: number }[] {
  const arms = [...healthyAmong(name, runs), ...(failingArms[name] ?? [])];
  const counts = arms.map((arm) => ({ arm, runs: runs.filter((run) => run.arm === arm).length }));
  return counts.filter((each) => each.runs > 0);
}

/** In how many runs of each arm each alarm sounds. */
export function measureRates(runs: readonly AblationRun[], bounds: Bounds): Rate[] {
  const all = { ...bounds, ...fixed };
  const arms = [...new Set(runs.map(({ arm }) => arm))];
  return alarmNames.flatMap((name) =>
    sourcesOf(rules[name])
      .filter((from) => all[name]?.[from])
      .flatMap((from) => arms.map((arm) => rateOf(name, from, arm, runs, all))),
  );
}

function rateOf(
  name: AlarmName,
  from: Weights | "stats",
  arm: string,
  runs: readonly AblationRun[],
  bounds: Bounds,
): Rate {
  const rule = rules[name];
  const own = runs
    .filter((run) => run.arm === arm)
    .map((run) => ({
      ...run,
      seen: from === "stats" ? run.moments : run.moments.map((moment) => onlyOf(moment, from)),
    }))
    .filter(({ seen }) => readingsOf(rule, seen, from, bounds[name]![from]!.accepted).length >= rule.moments);
  const found = own.flatMap(({ seen, events, begins }) => {
    const alarms = findAlarms(seen, events, bounds);
    const first = alarms.find((alarm) => alarm.name === name && alarm.sounded > begins);
    const since = first?.lastEvent?.images ?? 0;
    return first ? [{ onset: first.onset.images - since, sounded: first.sounded - since }] : [];
  });
  const median = (values: number[]) => (values.length > 0 ? spreadOf(values).median : undefined);
  return {
    name,
    from,
    arm,
    runs: wilson(found.length, own.length),
    onset: median(found.map(({ onset }) => onset)),
    sounded: median(found.map(({ sounded }) => sounded)),
  };
}

/** What a page has that looks at one G alone. */
function onlyOf({ images, step, stats, ...counts }: Moment, weights: Weights): Moment {
  return { images, step, stats, [weights]: counts[weights] };
}

const sourcesOf = ({ from }: Rule): (Weights | "stats")[] => (from === "stats" ? [from] : ["average", "raw"]);

/** False alarms: healthy arms together, on the data that most are of. */
export function falseAlarms(rates: readonly Rate[], name: AlarmName, from: Weights | "stats"): Share {
  const own = rates.filter((rate) => rate.name === name && rate.from === from);
  const longest = healthyArms.flatMap((arms) => arms.findLast((arm) => own.some((r) => r.arm === arm)) ?? []);
  const healthy = own.filter(({ arm }) => longest.includes(arm)).map(({ runs }) => runs);
  const sum = (of: (share: Share) => number) => healthy.reduce((total, share) => total + of(share), 0);
  return wilson(
    sum(({ hits }) => hits),
    sum(({ of }) => of),
  );
}

/** The same for each alarm, for the page to say. */
export function falseAlarmsOf(rates: readonly Rate[]): FalseAlarms["rates"] {
  const found: Partial<Record<AlarmName, Partial<Record<Rate["from"], Share>>>> = {};
  for (const { name, from } of rates)
    found[name] = { ...found[name], [from]: falseAlarms(rates, name, from) };
  return found;
}

const rounded = (value: number): number => Number(value.toPrecision(4));
