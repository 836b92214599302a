// What the page's run is made again from: how it began, the changes since, and those to come.

import type { FlipEvent, PlannedFlip, PlannedTwin, Recipe } from "../../worker/protocol.ts";
import { settingsAfter } from "../words/rescue.ts";
import type { Session } from "./session.svelte.ts";

/** The recipe of the run, or where none was set up of the next. */
export function recipeOf({ preset, running, draft, plan, history, twins }: Session): Recipe {
  if (!running) return { preset, config: draft, planned: plan.next, twin: withoutState(plan.nextTwin) };
  const { events } = history;
  return {
    preset,
    config: settingsAfter(0, running, events),
    planned: [...events.map(planned), ...plan.coming],
    // What somebody else came to at the fork need not hold once this run was changed.
    twin: twins.recipe ?? withoutState(plan.twin),
  };
}

const withoutState = (twin?: PlannedTwin): PlannedTwin | undefined =>
  twin && { images: twin.images, planned: twin.planned };

/** A change that was made, as one to make. */
const planned = ({ images, key, to }: FlipEvent): PlannedFlip => ({ images, key, to });
