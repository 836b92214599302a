// The run that is live: its session, what is shown and kept of it, its twin, and what has ended it.

import type { Trouble } from "../../gan/errors.ts";
import type { PlannedTwin } from "../../gan/settings/events.ts";
import type { Past } from "../../store/history/chronicle.ts";
import type { RunCard } from "../../store/pgan/manifest.ts";
import type { Library } from "../../store/runs/library.ts";
import { type Snapshot, takeSnapshot } from "../../store/snapshot.ts";
import type { Counter } from "../counting/counter.ts";
import { type Counting, createCounting } from "../counting/counting.ts";
import { createKeeper, type Keeper } from "../keeping/keeper.ts";
import { countLosses, type Patience, usualPatience } from "./recovery.ts";
import type { Session } from "./session.ts";
import { type Send, watch, type Watch } from "./watch.ts";

export interface Live {
  /** Another one once an engine was lost. */
  session: Session;
  readonly card: RunCard;
  readonly watch: Watch;
  readonly keeper: Keeper;
  readonly counting: Counting;
  /** Settled once nothing but the pump works with the run's engine. */
  checked: Promise<unknown>;
  /** Counts a loss of the engine. False for one too many. */
  worthMending(): boolean;
  /** What the engine's loss or a divergence has ended. Steps are refused, with these words. */
  ended?: Trouble;
  /** Lets other tabs take up the run. */
  release(): void;
  /** Tells the page of this run. */
  readonly send: Send;
  /** The run that was forked off this one, and is trained along with it. */
  twin?: Twin;
  /** One to be forked off later. */
  twinToCome?: PlannedTwin;
}

/** The second run of a pair. */
export interface Twin {
  live: Live;
  /**
   * Compares the whole state of both, as long as nothing but the clock could tell them apart, and tells what that came to.
   * @param now not only when that is due
   */
  compare(now: boolean): Promise<void>;
}

/** A run and its twin, where it has one. */
export const membersOf = (live: Live): Live[] => (live.twin ? [live, live.twin.live] : [live]);

/** Those of them that can go on. */
export const goingOf = (live: Live): Live[] => membersOf(live).filter(({ ended }) => !ended);

/** Whether a twin is to be forked off before the next step. */
export const isForkDue = ({ session, twin, twinToCome, ended }: Live): boolean =>
  twinToCome !== undefined && !twin && !ended && session.run.images >= twinToCome.images;

/** What a run begins with, besides its session. */
export interface Beginning {
  card: RunCard;
  /** Its state, where that is at hand. */
  snapshot?: Snapshot;
  past?: Past;
  /** Forked off it once its images were shown. */
  twinToCome?: PlannedTwin;
  /** Whether that state is kept already. */
  saved: boolean;
  release(): void;
}

export async function goLive(
  session: Session,
  { card, snapshot, past, twinToCome, saved, release }: Beginning,
  library: Library,
  send: Send,
  { patience = usualPatience, counter }: { patience?: Patience; counter?: Counter } = {},
  showsReals?: () => boolean,
): Promise<Live> {
  const live: Pick<Live, "session" | "twinToCome"> = { session, twinToCome }; // watch and keeper see the session of the moment
  const current = () => live.session;
  const seen = watch(current, send, past, showsReals);
  const kept = { session: current, watch: seen, card, twinToCome: () => live.twinToCome, library };
  const state = snapshot ?? (await session.sound(takeSnapshot(session.run)));
  const keeper = createKeeper(kept, send, state, saved);
  const counting = createCounting(current, seen, send, counter);
  const checked = Promise.resolve();
  const worthMending = countLosses(patience);
  return Object.assign(live, { card, watch: seen, keeper, counting, release, checked, worthMending, send });
}
