// Pulls the training stream: steps, looks at the run, and saves take turns. There is one pump, however often it is asked.

import type { Live } from "./live.ts";
import { nextTask } from "./nextTask.ts";
import type { Report } from "./protocol.ts";
import type { Send } from "./watch.ts";

/** Milliseconds of training before messages are let in: a pause takes effect within this and one step. */
const breath = 40;

/** What the pump is to do: so many steps, or all up to the next tick; of both networks, or of one. */
export interface Wanted {
  steps: number;
  untilTick: boolean;
  only?: "D" | "G";
}

export interface Pump {
  /** Trains as wanted, in place of what was wanted before. */
  go(live: Live, wanted: Wanted): void;
  readonly training: boolean;
  pause(): void;
  /** Looks at the run once more, though it may stand still. */
  look(live: Live): void;
  /** Stops, and waits until nothing is being done with the run. */
  rest(): Promise<void>;
}

/** Who decides what becomes of a run that can't simply go on. */
export interface Ends {
  /** A number is no longer finite: where it was seen. */
  diverged(live: Live, seen: string): Promise<void>;
  /** Something was thrown. True when the run was mended, and goes on as wanted. */
  mended(live: Live, error: unknown, pump: Pump): Promise<boolean>;
}

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

  const diverged = (live: Live, seen: string) => {
    [wanted, changed] = [undefined, false];
    return ends.diverged(live, seen);
  };

  const work = async (live: Live) => {
    const { watch, keeper } = live;
    let because: Extract<Report, { type: "paused" }>["because"] = "asked";
    while (wanted || training || changed) {
      if (wanted) {
        if (!training) send({ type: "training" });
        training = true;
        because = stretch(live, wanted);
        if (wanted.steps <= 0 || because === "finished") wanted = undefined;
        // Reading waits for the engine to catch up, which bounds how far commands run ahead of it.
        const broken = (await watch.report()) ?? (await keeper.tend());
        if (broken !== undefined) return diverged(live, broken);
        await nextTask();
        continue;
      }
      changed = false;
      await watch.report(true);
      const broken = await keeper.tend();
      if (broken !== undefined) return diverged(live, broken);
      if (training && !wanted) send({ type: "paused", because });
      training = wanted !== undefined;
      const busy = () => wanted !== undefined || changed || resting;
      if (!busy()) await keeper.settle(busy);
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
      [wanted, resting] = [undefined, true];
      await pumping;
      resting = false;
    },
  };
  return pump;
}

/** Takes steps for a breath, or until something is to be seen at this very step. */
function stretch({ session, watch, keeper }: Live, wanted: Wanted): "asked" | "finished" {
  const began = performance.now();
  watch.working();
  while (wanted.steps > 0 && performance.now() - began < breath) {
    const { value: event, done } = session.stream.next({ only: wanted.only });
    if (done) return "finished";
    switch (event.type) {
      case "grown":
        watch.grown();
        break;
      case "flipped":
        watch.flipped(event.event);
        break;
      case "step": {
        wanted.steps = wanted.untilTick && event.tick ? 0 : wanted.steps - 1;
        if (wanted.only) keeper.changed();
        const [shown, kept] = [watch.stepped(event.tick), keeper.stepped(event.tick)];
        if (shown || kept) return "asked";
        break;
      }
      case "finished":
        return "finished";
      default:
        event satisfies never;
    }
  }
  return "asked";
}
