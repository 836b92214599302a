// What the parts of the worker's half share: the run that is live, and how it is left, closed and told of.

import { Trouble } from "../../gan/errors.ts";
import type { RunCard } from "../../store/pgan/manifest.ts";
import type { Counter } from "../counting/counter.ts";
import { goingOf, type Live } from "./live.ts";
import type { Report } from "../protocol.ts";
import type { Pump } from "./pump.ts";
import type { Patience } from "./recovery.ts";
import { failureOf, type Supplies } from "./session.ts";
import type { Shelf } from "../keeping/shelf.ts";
import type { Send } from "./watch.ts";

/** What the worker needs of the machine. */
export interface HostSupplies extends Supplies {
  shelf: Promise<Shelf>;
  /** Keeps other tabs from taking up run `id`; undefined where one has it already. */
  lock(id: string): Promise<(() => void) | undefined>;
  /** Counts modes, where that is wanted. */
  counter?: Counter;
  /** Seconds that steps may take again, unasked, for a look at a moment of the past. */
  unasked?: number;
  /** How many losses of the engine are mended. */
  patience?: Patience;
}

export interface House {
  live: Live | undefined;
  readonly send: Send;
  readonly supplies: HostSupplies;
  /** @throws Trouble when none is live */
  needRun(): Live;
  /** Tells of a failure. */
  fail(
    during: Extract<Report, { type: "failed" }>["during"],
    error: unknown,
    more?: { id?: number; lost?: boolean },
  ): void;
  /**
   * Saves what the live run and its twin have not saved yet: another one may take their place.
   * @param anyway although that fails
   * @throws Unsaved when it fails
   */
  leave(pump: Pump, anyway?: boolean): Promise<void>;
  /** What is kept of the runs of a pair no longer says that they are one. */
  unpair(members: readonly Live[]): Promise<void>;
  /** Frees a run, once what is being written is written. */
  drop(live: Live): Promise<void>;
  /** Takes the lock of a run, or keeps it. @throws Trouble when another tab has it */
  lockFor(card: RunCard): Promise<() => void>;
}

/**
 * Saves what a run has not saved yet.
 * @param anyway although that fails
 * @throws Unsaved when it fails
 */
export async function putAway({ keeper }: Live, anyway = false): Promise<void> {
  // Its engine may be lost: then what is safe is safe.
  const isSafe = await keeper.settle(() => true).catch(() => true);
  if (!isSafe && !anyway) throw new Unsaved();
}

/** A run that would lose what it learned. */
export class Unsaved extends Trouble {
  constructor() {
    super(
      "The run that is open can't be saved: what it learned since its last save would be lost.",
      "Export it or make room, then try again; or leave it anyway.",
    );
  }
}

export function createHouse(send: Send, supplies: HostSupplies): House {
  return {
    live: undefined,
    send,
    supplies,

    needRun() {
      if (this.live) return this.live;
      throw new Trouble("There is no run.", "Start one first.");
    },

    fail(during, error, more = {}) {
      const live = this.live !== undefined && goingOf(this.live).length > 0;
      const unsaved = error instanceof Unsaved;
      send({ type: "failed", during, error: failureOf(error), live, unsaved, ...more });
    },

    async leave(pump, anyway = false) {
      await pump.rest();
      for (const member of this.live ? goingOf(this.live) : []) await putAway(member, anyway);
    },

    async unpair(members) {
      const { library } = await supplies.shelf;
      for (const { card } of members) {
        if (card.pair && (await library.has(card.id))) await library.tie(card.id, undefined).catch(() => {}); // it is said with the next save, if not now
        card.pair = undefined;
      }
    },

    async drop(live) {
      if (live.twin) await this.drop(live.twin.live);
      await live.keeper.end(new Trouble("The run was left.", "Continue it to go on."));
      if (this.live === live) this.live = undefined;
      live.counting.end();
      live.session.close();
      live.release();
    },

    async lockFor({ id, name }) {
      const release = await supplies.lock(id);
      if (release) return release;
      throw new Trouble(`Run “${name}” is open in another tab.`, "Go on there, or close that tab first.");
    },
  };
}
