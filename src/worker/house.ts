// What the parts of the worker's half share: the run that is live, and how it is left, closed and told of.

import { Trouble } from "../gan/errors.ts";
import type { RunCard } from "../store/pgan/manifest.ts";
import type { Live } from "./live.ts";
import type { Report } from "./protocol.ts";
import type { Pump } from "./pump.ts";
import type { Patience } from "./recovery.ts";
import { failureOf, type Supplies } from "./session.ts";
import type { Shelf } from "./shelf.ts";
import type { Send } from "./watch.ts";

/** What the worker needs of the machine. */
export interface HostSupplies extends Supplies {
  shelf: Promise<Shelf>;
  /** Keeps other tabs from taking up run `id`; undefined where one has it already. */
  lock(id: string): Promise<(() => void) | undefined>;
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
  /** Saves what the live run has not saved yet: another one may take its place. */
  leave(pump: Pump): Promise<void>;
  /** Frees a run, once what is being written is written. */
  drop(live: Live): Promise<void>;
  /** Takes the lock of a run, or keeps it. @throws Trouble when another tab has it */
  lockFor(card: RunCard): Promise<() => void>;
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
      const live = this.live !== undefined && !this.live.ended;
      send({ type: "failed", during, error: failureOf(error), live, ...more });
    },

    async leave(pump) {
      await pump.rest();
      if (!this.live || this.live.ended) return;
      const { keeper } = this.live;
      await keeper.settle(() => true).catch(() => keeper.rescue()); // its engine may be lost
    },

    async drop(live) {
      await live.keeper.idle();
      if (this.live === live) this.live = undefined;
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
