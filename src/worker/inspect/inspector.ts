// Answers what the page asks of single samples: of the run as it is then, one question at a time, the newest first.

import { Trouble } from "../../gan/errors.ts";
import type { House } from "../run/house.ts";
import type { Command, Notice } from "../protocol.ts";
import { EngineLost } from "../run/session.ts";
import { NotWanted, openBench } from "./bench.ts";
import { look } from "./look.ts";

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

  const inspect = async (asked: Asked) => {
    const { id, of, what } = asked;
    const wanted = () => newest === asked;
    if (!wanted()) return;
    try {
      const run = house.needRun();
      const live = of === "B" ? run.twin?.live : run;
      if (!live) throw new Trouble("The run has no twin.", "Look at a sample of the run itself.");
      const { counter } = house.supplies;
      if (!counter) throw new Trouble("Nobody is there to search.", "Open the page in a browser.");
      const { session, watch } = live;
      const bench = openBench(session, watch.weights, wanted);
      try {
        const found = await look(what, session, bench, counter);
        if (wanted()) house.send({ type: "inspected", id, of, found: { ...bench.seen, ...found } });
      } finally {
        if (live.session === session) bench.close(); // else it went with its engine
      }
    } catch (error) {
      if (wanted() && !(error instanceof NotWanted))
        house.send({ type: "uninspected", id, notice: noticeOf(error) });
    }
  };

  return {
    ask(asked) {
      newest = asked;
      return (working = working.then(() => inspect(asked)));
    },
    rest() {
      newest = undefined;
      return working;
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
