// A stretch of a run made again, to the bit: its steps, and the changes a person made between them.

import type { FlipEvent, PlannedFlip } from "./settings/events.ts";
import type { LoneSteps, Place } from "./place.ts";
import type { Run } from "./run.ts";

/** All that a person decided while a run went on. */
export type History = Pick<Place, "events" | "lone">;

/** A moment of a run: after so many steps, and so many changes. */
export interface Moment {
  step: number;
  eventsMade: number;
}

/**
 * Takes `run` from where it stands to a later moment of its own history, a step each pull. Planned changes are made
 * where the history has them, and nowhere else.
 * @param run stands at a moment of that history
 * @throws Error when the history does not lead from where the run stands to `until`
 */
export function* replay(run: Run, history: History, until: Moment): Generator<void, void, void> {
  for (;;) {
    for (let event = nextEvent(run, history, until); event; event = nextEvent(run, history, until)) {
      const { key, to } = event;
      run.plan(run.planned.filter((flip) => !(isDue(run, flip) && flip.key === key && flip.to === to)));
      if (!run.flip(key, to)) throw new Error(`the change of ${key} at step ${run.step} changes nothing`);
    }
    if (run.step >= until.step) break;
    run.plan(run.planned.filter((flip) => !isDue(run, flip))); // made above, or without effect then
    while (run.grow());
    run.advance(onlyAt(history.lone, run.step));
    yield;
  }
  if (run.step > until.step || run.events.length !== until.eventsMade)
    throw new Error(
      `replayed to step ${run.step} with ${run.events.length} changes, not to the moment asked for`,
    );
}

/**
 * Takes steps as a run does that is left alone, whatever its total of images.
 * @param run changes; give it a copy of the run that is to stay where it is
 */
export function* ahead(run: Run, steps: number): Generator<void, void, void> {
  for (let i = 0; i < steps; i++) {
    run.flipPlanned();
    while (run.grow());
    run.advance();
    yield;
  }
}

const isDue = ({ images }: Run, flip: PlannedFlip): boolean => flip.images <= images;

/** The change to make now. At the last moment there may be some that were not made yet. */
function nextEvent(run: Run, { events }: History, until: Moment): FlipEvent | undefined {
  const made = run.events.length;
  const next = run.step < until.step || made < until.eventsMade ? events[made] : undefined;
  return next?.step === run.step ? next : undefined;
}

function onlyAt(lone: readonly LoneSteps[], step: number): "D" | "G" | undefined {
  return lone.find((steps) => step >= steps.step && step < steps.step + steps.count)?.only;
}
