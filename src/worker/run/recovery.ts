// A GPU that is lost takes everything on it along, but not the run: that is taken up from the last state off the GPU.

import { Trouble } from "../../gan/errors.ts";
import type { History, Moment } from "../../gan/replay.ts";
import type { Loss } from "../../gpu/engine.ts";
import { grace, lossTrouble } from "../../gpu/loss.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import { paced } from "./past.ts";
import type { Notice } from "../protocol.ts";
import { EngineLost, momentOf, openSession, type Session, type Supplies } from "./session.ts";

/** Losses that are mended within so many milliseconds. One more, and the GPU is asked for too much. */
export interface Patience {
  losses: number;
  withinMs: number;
}
export const usualPatience: Patience = { losses: 1, withinMs: 5 * 60_000 };

/** Milliseconds to wait before each try to open another engine: a driver takes a moment to come back. */
const waits = [0, 1_000, 3_000];

/** The loss that is behind a failure, if one is: browsers fail in other words when a device is lost. */
export async function lossBehind(error: unknown, { engine }: Session): Promise<Loss | undefined> {
  if (error instanceof EngineLost) return error.loss;
  if (error instanceof Trouble || !engine.lost) return undefined;
  const waited = new Promise<undefined>((resolve) => setTimeout(resolve, grace));
  const loss = await Promise.race([engine.lost, waited]);
  return loss?.reason === "destroyed" ? undefined : loss;
}

/** Counts losses. True for one that is worth mending. */
export function countLosses({ losses, withinMs }: Patience, now = () => performance.now()): () => boolean {
  let times: number[] = [];
  return () => {
    times = [...times.filter((time) => now() - time < withinMs), now()];
    return times.length <= losses;
  };
}

export function lossNotice(loss: Loss, step: number): Notice {
  const { message } = lossTrouble(loss, step, "");
  return { message, remedy: "Opening it again. The run is safe." };
}

/** What is said when no other try is worth it. */
export function givenUp(loss: Loss, step: number): Trouble {
  return lossTrouble(
    loss,
    step,
    "Use a smaller batch or smaller networks, or go on with this run on the CPU.",
  );
}

/** A run whose engine was lost, the last state of it off that engine, and the step at which statistics were last read. */
export interface Lost {
  session: Session;
  latest: Snapshot;
  readAt: number;
}

/** Closes sessions whose engine is lost, before another one is opened. */
export function closeAll(sessions: readonly Session[]): void {
  for (const session of sessions)
    try {
      session.close();
    } catch {
      // There is nothing left to close.
    }
}

/**
 * The run in a session of its own, at the very state it was in when its engine was lost.
 * @param lost its session is closed already
 * @param beside a session on an engine that was opened again; without it, one is opened
 * @returns also how many steps were redone
 * @throws Trouble when no engine of that kind comes back; EngineLost when it is lost again
 */
export async function restore(
  { session, latest, readAt }: Lost,
  supplies: Pick<Supplies, "openEngine">,
  beside?: Session,
): Promise<{ session: Session; redone: number }> {
  const { run, engine, source } = session;
  const reached = momentOf(session);
  const history = run.place(); // no tensor: it outlives the engine
  const again =
    beside?.beside(latest) ?? (await reopen({ from: latest, source, engine: engine.name }, supplies));
  try {
    // Statistics that were read already must not be counted twice.
    await redo(again, history, momentAt(Math.max(readAt, latest.place.step), history, latest, reached));
    await again.sound(again.run.readStats());
    await redo(again, history, reached);
    again.run.plan(history.planned); // as it was left
  } catch (error) {
    again.close();
    throw error;
  }
  return { session: again, redone: reached.step - latest.place.step };
}

async function reopen(
  prepared: Parameters<typeof openSession>[0],
  supplies: Pick<Supplies, "openEngine">,
): Promise<Session> {
  let last: unknown;
  for (const wait of waits) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      return await openSession(prepared, supplies);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

async function redo(session: Session, history: History, until: Moment): Promise<void> {
  for await (const _ of paced(session, history, until));
}

/** The moment at which step `step` was reached, before any change that was made there. */
function momentAt(step: number, { events }: History, { place }: Snapshot, reached: Moment): Moment {
  if (step >= reached.step) return reached;
  const before = events.filter((event) => event.step < step).length;
  return { step, eventsMade: Math.max(before, place.events.length) };
}
