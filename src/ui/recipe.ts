// What the page's run is made again from: how it began, the changes since, and those to come.

import type { Config, FlipEvent, Recipe } from "../worker/protocol.ts";
import type { Session } from "./session.svelte.ts";

/** The recipe of the run, or where none was set up of the next. */
export function recipeOf({ preset, running, draft, plan, history }: Session): Recipe {
  if (!running) return { preset, config: draft, planned: plan.next };
  const made = history.events.map(({ images, key, to }) => ({ images, key, to }));
  return { preset, config: atFirst(running, history.events), planned: [...made, ...plan.coming] };
}

/** Settings before all the changes that led to `config`. */
function atFirst(config: Config, events: readonly FlipEvent[]): Config {
  return events.reduceRight((later, { key, from }) => ({ ...later, [key]: from }), config);
}
