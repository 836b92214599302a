// What npm run alarms --calibrate and --write leave behind: the bounds, what they rest on, and the rates that were measured.

import fs from "node:fs";
import path from "node:path";
import type { AlarmName, Bounds } from "../../metrics/alarms/rules.ts";
import { falseAlarmsOf, type Rate } from "./calibrate.ts";
import { markdownOf } from "./table.ts";

export interface Seeds {
  from: number;
  to: number;
}

/** Bounds and rates, and the runs behind them. */
export interface Written {
  bounds: Bounds;
  chosenOn: Seeds;
  /** How many runs of which arms the bounds of each alarm were chosen on. */
  chosen: Readonly<Partial<Record<AlarmName, readonly { arm: string; runs: number }[]>>>;
  measuredOn: Seeds;
  /** By the samples of a census, those first that bounds were chosen with. */
  measured: readonly Measured[];
}

/** What was measured with so many samples a census. */
export interface Measured {
  samples: number;
  /** Modes that the average of G covers at the end, median over the runs of an arm. */
  arms: readonly { arm: string; covered: number }[];
  rates: readonly Rate[];
}

const names = { bounds: "calibration.json", rates: "rates.json", table: "CALIBRATION.md" } as const;

export function readWritten(folder: string): Written {
  const read = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  const { bounds } = read(names.bounds) as Pick<Written, "bounds">;
  return { bounds, ...(read(names.rates) as Omit<Written, "bounds">) };
}

/** @returns the names of the files */
export function write(folder: string, written: Written): string[] {
  const { bounds, ...rest } = written;
  const falseAlarms = written.measured.map(({ samples, rates }) => ({
    samples,
    rates: falseAlarmsOf(rates),
  }));
  const json = (content: object) => `${JSON.stringify(content, null, 2)}\n`;
  const put = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  put(names.bounds, json({ bounds, falseAlarms }));
  put(names.rates, json(rest));
  put(names.table, markdownOf(written));
  return Object.values(names);
}

/**
 * Rates that were measured anew, beside those that were there: of other arms, and with other numbers of samples.
 * @param replaced alarms with other bounds than before, of which nothing that was there holds any more
 */
export function joined(
  before: readonly Measured[],
  now: readonly Measured[],
  replaced: readonly AlarmName[],
): Measured[] {
  const key = ({ name, from, arm }: Rate) => `${name} ${from} ${arm}`;
  const all = [...new Set([...before, ...now].map(({ samples }) => samples))].sort((a, b) => b - a);
  return all.map((samples) => {
    const [old, fresh] = [before, now].map((list) => list.find((each) => each.samples === samples));
    const made = new Set(fresh?.rates.map(key));
    const kept = (old?.rates ?? []).filter((rate) => !replaced.includes(rate.name) && !made.has(key(rate)));
    const counted = new Set(fresh?.arms.map(({ arm }) => arm));
    const arms = [...(old?.arms ?? []).filter(({ arm }) => !counted.has(arm)), ...(fresh?.arms ?? [])];
    return {
      samples,
      arms: arms.sort((a, b) => a.arm.localeCompare(b.arm)),
      rates: [...kept, ...(fresh?.rates ?? [])],
    };
  });
}
