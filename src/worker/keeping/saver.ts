// Writes states of a run to where runs are kept, one at a time, and tells how that went. A full disk ends nothing.

import type { Place } from "../../gan/place.ts";
import type { PlannedTwin } from "../../gan/settings/events.ts";
import { hashOfData } from "../../store/dataHash.ts";
import { makerOf } from "../../store/maker.ts";
import { type Past, toKeep } from "../../store/history/chronicle.ts";
import type { Checkpoint } from "../../store/pgan/checkpoint.ts";
import type { Proof, RunCard } from "../../store/pgan/manifest.ts";
import type { Library } from "../../store/runs/library.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { Notice } from "../protocol.ts";
import type { Session } from "../run/session.ts";
import type { Send, Watch } from "../run/watch.ts";

/** Saving may take this share of the time, at most, as long as no more than `longestPause` lies between two saves. */
const shareForSaving = 0.05;
const longestPause = 10_000;
/** Every so many saves one is kept as a mark to go back to, besides those at the edges of phases. */
const savesPerMark = 3;

/** What of a run is to be kept, and where. */
export interface Kept {
  session: () => Session;
  watch: Watch;
  card: RunCard;
  /** The twin that is yet to be forked off. */
  twinToCome: () => PlannedTwin | undefined;
  library: Library;
}

/** A state, with what was to come of it and what there was to show at that moment. */
export interface Taken {
  snapshot: Snapshot;
  twin?: PlannedTwin;
  past: Past;
}

/** What tells two states of one run apart: where it stands, and what is to come. */
export interface State {
  place: Place;
  twin?: PlannedTwin;
}

export const stateOf = ({ snapshot, twin }: Taken): State => ({ place: snapshot.place, twin });

export interface Saver {
  /** Whether the state is saved, with its proof or not. */
  has(state: State, proven: boolean): boolean;
  /** Whether any state is. */
  readonly hasAny: boolean;
  /** Whether another save may begin: none is under way, and the last one was long enough ago for what it cost. */
  readonly ready: boolean;
  /**
   * Saves a state. Failing is told, and no error.
   * @param edge a phase ends there: it is kept for going back to
   */
  save(taken: Taken, proof: Proof | undefined, edge: boolean): Promise<void>;
  checkpointOf(taken: Taken, proof?: Proof): Promise<Checkpoint>;
  /** Waits until nothing is being written. */
  idle(): Promise<void>;
}

/** @param saved the state that is kept already, if one is */
export function createSaver({ session, card, library }: Kept, send: Send, saved?: State): Saver {
  let safe = { moment: saved && momentOf(saved), proven: saved !== undefined };
  let writing: Promise<void> | undefined;
  let allowedAt = 0;
  let saves = 0;

  const checkpointOf = async ({ snapshot, twin, past }: Taken, proof?: Proof): Promise<Checkpoint> => ({
    ...snapshot,
    ...toKeep(past),
    twin,
    run: card,
    maker: makerOf(session().engine),
    dataHash: await hashOfData(session().source),
    proof,
    saved: new Date().toISOString(),
  });

  /** Where the disk is full, marks that can be spared make room once. */
  const withRoom = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      if (!isQuota(error) || !(await (await library.open(card)).spare())) throw error;
      return action();
    }
  };

  /** A mark that finds no room is done without: the run itself is saved. */
  const mark = async (checkpoint: Checkpoint, edge: boolean) => {
    try {
      await library.mark(checkpoint, edge);
    } catch (error) {
      if (!isQuota(error)) throw error;
    }
  };

  const write = async (taken: Taken, proof: Proof | undefined, edge: boolean) => {
    const began = performance.now();
    try {
      const checkpoint = await checkpointOf(taken, proof);
      const { bytes } = await withRoom(() => library.save(checkpoint));
      safe = { moment: momentOf(stateOf(taken)), proven: proof !== undefined };
      const { images, step } = taken.snapshot.place;
      send({ type: "saved", images, step, bytes });
      if (edge || saves++ % savesPerMark === 0) await mark(checkpoint, edge);
    } catch (error) {
      send({ type: "unsaved", notice: noticeOf(error) });
      allowedAt = performance.now() + longestPause;
    }
    const pause = (performance.now() - began) * (1 / shareForSaving - 1);
    allowedAt = Math.max(allowedAt, performance.now() + Math.min(pause, longestPause));
  };

  return {
    has: (state, proven) => safe.moment === momentOf(state) && (safe.proven || !proven),
    get hasAny() {
      return safe.moment !== undefined;
    },
    get ready() {
      return writing === undefined && performance.now() >= allowedAt;
    },
    save(taken, proof, edge) {
      const done = (writing ?? Promise.resolve()).then(() => write(taken, proof, edge));
      writing = done;
      void done.then(() => writing === done && (writing = undefined));
      return done;
    },
    checkpointOf,
    async idle() {
      while (writing) await writing;
    },
  };
}

const momentOf = ({ place: { step, events, planned }, twin }: State): string =>
  JSON.stringify([step, events.length, planned, twin]);

const isQuota = (error: unknown): boolean => error instanceof Error && error.name === "QuotaExceededError";

function noticeOf(error: unknown): Notice {
  if (isQuota(error))
    return {
      message: "This browser won't store more.",
      remedy:
        "The run goes on, but what it learns from here is lost with the page. Export it, or delete other runs.",
    };
  const why = error instanceof Error ? error.message : String(error);
  return {
    message: `The run could not be saved: ${why.replace(/\.$/, "")}.`,
    remedy: "It goes on, and saving is tried again. Export it to be safe.",
  };
}
