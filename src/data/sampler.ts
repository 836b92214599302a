// Batches of real images in a seeded order, which can be left at any image and taken up again there.

import { permutation } from "../gan/random.ts";
import type { Batches, ImageSource } from "../gan/source.ts";

/**
 * Batches from `source`, `place` images into the order. A finite set is shuffled anew each round, and no image comes
 * twice in a round; a batch may hold the end of one round and the start of the next. An endless set comes in its own
 * order, which is random already.
 */
export function createBatches(source: ImageSource, seed: number): Batches {
  const indexAt = source.count === Infinity ? (place: number) => place : shuffled(source.count, seed);

  return {
    place: 0,
    next(resolution, count) {
      const size = resolution ** 2 * source.channels;
      const batch = new Float32Array(count * size); // [N,R,R,C]
      for (let i = 0; i < count; i++) source.write(indexAt(this.place + i), resolution, batch, i * size);
      this.place += count;
      return batch;
    },
  };
}

/** The image at each place of an endless sequence of rounds. Only the current round is kept. */
function shuffled(count: number, seed: number): (place: number) => number {
  let current = -1;
  let order: Uint32Array = new Uint32Array();
  return (place) => {
    const round = Math.floor(place / count);
    if (round !== current) {
      order = permutation(count, seed, "data order", round);
      current = round;
    }
    return order[place % count]!;
  };
}
