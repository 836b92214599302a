// The states that follow on one another, for tests of where they are kept: made up, as no step has to be taken.

import type { Checkpoint } from "../../../src/store/pgan/checkpoint.ts";
import { pictureName } from "../../../src/store/pgan/pictures.ts";

/** The example as if it had gone on to `step`: its timeline shows the last two steps. */
export function later(example: Checkpoint, step: number): Checkpoint {
  const { place, frames, pictures } = example;
  const png = [...pictures.values()].at(-1)!;
  const moved = [step - 1, step].map((step) => ({ ...frames.at(-1)!, step, images: 4 * step }));
  return {
    ...example,
    place: { ...place, step, images: 4 * step },
    frames: moved,
    pictures: new Map(moved.map((frame) => [pictureName(frame), png])),
  };
}
