// What the page's run is made again from: how it began, the changes since, and those to come.

import type { Recipe } from "../worker/protocol.ts";
import { settingsAfter } from "./rescue.ts";
import type { Session } from "./session.svelte.ts";

/** The recipe of the run, or where none was set up of the next. */
export function recipeOf({ preset, running, draft, plan, history }: Session): Recipe {
  if (!running) return { preset, config: draft, planned: plan.next };
  const { events } = history;
  const made = events.map(({ images, key, to }) => ({ images, key, to }));
  return { preset, config: settingsAfter(0, running, events), planned: [...made, ...plan.coming] };
}
