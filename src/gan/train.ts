// Training as a stream that is pulled. Not pulling is pausing; leaving the loop is stopping, and frees every tensor.

import type { FlipEvent } from "./settings/events.ts";
import type { Run } from "./run.ts";
import type { Stage } from "./settings/schedule.ts";

export type TrainEvent =
  /** Layers of a new resolution were born, for the step that is told after this. */
  | { type: "grown"; images: number; resolution: number }
  /** A planned change was made. */
  | { type: "flipped"; event: FlipEvent }
  /** A step was taken; `tick` where it filled one up. */
  | { type: "step"; images: number; step: number; stage: Stage; tick: boolean }
  /** All images were shown. Comes again as often as it is pulled, until the config asks for more. */
  | { type: "finished"; images: number };

/** What the next pull is to do. */
export interface Instruction {
  /** Step only one of the networks. */
  only?: "D" | "G";
}

export type Training = Generator<TrainEvent, void, Instruction | undefined>;

/** Trains `run` for as long as it is pulled. All work is done between a pull and its event, on this thread. */
export function train(run: Run): Training {
  const stream = pulled(run);
  stream.next(); // up to its first pause: a generator drops what its very first pull says
  return stream;
}

function* pulled(run: Run): Training {
  try {
    let instruction = yield { type: "finished", images: run.images };
    for (;;) {
      for (const event of run.flipPlanned()) yield { type: "flipped", event };
      if (run.images >= run.config.images) {
        instruction = yield { type: "finished", images: run.images };
        continue;
      }
      const born: TrainEvent[] = [];
      while (run.grow()) born.push({ type: "grown", images: run.images, resolution: run.resolution });

      const { tickImages } = run.config;
      const before = Math.floor(run.images / tickImages);
      run.advance(instruction?.only);
      const tick = Math.floor(run.images / tickImages) > before;
      yield* born; // not before the step: a change made there could not be told from one before the growth
      instruction = yield { type: "step", images: run.images, step: run.step, stage: run.stage, tick };
    }
  } finally {
    run.dispose();
  }
}
