// The order of real images: no image twice in a round, and a run that stops and goes on sees what it would have seen.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createBatches } from "../../src/data/sampler.ts";
import { shapes16 } from "../../src/data/shapes16.ts";
import type { ImageSource } from "../../src/gan/source.ts";

/** A set whose image `index` at 1 px is the number `index`. */
const numbers = (count: number): ImageSource => ({
  name: "numbers",
  channels: 1,
  resolution: 1,
  count,
  write(index, _resolution, out, offset) {
    out[offset] = index;
  },
});
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test("a round holds every image once, wherever batches begin and end", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), seeds, sizes, (count, seed, sizes) => {
      const batches = createBatches(numbers(count), seed);
      const seen = sizes.flatMap((size) => [...batches.next(1, size)]);
      for (let start = 0; start + count <= seen.length; start += count) {
        const round = seen.slice(start, start + count).sort((a, b) => a - b);
        expect(round).toEqual(Array.from({ length: count }, (_, i) => i));
      }
      expect(batches.place).toBe(seen.length);
    }),
  );
});

test("taken up at any place, the order goes on as if it had never been left", () => {
  const counts = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(Infinity));
  fc.assert(
    fc.property(counts, seeds, fc.nat({ max: 100 }), fc.nat({ max: 30 }), (count, seed, place, more) => {
      const straight = createBatches(numbers(count), seed).next(1, place + more + 1);
      const resumed = createBatches(numbers(count), seed);
      resumed.next(1, more + 1); // has been elsewhere meanwhile
      resumed.place = place;
      expect(resumed.next(1, more + 1)).toEqual(straight.subarray(place));
    }),
  );
});

test("rounds differ from one another and from seed to seed", () => {
  const batches = createBatches(numbers(100), 7);
  const [first, second] = [batches.next(1, 100), batches.next(1, 100)];
  expect(second).not.toEqual(first);
  expect(createBatches(numbers(100), 8).next(1, 100)).not.toEqual(first);
  expect(createBatches(numbers(100), 7).next(1, 100)).toEqual(first);
});

test("a batch is [N,R,R,C], and the order does not depend on the resolution", () => {
  const source = shapes16.open(7);
  const batches = createBatches(source, 7);
  expect(batches.next(4, 5)).toHaveLength(5 * 4 * 4 * 3);
  const sixth = new Float32Array(8 * 8 * 3);
  source.write(5, 8, sixth, 0);
  expect(batches.next(8, 3).subarray(0, 8 * 8 * 3)).toEqual(sixth);
});
