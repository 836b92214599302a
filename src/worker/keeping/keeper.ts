// Keeps a run safe while it goes on: reads its state now and then, proves it by the steps that follow, and has it saved.

import type { Trouble } from "../../gan/errors.ts";
import { snapshotName } from "../../export/names.ts";
import { phases } from "../../gan/settings/schedule.ts";
import { firstNonFinite as firstNonFiniteIn } from "../../gan/state.ts";
import { firstNonFinite, writeCheckpoint } from "../../store/pgan/checkpoint.ts";
import type { Proof } from "../../store/pgan/manifest.ts";
import { fingerprintOf, type Snapshot, takeSnapshot } from "../../store/snapshot.ts";
import { proofSteps, prove } from "../../store/verify.ts";
import { nextTask } from "../nextTask.ts";
import { createSaver, type Kept, stateOf, type Taken } from "./saver.ts";
import { pganFile, type Saved } from "./saving.ts";
import type { Session } from "../run/session.ts";
import type { Send } from "../run/watch.ts";

/** A save is due after so many steps or milliseconds, whichever comes first. What is lost at most is half as much again. */
const due = { steps: 200, ms: 10_000 };
/** Milliseconds that a state waits for its proof before it is saved without one; again, once it is proven. */
const patience = 2_000;

/** A state with its proof, as a file has them. */
interface Proven {
  taken: Taken;
  proof: Proof | undefined;
}

export interface Keeper {
  /** The newest sound state off the engine: to go on from when that is lost, or numbers are no longer finite. */
  readonly latest: Snapshot;
  /** A step was taken. True when the run is to be looked at before the next. */
  stepped(tick: boolean): boolean;
  /** A person changed the run's course: what was being proven no longer follows by itself. */
  changed(): void;
  /**
   * Looks at the run between two steps, and saves it if that is due.
   * @returns the name of a tensor that holds a number that is not finite, if one was found
   */
  tend(): Promise<string | undefined>;
  /** Saves the run as it stands, at the next look. Resolves once that is done, or was told to have failed. */
  ask(): Promise<void>;
  /** Saves the run as it stands, now, and keeps that for going back to. A run that has learned nothing yet is not saved. */
  mark(): Promise<void>;
  /**
   * Saves the run as it stands still.
   * @param busy tells when something else is wanted: proving can wait
   * @returns whether nothing of it would be lost now
   */
  settle(busy: () => boolean): Promise<boolean>;
  /**
   * The run as a file: as of the next look, or, once it has ended, as it was when it was last sound.
   * @throws Trouble when it ends before
   */
  file(): Promise<Saved>;
  /** The run can't be read any more, for this reason: its newest sound state is saved, and nobody is kept waiting. */
  end(trouble: Trouble): Promise<void>;
}

/**
 * @param snapshot the run's state as it is now
 * @param saved whether that is kept already
 */
