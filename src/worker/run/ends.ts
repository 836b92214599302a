// What becomes of a run that can't simply go on: it diverged, its engine was lost, or the program failed.

import { Trouble } from "../../gan/errors.ts";
import type { House } from "./house.ts";
import { goingOf, type Live, membersOf } from "./live.ts";
import { momentOf, type Session } from "./session.ts";
import { firstBad } from "./past.ts";
import type { Ends, Pump } from "./pump.ts";
import { closeAll, givenUp, lossBehind, lossNotice, restore } from "./recovery.ts";

export function createEnds(house: House): Omit<Ends, "fork"> {
  const { send, supplies } = house;

  /** Names what the number came from: a tensor, or only the statistic where all tensors are still finite. */
  const diverged = async (live: Live, seen: string) => {
    const { session, keeper, watch, counting } = live;
    counting.end();
    const { place } = keeper.latest;
    const found = await firstBad(session, keeper.latest, session.run.place(), momentOf(session));
    const { step, tensor } = found ?? { step: session.run.step, tensor: seen };
    live.ended = new Trouble(
      `Training diverged at step ${step}.`,
      "Branch from an earlier moment with lower learning rates, or start a new run.",
    );
    if (house.live) await house.unpair(membersOf(house.live)); // one that stopped can't be taken up with the other
    await keeper.end(live.ended); // the last sound state is kept before anybody is sent back to it
    const good = { step: place.step, images: place.images, eventsMade: place.events.length };
    live.send({ type: "diverged", step, tensor, good });
    await watch.report(true);
  };

  const mended = async (live: Live, error: unknown, pump: Pump): Promise<boolean> => {
    const going = goingOf(live);
    const { session: lost } = going[0] ?? live;
    const loss = await lossBehind(error, lost);
    const { step } = lost.run;
    if (!loss) {
      // A run that threw in the middle of a step is of no more use here. What was saved of it is.
      await house.drop(live);
      house.fail("training", error);
      return false;
    }
    if (going.length === 0) return false; // told already
    try {
      if (!live.worthMending()) throw givenUp(loss, step);
      send({ type: "recovering", notice: lossNotice(loss, step) });
      const redone = await restoreAll(live, going);
      hearLoss(house, live, pump);
      send({ type: "recovered", step: going[0]!.session.run.step, redone });
      return true;
    } catch (again) {
      if (await lossBehind(again, going[0]!.session)) return mended(live, again, pump);
      const ended = again instanceof Trouble ? again : givenUp(loss, step);
      for (const member of going) {
        member.ended = ended;
        await member.keeper.end(ended);
      }
      house.fail("training", ended, { lost: true });
      return false;
    }
  };

  /** All that were going on, on one engine again. @returns how many steps were redone, of the one with most of them */
  const restoreAll = async (live: Live, going: readonly Live[]): Promise<number> => {
    closeAll(membersOf(live).map(({ session }) => session));
    let most = 0;
    let first: Session | undefined;
    for (const member of going) {
      const { session, keeper, watch } = member;
      const lost = { session, latest: keeper.latest, readAt: watch.readAt };
      const restored = await restore(lost, supplies, first);
      member.session = first = restored.session;
      most = Math.max(most, restored.redone);
    }
    return most;
  };

  return { diverged, mended };
}

/** A loss is noticed though nothing is being done with the run. */
export function hearLoss(house: House, live: Live, pump: Pump): void {
  const engine = (member: Live | undefined) => member?.session.engine;
  const ours = engine(goingOf(live)[0]);
  void ours?.lost?.then((loss) => {
    const isOurs = () => house.live === live && engine(goingOf(live)[0]) === ours;
    // While the run is being checked, its copy must not lose the engine that is left.
    if (loss.reason !== "destroyed")
      void live.checked.catch(() => {}).then(() => isOurs() && pump.look(live));
  });
}
