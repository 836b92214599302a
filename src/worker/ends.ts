// What becomes of a run that can't simply go on: it diverged, its engine was lost, or the program failed.

import { Trouble } from "../gan/errors.ts";
import type { House } from "./house.ts";
import type { Live } from "./live.ts";
import { momentOf } from "./session.ts";
import { firstBad } from "./past.ts";
import type { Ends, Pump } from "./pump.ts";
import { givenUp, lossBehind, lossNotice, restore } from "./recovery.ts";

export function createEnds(house: House): Ends {
  const { send, supplies } = house;

  /** Names what the number came from: a tensor, or only the statistic where all tensors are still finite. */
  const diverged = async (live: Live, seen: string) => {
    const { session, keeper, watch } = live;
    const { place } = keeper.latest;
    const found = await firstBad(session, keeper.latest, session.run.place(), momentOf(session));
    const { step, tensor } = found ?? { step: session.run.step, tensor: seen };
    live.ended = new Trouble(
      `Training diverged at step ${step}.`,
      "Branch from an earlier moment with lower learning rates, or start a new run.",
    );
    await keeper.end(live.ended); // the last sound state is kept before anybody is sent back to it
    const good = { step: place.step, images: place.images, eventsMade: place.events.length };
    send({ type: "diverged", step, tensor, good });
    await watch.report(true);
  };

  const mended = async (live: Live, error: unknown, pump: Pump): Promise<boolean> => {
    const loss = await lossBehind(error, live.session);
    const { step } = live.session.run;
    if (!loss) {
      // A run that threw in the middle of a step is of no more use here. What was saved of it is.
      await house.drop(live);
      house.fail("training", error);
      return false;
    }
    if (live.ended) return false; // told already
    try {
      if (!live.worthMending()) throw givenUp(loss, step);
      send({ type: "recovering", notice: lossNotice(loss, step) });
      const { keeper, watch } = live;
      const { session, redone } = await restore(live.session, keeper.latest, watch.readAt, supplies);
      live.session = session;
      hearLoss(house, live, pump);
      send({ type: "recovered", step: session.run.step, redone });
      return true;
    } catch (again) {
      if (await lossBehind(again, live.session)) return mended(live, again, pump);
      live.ended = again instanceof Trouble ? again : givenUp(loss, step);
      await live.keeper.end(live.ended);
      house.fail("training", live.ended, { lost: true });
      return false;
    }
  };

  return { diverged, mended };
}

/** A loss is noticed though nothing is being done with the run. */
export function hearLoss(house: House, live: Live, pump: Pump): void {
  const { session } = live;
  void session.engine.lost?.then((loss) => {
    const isOurs = () => house.live === live && live.session === session && !live.ended;
    // While the run is being checked, its copy must not lose the engine that is left.
    if (loss.reason !== "destroyed")
      void live.checked.catch(() => {}).then(() => isOurs() && pump.look(live));
  });
}