export function createKeeper(kept: Kept, send: Send, snapshot: Snapshot, saved: boolean): Keeper {
  const { session, watch, twinToCome } = kept;
  let newest: Taken = { snapshot, twin: twinToCome(), past: watch.past() };
  const saver = createSaver(kept, send, saved ? stateOf(newest) : undefined);
  let takenMs = performance.now();
  let proving: { taken: Taken; edge: boolean; until: number; written: boolean } | undefined;
  let [edgeDue, tickDue] = [false, false];
  const asks: (() => void)[] = [];
  const requests: { resolve(proven: Proven): void; reject(trouble: Trouble): void }[] = [];
  let ended = false;
  let phase = phaseOf(session());

  /** @returns the name of a tensor that is not finite in place of a state that holds one */
  const take = async (): Promise<Taken | string> => {
    const snapshot = await session().sound(takeSnapshot(session().run));
    const broken = firstNonFinite(snapshot.tensors);
    if (broken !== undefined) return broken;
    takenMs = performance.now();
    return (newest = { snapshot, twin: twinToCome(), past: watch.past() });
  };

  /**
   * Has what was being proven saved, with or without the proof. The run waits for it: a save is many small pieces of work
   * for the disk, and between stretches of training each of them would wait for its turn.
   */
  const endProving = async (proof?: Proof) => {
    if (!proving) return;
    const { taken, edge, written } = proving;
    proving = undefined;
    if (proof || !written) await saver.save(taken, proof, edge);
  };

  const goOnProving = async () => {
    if (!proving) return;
    if (session().run.step === proving.until) {
      const sha256 = await session().sound(fingerprintOf(session().run));
      await endProving({ steps: proofSteps, sha256 });
    } else if (!proving.written && performance.now() - takenMs > patience) {
      proving.written = true;
      await saver.save(proving.taken, undefined, proving.edge);
    }
  };

  /** The proof of a state, by a copy of the run. Other work waits: the engine may be opened again only in between. */
  const proofOf = (taken: Taken, check = () => {}): Promise<Proof> =>
    session().sound(
      prove(session().takeUp(taken.snapshot), async () => {
        await session().sound(nextTask());
        check();
      }),
    );

  /** Gives the state to those who wait for a file of it. */
  const answer = async (taken: Taken) => {
    if (requests.length === 0) return;
    const proof = await proofOf(taken);
    requests.splice(0).forEach(({ resolve }) => resolve({ taken, proof }));
  };

  const isDue = () => {
    const steps = session().run.step - newest.snapshot.place.step;
    if (steps === 0 || proving || !saver.ready) return false;
    const late = steps >= due.steps || performance.now() - takenMs >= due.ms;
    return late || !saver.hasAny;
  };

  return {
    get latest() {
      return newest.snapshot;
    },

    stepped(tick) {
      tickDue ||= tick;
      const now = phaseOf(session());
      edgeDue ||= now !== phase;
      phase = now;
      return edgeDue || asks.length > 0 || session().run.step === proving?.until;
    },

    changed: () => void endProving(),
    ask: () => (ended ? Promise.resolve() : new Promise((resolve) => asks.push(resolve))),

    async mark() {
      edgeDue = true;
      asks.push(() => {});
      await this.tend();
    },

    async tend() {
      await goOnProving();
      const ticked = tickDue;
      tickDue = false;
      if (!edgeDue && asks.length === 0 && requests.length === 0 && !isDue())
        return ticked ? session().sound(firstNonFiniteIn(session().run.store)) : undefined;

      await endProving(); // overtaken
      const taken = await take();
      if (typeof taken === "string") return taken; // whoever waits hears of it by `end`
      const edge = edgeDue;
      edgeDue = false;
      await answer(taken);
      if (asks.length > 0) {
        if (session().run.step > 0 || saver.hasAny) await saver.save(taken, undefined, edge);
        asks.splice(0).forEach((resolve) => resolve());
      } else if (edge || !saver.has(stateOf(taken), false))
        proving = { taken, edge, until: session().run.step + proofSteps, written: false };
      return undefined;
    },

    async settle(busy) {
      await endProving();
      const { run } = session();
      const state = { place: run.place(), twin: twinToCome() };
      const isNew = run.step === 0 && !saver.hasAny; // nothing was learned yet
      if (isNew || saver.has(state, true)) return true;
      const taken = await take();
      if (typeof taken === "string") return true; // told by whoever stepped; the last sound state stays
      if (!saver.has(state, false)) await saver.save(taken, undefined, false);
      if (busy() || !saver.has(state, false)) return saver.has(state, false);
      const proof = await proofOf(taken, () => {
        if (busy()) throw new Interrupted();
      }).catch((error: unknown) => {
        if (error instanceof Interrupted) return undefined;
        throw error;
      });
      if (proof) await saver.save(taken, proof, false);
      return true;
    },

    async file() {
      const { taken, proof } = ended
        ? { taken: newest, proof: undefined }
        : await new Promise<Proven>((resolve, reject) => requests.push({ resolve, reject }));
      const { bytes } = await writeCheckpoint(await saver.checkpointOf(taken, proof));
      return { name: snapshotName(taken.snapshot.place.images, kept.card.pair?.side), file: pganFile(bytes) };
    },

    async end(trouble) {
      ended = true;
      requests.splice(0).forEach(({ reject }) => reject(trouble));
      asks.splice(0).forEach((resolve) => resolve());
      await endProving();
      await saver.idle();
      const { snapshot } = newest;
      if (snapshot.place.step > 0 && !saver.has(stateOf(newest), false))
        await saver.save(newest, undefined, false);
    },
  };
}

class Interrupted extends Error {}

const phaseOf = ({ run }: Session): number => phases(run.config).findIndex(({ end }) => run.images < end);
