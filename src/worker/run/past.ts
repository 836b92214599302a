// Going back in a run: from the nearest state that is kept, the steps to a moment of its past are taken again.

import { Trouble } from "../../gan/errors.ts";
import { firstNonFinite } from "../../gan/state.ts";
import { type History, type Moment, replay } from "../../gan/replay.ts";
import { firstPlace, type Place } from "../../gan/place.ts";
import type { Run } from "../../gan/run.ts";
import { firstNonFinite as firstNonFiniteIn } from "../../gan/statistics/stats.ts";
import { tallyNames } from "../../gan/statistics/tally.ts";
import type { Past } from "../../store/history/chronicle.ts";
import type { Library } from "../../store/runs/library.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { Live } from "./live.ts";
import { nextTask } from "../nextTask.ts";
import type { Session } from "./session.ts";

/** Where a replay begins: a state, or the very start of the run. */
export type Base = Snapshot | Place;

/**
 * The latest state of the run from which a moment can be reached with all its statistics; its start, where there is none.
 * Changes that are still to come stay planned; those that were made after the moment are not.
 * @param past of the run up to the moment
 */
export async function baseFor(live: Live, at: Moment, past: Past, library: Library): Promise<Base> {
  const { planned, started } = live.session.run.place();
  const step = Math.min(...cuts(past, at), at.step);
  const nearest = await nearestKept(live, { step, eventsMade: at.eventsMade }, library);
  if (!nearest) return firstPlace(started, planned);
  return { tensors: nearest.tensors, place: { ...nearest.place, planned } };
}

/**
 * The latest state that is kept of a run at or before a moment.
 * @param known states that are at hand besides
 */
export async function nearestKept(
  { card, keeper }: Live,
  at: Moment,
  library: Library,
  known: readonly Snapshot[] = [],
): Promise<Snapshot | undefined> {
  const kept = await library.nearest(card, at.step).catch((error: unknown) => {
    if (error instanceof Trouble) return undefined; // spoilt on the disk: an earlier beginning will do
    throw error;
  });
  const isBefore = ({ place }: Snapshot) => place.step <= at.step && place.events.length <= at.eventsMade;
  return [keeper.latest, ...known, ...(kept ? [kept] : [])]
    .filter(isBefore)
    .sort((a, b) => b.place.step - a.place.step || b.place.events.length - a.place.events.length)[0];
}

/** @throws Trouble when a run has not come to the moment yet */
export function checkMoment(at: Moment, reached: Moment): void {
  if (at.step > reached.step || at.eventsMade > reached.eventsMade)
    throw new Trouble(`The run has not reached step ${at.step} yet.`, "Choose a moment of its past.");
}

/** A moment as early as this may come before the first row. */
const early = 250;

/** Steps up to which the rows of a past tell, and its ticks. What comes after them must be counted anew. */
function cuts({ rows, ticks }: Past, { step }: Moment): [rows: number, ticks: number] {
  if (rows.length === 0 && step > early) return [Infinity, Infinity]; // a file without statistics was taken in
  return [rows.at(-1)?.step ?? 0, ticks.at(-1)?.step ?? 0];
}

/**
 * Takes a run through its history, a step each pull, and lets others work in between.
 * @param breath milliseconds of work after which others have their turn: without it, after each step
 */
export async function* paced(
  { run, sound }: Pick<Session, "run" | "sound">,
  history: History,
  until: Moment,
  breath = 0,
): AsyncGenerator<void> {
  let since = performance.now();
  await run.prepare();
  for (const _ of replay(run, history, until)) {
    await run.prepare();
    if (run.step % 8 === 0) await sound(run.settled()); // else commands pile up ahead of the engine
    if (performance.now() - since >= breath) {
      await nextTask();
      since = performance.now();
    }
    yield;
  }
}

/**
 * Takes a run through its history up to a moment.
 * @param past of the run up to the moment: rows and ticks end before it as a rule
 * @param tell hears how many steps are done, of how many
 * @param wanted whether anybody still waits for it
 * @returns the past with the statistics of the steps in between; of those after both, the run itself will tell
 */
export async function travel(
  session: Session,
  history: History,
  at: Moment,
  past: Past,
  tell: (done: number, total: number) => void,
  wanted: () => boolean,
): Promise<Past> {
  const { run, sound } = session;
  const [from, began] = [run.step, performance.now()];
  const [rowsEnd, ticksEnd] = cuts(past, at);
  let { rows, open } = past;
  const cut = async () => {
    const secPerStep = (performance.now() - began) / 1000 / Math.max(1, run.step - from);
    const row = { ...(await sound(run.readStats())), secPerStep };
    if (row.step > rowsEnd) rows = [...rows, row];
    else if (row.step > ticksEnd) open = [row];
  };
  if (run.step === Math.min(rowsEnd, ticksEnd)) await sound(run.readStats());
  let told = performance.now();
  for await (const _ of paced(session, history, at)) {
    if (run.step === rowsEnd || run.step === ticksEnd) await cut();
    if (!wanted()) break;
    if (performance.now() - told < 200) continue;
    told = performance.now();
    tell(run.step - from, at.step - from);
  }
  if (rowsEnd === Infinity) await sound(run.readStats());
  return { ...past, rows, open };
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
    await run.prepare();
    for (const _ of replay(run, history, until)) {
      await run.prepare();
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
