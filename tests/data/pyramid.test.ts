// The resolution pyramid is PGGAN's 2×2 box, and skipping levels changes nothing.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { downsample } from "../../src/data/pyramid.ts";

const shrink = (image: ArrayLike<number>, from: number, to: number, channels = 1) => {
  const out = new Float32Array(to * to * channels);
  downsample(image, from, to, channels, out);
  return out;
};

test("a pixel is the mean of its four", () => {
  // prettier-ignore
  const image = [
    1, 3, 0, 0,
    5, 7, 0, 1,
    2, 2, 8, 8,
    2, 2, 8, 9,
  ];
  expect([...shrink(image, 4, 2)]).toEqual([4, 0.25, 2, 8.25]);
  expect([...shrink(image, 4, 1)]).toEqual([3.625]);
  expect([...shrink(image, 4, 4)]).toEqual(image);
});

test("channels stay apart", () => {
  const image = [1, 10, 100, 2, 20, 200, 3, 30, 300, 4, 40, 400]; // [2,2,3]
  expect([...shrink(image, 2, 1, 3)]).toEqual([2.5, 25, 250]);
});

test("shrinking in steps of two is shrinking at once, exactly so for bytes", () => {
  const bytes = fc.uint8Array({ minLength: 16 * 16, maxLength: 16 * 16 });
  fc.assert(
    fc.property(bytes, (image) => {
      expect(shrink(shrink(image, 16, 8), 8, 4)).toEqual(shrink(image, 16, 4));
    }),
  );
});

test("writes from the offset on and nowhere else", () => {
  const out = new Float32Array(4).fill(-7);
  downsample([0, 4, 4, 4], 2, 1, 1, out, 2);
  expect([...out]).toEqual([-7, -7, 3, -7]);
});

test("there is no view larger than the image", () => {
  expect(() => shrink([0], 1, 2)).toThrow("An image of 1 px has no view at 2 px.");
});
