// Keeps a run safe while it goes on: reads its state now and then, proves it by the steps that follow, and saves it.

import { snapshotName } from "../export/names.ts";
import { phases } from "../gan/schedule.ts";
import { firstNonFinite as firstNonFiniteIn } from "../gan/state.ts";
import { type Past, toKeep } from "../store/history/chronicle.ts";
import { makerOf } from "../store/maker.ts";
import { type Checkpoint, firstNonFinite, writeCheckpoint } from "../store/pgan/checkpoint.ts";
import type { Proof, RunCard } from "../store/pgan/manifest.ts";
import type { Library } from "../store/runs/library.ts";
import { fingerprintOf, type Snapshot, takeSnapshot } from "../store/snapshot.ts";
import { proofSteps, prove } from "../store/verify.ts";
import { nextTask } from "./nextTask.ts";
import { pganFile, type Saved } from "./saving.ts";
import type { Session } from "./session.ts";
import type { Send, Watch } from "./watch.ts";

/** A save is due after so many steps or milliseconds; reading, proving and writing it may take as long again by half. */
const due = { steps: 200, ms: 10_000 };
/** Saving may take this share of the time, at most, as long as no more than `due.ms` is lost. */
const shareForSaving = 0.05;
/** Every so many saves one is kept as a mark to go back to, besides those at the edges of phases. */
const savesPerMark = 3;

/** What of a run is to be kept, and where. */
export interface Kept {
  session: () => Session;
  watch: Watch;
  card: RunCard;
  dataHash: Promise<string>;
  library: Library;
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
  /** Saves the run as it stands still. @param busy tells when something else is wanted: proving can wait */
  settle(busy: () => boolean): Promise<void>;
  /** The run as a file, as of the next look. */
  file(): Promise<Saved>;
  /** Saves the newest sound state, though the run itself can't be read any more. */
  rescue(): Promise<void>;
  /** Waits until nothing is being written. */
  idle(): Promise<void>;
}

/** A state, with what there was to show at that moment. */
interface Taken {
  snapshot: Snapshot;
  past: Past;
}

/**
 * @param latest the run's state as it is now
 * @param saved whether the run is kept already
 */
