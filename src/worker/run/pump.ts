// Pulls the training stream: steps, looks at the run and its twin, and saves take turns. There is one pump, however often it is asked.

import { goingOf, isForkDue, type Live } from "./live.ts";
import { nextTask } from "../nextTask.ts";
import type { Report } from "../protocol.ts";
import { preparing, stretch, type Wanted } from "./stretch.ts";
import type { Send } from "./watch.ts";

export interface Pump {
  /** Trains as wanted, in place of what was wanted before. */
  go(live: Live, wanted: Wanted): void;
  readonly training: boolean;
  pause(): void;
  /** Looks at the run once more, though it may stand still. */
  look(live: Live): void;
  /** Stops, and waits until nothing is being done with the run. @returns what was wanted of it */
  rest(): Promise<Wanted | undefined>;
}

/** Who decides what becomes of a run that can't simply go on. */
export interface Ends {
  /** A number is no longer finite: where it was seen. */
  diverged(live: Live, seen: string): Promise<void>;
  /** Forks the twin off that is due. False where that failed, and was told. */
  fork(live: Live): Promise<boolean>;
  /** Something was thrown. True when the run was mended, and goes on as wanted. */
  mended(live: Live, error: unknown, pump: Pump): Promise<boolean>;
}

/** Milliseconds after which what was asked for meanwhile is done, though the engine is not ready. */
const patience = 40;
const nextLook = () => new Promise<void>((resolve) => setTimeout(resolve, patience));

export function createPump(send: Send, ends: Ends): Pump {
  let wanted: Wanted | undefined;
  /** Something changed while the run stands still, and is to be shown. */
  let changed = false;
  let resting = false;
  let pumping: Promise<void> | undefined;
  /** The page was told of it. */
  let training = false;

  const kick = (live: Live) => {
    pumping ??= pull(live);
  };

  const pull = async (live: Live) => {
    do {
      try {
        await work(live);
      } catch (error) {
        changed = await ends.mended(live, error, pump); // it goes on as wanted, and what is on screen is drawn anew
        if (!changed) wanted = undefined;
      }
    } while (wanted || changed);
    [pumping, training] = [undefined, false]; // at once, so that what is wanted from here on starts another
  };

  /** Shows what is due, or everything, and saves what is due. A run that diverged ends there, and its twin goes on. */
  const look = async (live: Live, everything = false) => {
    const members = live.twin ? goingOf(live) : [live];
    for (const member of members) {
      const broken = (await member.watch.report(everything)) ?? (await member.keeper.tend());
      if (broken === undefined) continue;
      const isLast = goingOf(live).every((other) => other === member);
      if (isLast) [wanted, changed] = [undefined, false];
      await ends.diverged(member, broken);
      if (isLast) return false;
    }
    for (const { counting } of goingOf(live)) await counting.tend();
    await live.twin?.compare(everything);
    return true;
  };

  const work = async (live: Live) => {
    let because: Extract<Report, { type: "paused" }>["because"] = "asked";
    while (wanted || training || changed) {
      if (isForkDue(live) && !(await ends.fork(live))) wanted = undefined;
      if (wanted) {
        if (!training) send({ type: "training" });
        training = true;
        const ready = preparing(live);
        if (ready) {
          await Promise.race([ready, nextLook()]); // in between, a pause or a change is heard
          const asked = changed;
          changed = false;
          if (asked && !(await look(live, true))) return;
          continue;
        }
        because = stretch(live, wanted);
        if (wanted.steps <= 0 || because === "finished") wanted = undefined;
        // Reading waits for the engine to catch up, which bounds how far commands run ahead of it.
        if (!(await look(live))) return;
        await nextTask();
        continue;
      }
      changed = false;
      if (!(await look(live, true))) return;
      if (training && !wanted) {
        training = false;
        send({ type: "paused", because });
      }
      const busy = () => wanted !== undefined || changed || resting;
      for (const { counting } of goingOf(live)) if (!busy()) await counting.finish(busy);
      for (const { keeper } of goingOf(live)) if (!busy()) await keeper.settle(busy);
    }
  };

  const pump: Pump = {
    go(live, next) {
      wanted = next;
      kick(live);
    },
    get training() {
      return wanted !== undefined;
    },
    pause: () => void (wanted = undefined),
    look(live) {
      changed = true;
      kick(live);
    },
    async rest() {
      const before = wanted;
      [wanted, resting] = [undefined, true];
      await pumping;
      resting = false;
      return before;
    },
  };
  return pump;
}
