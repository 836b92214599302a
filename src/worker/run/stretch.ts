// A stretch of training between two looks at the run: its steps, and those of its twin in turn, so that both see as many
// images.

import { goingOf, isForkDue, type Live } from "./live.ts";

/** Milliseconds of training before messages are let in: a pause takes effect within this and one step. */
const breath = 40;

/** What is to be done: so many steps, or all up to the next tick; of both networks, or of one. Of twins, each takes them. */
export interface Wanted {
  steps: number;
  untilTick: boolean;
  only?: "D" | "G";
}

/**
 * Waits until the engine is ready for the next steps. Where it is WebGPU, these are compiled: a step by the longer way would
 * need more to be compiled than they do.
 * @returns nothing where it is ready, or no step is to come
 */
export function preparing(live: Live): Promise<unknown> | undefined {
  const runs = goingOf(live).map(({ session }) => session.run);
  const waiting = runs.flatMap((run) => (run.images < run.config.images ? (run.prepare() ?? []) : []));
  if (waiting.length === 0) return undefined;
  const all = Promise.all(waiting);
  all.catch(() => {}); // whoever waits hears of it
  return all;
}

/** Takes steps for a breath, or until something is to be seen at this very step. */
export function stretch(live: Live, wanted: Wanted): "asked" | "finished" {
  const [lead, other] = goingOf(live);
  if (!lead) return "asked";
  const began = performance.now();
  lead.watch.working();
  other?.watch.working();
  const goesOn = () => performance.now() - began < breath && !isForkDue(live) && !preparing(live);
  while (wanted.steps > 0 && goesOn()) {
    if (other && follow(other, lead, wanted)) return "asked"; // what it had to leave when something was to be seen
    const taken = takeStep(lead, wanted.only);
    if (!taken) return "finished";
    wanted.steps = wanted.untilTick && taken.tick ? 0 : wanted.steps - 1;
    const due = other && (wanted.only === "G" ? takeStep(other, "G")?.due : follow(other, lead, wanted));
    if (taken.due || due) return "asked";
  }
  return "asked";
}

/**
 * Where D takes more steps in one of a pair, that one waits until the other has seen as many images.
 * @returns whether the other is to be looked at before its next step
 */
function follow(other: Live, lead: Live, { only }: Wanted): boolean {
  if (only === "G") return false; // its steps show no images
  while (imagesOf(other) < imagesOf(lead)) {
    const taken = takeStep(other, only);
    if (!taken || taken.due) return taken?.due ?? false;
  }
  return false;
}

export const imagesOf = ({ session }: Live): number => session.run.images;

/** @returns whether it filled a tick up, and whether the run is to be looked at now; nothing when all images were shown */
export function takeStep(
  { session, watch, keeper }: Live,
  only?: Wanted["only"],
): { tick: boolean; due: boolean } | undefined {
  for (;;) {
    const { value: event, done } = session.stream.next({ only });
    if (done) return undefined;
    switch (event.type) {
      case "grown":
        watch.grown();
        break;
      case "flipped":
        watch.flipped(event.event);
        break;
      case "step": {
        if (only) keeper.changed();
        const [shown, kept] = [watch.stepped(event.tick), keeper.stepped(event.tick)];
        return { tick: event.tick, due: shown || kept };
      }
      case "finished":
        return undefined;
      default:
        event satisfies never;
    }
  }
}