export function createKeeper(kept: Kept, send: Send, latest: Snapshot, saved = false): Keeper {
  const { session, watch, library } = kept;
  let takenAt = { step: latest.place.step, ms: performance.now() };
  /** The state that is saved, by its steps and changes, and whether with a proof. */
  let safe = { moment: saved ? momentOf(latest) : "", proven: saved };
  let newest: Taken | undefined;
  let proving: { taken: Taken; edge: boolean; until: number } | undefined;
  let writing: Promise<void> | undefined;
  let allowedAt = 0;
  let saves = 0;
  let [edgeDue, tickDue] = [false, false];
  let asks: (() => void)[] = [];
  let requests: ((taken: Taken) => void)[] = [];
  let phase = phaseOf(session());

  const take = async (): Promise<Taken | string> => {
    const snapshot = await session().sound(takeSnapshot(session().run));
    const broken = firstNonFinite(snapshot.tensors);
    if (broken !== undefined) return broken;
    latest = snapshot;
    takenAt = { step: snapshot.place.step, ms: performance.now() };
    return (newest = { snapshot, past: watch.past() });
  };

  const checkpointOf = async ({ snapshot, past }: Taken, proof?: Proof): Promise<Checkpoint> => ({
    ...snapshot,
    ...toKeep(past),
    run: kept.card,
    maker: makerOf(session().engine),
    dataHash: await kept.dataHash,
    proof,
    saved: new Date().toISOString(),
  });

  /** One at a time. Failing to write is told, and ends nothing. */
  const write = (taken: Taken, proof: Proof | undefined, edge: boolean): Promise<void> => {
    const before = writing;
    const began = performance.now();
    const done = (async () => {
      await before;
      try {
        const checkpoint = await checkpointOf(taken, proof);
        const { bytes } = await withRoom(() => library.save(checkpoint));
        safe = { moment: momentOf(taken.snapshot), proven: proof !== undefined };
        const { images, step } = taken.snapshot.place;
        send({ type: "saved", images, step, bytes });
        if (edge || saves++ % savesPerMark === 0) await withRoom(() => library.mark(checkpoint, edge));
      } catch (error) {
        send({ type: "unsaved", notice: noticeOf(error) });
        allowedAt = performance.now() + due.ms;
      } finally {
        const pause = (performance.now() - began) * (1 / shareForSaving - 1);
        allowedAt = Math.max(allowedAt, performance.now() + Math.min(pause, due.ms));
      }
    })();
    writing = done;
    void done.then(() => writing === done && (writing = undefined));
    return done;
  };

  /** Where the disk is full, marks that can be spared make room once. */
  const withRoom = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      if (!isQuota(error) || !(await (await library.open(kept.card)).spare())) throw error;
      return action();
    }
  };

  /** Saves what was being proven, with or without the proof. */
  const endProving = (proof?: Proof) => {
    if (!proving) return;
    const { taken, edge } = proving;
    proving = undefined;
    void write(taken, proof, edge);
  };

  const isDue = () => {
    const { step } = session().run;
    if (step === latest.place.step || proving || writing) return false;
    const now = performance.now();
    const late = step - takenAt.step >= due.steps || now - takenAt.ms >= due.ms;
    return (safe.moment === "" || late) && now >= allowedAt;
  };

  const answer = async (taken: Taken) => {
    const answered = requests;
    requests = [];
    for (const resolve of answered) resolve(taken);
  };

  return {
    get latest() {
      return latest;
    },

    stepped(tick) {
      tickDue ||= tick;
      const now = phaseOf(session());
      edgeDue ||= now !== phase;
      phase = now;
      return edgeDue || asks.length > 0 || session().run.step === proving?.until;
    },

    changed: () => endProving(),
    ask: () => new Promise((resolve) => asks.push(resolve)),

    async tend() {
      if (proving && session().run.step === proving.until) {
        const sha256 = await session().sound(fingerprintOf(session().run));
        endProving({ steps: proofSteps, sha256 });
      }
      const ticked = tickDue;
      tickDue = false;
      if (!edgeDue && asks.length === 0 && requests.length === 0 && !isDue())
        return ticked ? session().sound(firstNonFiniteIn(session().run.store)) : undefined;

      const [edge, asked] = [edgeDue, asks];
      [edgeDue, asks] = [false, []];
      endProving(); // overtaken
      const taken = await take();
      if (typeof taken === "string") return taken;
      await answer(taken);
      if (asked.length > 0) {
        await write(taken, undefined, edge);
        for (const resolve of asked) resolve();
      } else if (edge || safe.moment !== momentOf(taken.snapshot))
        proving = { taken, edge, until: session().run.step + proofSteps };
      return undefined;
    },

    async settle(busy) {
      endProving();
      const { run } = session();
      const isNew = run.step === 0 && run.events.length === 0 && safe.moment === "";
      const isSafe = safe.moment === momentOf({ place: run.place() });
      if (isNew || (isSafe && safe.proven)) return;
      const taken = await take();
      if (typeof taken === "string") return; // told by whoever stepped; the last sound state stays
      if (!isSafe) await write(taken, undefined, false);
      if (busy()) return;
      const proof = await prove(session().takeUp(taken.snapshot), async () => {
        await nextTask();
        if (busy()) throw new Interrupted();
      }).catch((error: unknown) => {
        if (error instanceof Interrupted) return undefined;
        throw error;
      });
      if (proof) await write(taken, proof, false);
    },

    async file() {
      const taken = await new Promise<Taken>((resolve) => requests.push(resolve));
      const proof = await prove(session().takeUp(taken.snapshot), nextTask);
      const { bytes } = await writeCheckpoint(await checkpointOf(taken, proof));
      return { name: snapshotName(taken.snapshot.place.images), file: pganFile(bytes) };
    },

    async rescue() {
      endProving();
      await this.idle();
      if (newest && safe.moment !== momentOf(newest.snapshot)) await write(newest, undefined, false);
    },

    async idle() {
      while (writing) await writing;
    },
  };
}

class Interrupted extends Error {}

/** What tells two states of one run apart. */
const momentOf = ({ place }: Pick<Snapshot, "place">): string => `${place.step}/${place.events.length}`;

const phaseOf = ({ run }: Session): number => phases(run.config).findIndex(({ end }) => run.images < end);

const isQuota = (error: unknown): boolean => error instanceof Error && error.name === "QuotaExceededError";

function noticeOf(error: unknown): { message: string; remedy: string } {
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
