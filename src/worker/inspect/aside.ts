// A run as it was at a moment of its past, made once more beside the one that goes on: to look at, and to be freed again.

import { Trouble } from "../../gan/errors.ts";
import type { Run } from "../../gan/run.ts";
import type { Library } from "../../store/runs/library.ts";
import { type Snapshot, takeSnapshot } from "../../store/snapshot.ts";
import type { Live } from "../run/live.ts";
import { checkMoment, nearestKept, paced } from "../run/past.ts";
import { momentOf, type Session } from "../run/session.ts";
import { NotWanted } from "./bench.ts";
import type { LookAt } from "./words.ts";

/** Milliseconds of steps after which the run that goes on has its turn, and between two words of how far it has come. */
const breath = 15;
const between = 200;

export interface Aside {
  /** The caller's to free. */
  run: Run;
  /** Its state, off the engine: to be at hand when the same moment is looked at again. */
  snapshot?: Snapshot;
  /** Steps from there to the moment that was asked for. */
  behind: number;
}

/**
 * The run at a moment; or, where that is far from any state that is kept, at the last such state before it.
 * @param unasked seconds that steps may take again without being asked for, at the run's pace
 * @param known states of this run that are at hand
 * @param tell hears how many steps are done, of how many
 * @param wanted whether anybody still waits for it
 * @throws Trouble when the run has not come to the moment yet, or there is no room for it twice; NotWanted
 */
export async function openAside(
  live: Live,
  at: LookAt,
  library: Library,
  unasked: number,
  known: readonly Snapshot[],
  tell: (done: number, total: number) => void,
  wanted: () => boolean,
): Promise<Aside> {
  const { session } = live;
  const { sound, takeUp } = session;
  const history = session.run.place();
  checkMoment(at, momentOf(session));
  checkRoom(session);
  const snapshot = await nearestKept(live, at, library, known);
  if (!wanted()) throw new NotWanted();
  const run = takeUp(snapshot ?? { config: history.started, planned: [] });
  const from = run.step;
  const behind = at.step - from;
  const isLong = behind > 0 && behind * paceOf(live) > unasked;
  if (isLong && !at.exactly) return { run, snapshot, behind };
  try {
    let told = performance.now();
    for await (const _ of paced({ run, sound }, history, at, breath)) {
      if (!wanted()) throw new NotWanted();
      if (performance.now() - told < between) continue;
      told = performance.now();
      tell(run.step - from, behind);
    }
    if (behind > 0) tell(behind, behind);
    const isKept = snapshot && run.step === from && run.events.length === snapshot.place.events.length;
    return { run, snapshot: isKept ? snapshot : await sound(takeSnapshot(run)), behind: 0 };
  } catch (error) {
    if (live.session === session) run.dispose(); // else it went with its engine
    throw error;
  }
}

/** Checked before anything is allocated: too much would lose the engine, and with it the run that goes on. */
function checkRoom(session: Session): void {
  try {
    session.checkRoomForOneMore();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    throw new Trouble(
      `The past is made again beside what is open, and that does not fit. ${error.message}`,
      "Look at live samples, or branch from that moment: the branch takes the run's place.",
    );
  }
}

/** Seconds a step: the median of the last rows, as one may have been held up. Infinity where none was told yet. */
function paceOf({ watch }: Live): number {
  const last = watch.past().rows.slice(-9);
  const paces = last.map(({ secPerStep }) => secPerStep).sort((a, b) => a - b);
  return paces[paces.length >> 1] ?? Infinity;
}
