// Answers what the page asks of single samples: of the run as it is or was, one question at a time, the newest first.

import { Trouble } from "../../gan/errors.ts";
import type { House } from "../run/house.ts";
import type { Command, Notice } from "../protocol.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { Live } from "../run/live.ts";
import { EngineLost } from "../run/session.ts";
import { isAsKept } from "./asKept.ts";
import { openAside } from "./aside.ts";
import { type Bench, NotWanted, openBench } from "./bench.ts";
import { look } from "./look.ts";
import type { LookAt } from "./words.ts";

/** Seconds that the steps to a moment of the past may take again without being asked for. */
const usualUnasked = 5;

type Asked = Extract<Command, { type: "inspect" }>;

export interface Inspector {
  /** Looks at what is asked for, unless something else is asked for meanwhile. */
  ask(asked: Asked): Promise<void>;
  /** Drops what is being looked at, and waits until nothing is held of it. */
  rest(): Promise<void>;
}

export function createInspector(house: House): Inspector {
  let newest: Asked | undefined;
  let working: Promise<void> = Promise.resolve();
  /** The moment of the past that was looked at last. */
  let last: { live: Live; snapshot: Snapshot } | undefined;

  const inspect = async (asked: Asked) => {
    const { id, of, what, at } = asked;
    const wanted = () => newest === asked;
    if (!wanted()) return;
    try {
      const a = house.needRun();
      const live = of === "B" ? a.twin?.live : a;
      if (!live) throw new Trouble("The run has no twin.", "Look at a sample of the run itself.");
      const { counter } = house.supplies;
      if (!counter) throw new Trouble("Nobody is there to search.", "Open the page in a browser.");
      const aside = at && (await asideOf(live, at, id, wanted));
      const { session, watch } = live;
      const { run = session.run, behind = 0 } = aside ?? {};
      let bench: Bench | undefined;
      try {
        // Of the past, what is on screen is the average of G.
        bench = openBench({ ...session, run }, at ? "average" : watch.weights, wanted);
        const found = await look(what, { ...session, run }, bench, counter);
        if (at && behind === 0 && found.type === "sample")
          found.asKept = await isAsKept(found, at, watch.past().frames);
        if (wanted()) house.send({ type: "inspected", id, of, found: { ...bench.seen, behind, ...found } });
      } finally {
        // Else they went with their engine.
        if (live.session === session) {
          bench?.close();
          aside?.run.dispose();
        }
      }
    } catch (error) {
      if (wanted() && !(error instanceof NotWanted))
        house.send({ type: "uninspected", id, notice: noticeOf(error) });
    }
  };

  const asideOf = async (live: Live, at: LookAt, id: number, wanted: () => boolean) => {
    const { shelf, unasked = usualUnasked } = house.supplies;
    const { library } = await shelf;
    const known = last?.live === live ? [last.snapshot] : [];
    const tell = (done: number, total: number) => house.send({ type: "retracing", id, done, total });
    const aside = await openAside(live, at, library, unasked, known, tell, wanted);
    last = aside.snapshot && { live, snapshot: aside.snapshot };
    return aside;
  };

  return {
    ask(asked) {
      newest = asked;
      return (working = working.then(() => inspect(asked)));
    },
    rest() {
      newest = last = undefined;
      return working.then(() => (last = undefined));
    },
  };
}

function noticeOf(error: unknown): Notice {
  if (error instanceof Trouble) return { message: error.message, remedy: error.remedy };
  if (error instanceof EngineLost)
    return { message: "The engine was lost meanwhile.", remedy: "Look again once the run goes on." };
  const why = error instanceof Error ? error.message : String(error);
  return { message: `It could not be looked at: ${why}.`, remedy: "Look again, or reload the page." };
}
