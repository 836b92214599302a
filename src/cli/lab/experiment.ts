// What of a grid is recorded: one or two of its arms, and the stretch that they share where both fork from one run.

import type { Config } from "../../gan/settings/config.ts";
import type { PlannedFlip } from "../../gan/settings/events.ts";
import { Trouble } from "../../gan/errors.ts";
import type { Arm, Grid } from "../ablate/grid.ts";

/** One or two runs that are recorded together. */
export interface Experiment {
  arms: readonly Part[];
  /** What both arms begin with, if that is one run. */
  trunk?: Part;
}

/** A run, or the stretch of one from where its trunk ends. */
export interface Part {
  label: string;
  config: Config;
  changes: readonly PlannedFlip[];
  ends: number;
}

/**
 * @param names of the arms; without any, the first two in the grid's table
 * @throws Trouble when there are no such arms
 */
export function experimentOf(grid: Grid, names: readonly string[], seed: number): Experiment {
  const shown = grid.arms.filter((arm) => arm.shown).slice(0, 2);
  const arms = names.length === 0 ? shown : names.map((name) => armOf(grid, name));
  if (arms.length < 1 || arms.length > 2)
    throw new Trouble(`A recording shows one run or two, not ${arms.length}.`, "Name them with --arms A,B.");
  const [a, b] = arms;
  const shared = a!.from !== undefined && a!.from === b?.from ? chainOf(grid, a!.from) : undefined;
  return {
    arms: arms.map((arm) => partOf(shared ? [arm] : chainOf(grid, arm.name), seed)),
    trunk: shared && partOf(shared, seed),
  };
}

/** The arms that lead to one, itself last: each goes on from the one before it, so to the last bit they are one run. */
function chainOf(grid: Grid, name: string): Arm[] {
  const arm = armOf(grid, name);
  return arm.from === undefined ? [arm] : [...chainOf(grid, arm.from), arm];
}

function partOf(chain: readonly Arm[], seed: number): Part {
  const { label, config, ends } = chain.at(-1)!;
  return {
    label,
    config: { ...config, seed },
    changes: chain.flatMap((arm) => arm.changes),
    ends,
  };
}

function armOf({ arms, name: grid }: Grid, name: string): Arm {
  const arm = arms.find((each) => each.name === name);
  if (arm) return arm;
  throw new Trouble(
    `Grid ${grid} has no arm "${name}".`,
    `Choose from ${arms.map((each) => each.name).join(", ")}.`,
  );
}
