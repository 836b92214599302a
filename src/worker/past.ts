// Going back in a run: from the nearest state that is kept, the steps to a moment of its past are taken again.

import { Trouble } from "../gan/errors.ts";
import { firstNonFinite } from "../gan/state.ts";
import { type History, type Moment, replay } from "../gan/replay.ts";
import { firstPlace, type Place } from "../gan/place.ts";
import type { Run } from "../gan/run.ts";
import { firstNonFinite as firstNonFiniteIn } from "../gan/stats.ts";
import { tallyNames } from "../gan/tally.ts";
import type { Library } from "../store/runs/library.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Live } from "./live.ts";
import { nextTask } from "./nextTask.ts";
import type { Session } from "./session.ts";

/** Where a replay begins: a state, or the very start of the run. */
export type Base = Snapshot | Place;

/**
 * The latest state of the run that is kept from before a moment; its start, where there is none.
 * Changes that are still to come stay planned; those that were made after the moment are not.
 */
export async function baseFor({ card, keeper, session }: Live, at: Moment, library: Library): Promise<Base> {
  const { planned, started } = session.run.place();
  const kept = await library.nearest(card, at.step).catch((error: unknown) => {
    if (error instanceof Trouble) return undefined; // spoilt on the disk: an earlier beginning will do
    throw error;
  });
  const [nearest] = [keeper.latest, kept]
    .filter((state) => state !== undefined && isBefore(state.place, at))
    .sort((a, b) => b!.place.step - a!.place.step);
  if (!nearest) return firstPlace(started, planned);
  return { tensors: nearest.tensors, place: { ...nearest.place, planned } };
}

const isBefore = ({ step, events }: Place, at: Moment): boolean =>
  step <= at.step && events.length <= at.eventsMade;

/**
 * Takes a run through its history up to a moment.
 * @param tell hears how many steps are done, of how many
 * @param wanted whether anybody still waits for it
 */
export async function travel(
  { run, sound }: Session,
  history: History,
  at: Moment,
  tell: (done: number, total: number) => void,
  wanted: () => boolean,
): Promise<void> {
  const from = run.step;
  let told = performance.now();
  for (const _ of replay(run, history, at)) {
    if (run.step % 8 === 0) await sound(run.settled());
    await nextTask();
    if (!wanted()) return;
    if (performance.now() - told < 200) continue;
    told = performance.now();
    tell(run.step - from, at.step - from);
  }
  await sound(run.readStats()); // of steps that are shown already
}

/**
 * Where a number first was not finite: the steps since the last sound state are taken again, and all is looked at after
 * each.
 * @param until where it was seen
 */
export async function firstBad(
  { takeUp, sound }: Session,
  latest: Snapshot,
  history: History,
  until: Moment,
): Promise<{ step: number; tensor: string } | undefined> {
  const run = takeUp(latest);
  try {
    for (const _ of replay(run, history, until)) {
      const tensor = await sound(firstNonFinite(run.store));
      if (tensor !== undefined) return { step: run.step, tensor: await named(run, tensor) };
      await nextTask();
    }
    return undefined;
  } finally {
    run.dispose();
  }
}

/** Sums of statistics are named by the one that is not finite. */
async function named(run: Run, tensor: string): Promise<string> {
  const isSum = Object.values<string>(tallyNames).includes(tensor);
  return (isSum && firstNonFiniteIn(await run.readStats())) || tensor;
}
