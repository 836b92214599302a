// shapes-64: 8 shapes × 8 colours that also move and change in size. Drawn with soft edges at 64×64.

import { downsample } from "./pyramid.ts";
import { atRest, createShapeSet } from "./shapes.ts";

const side = 64;
/** Pixels a shape may move either way, and the share by which its size may change. */
const maxMove = 2;
const maxGrowth = 0.08;

/**
 * Signed distance to the edge of each shape in pixels, negative inside, with the middle at (0,0) and y down.
 * Square roots but no sines, so that all machines draw the same bits.
 */
const shapes: Readonly<Record<string, (x: number, y: number) => number>> = {
  disc: (x, y) => Math.sqrt(x * x + y * y) - 19,
  ring: (x, y) => Math.abs(Math.sqrt(x * x + y * y) - 16) - 5,
  square: (x, y) => box(x, y, 19, 19),
  triangle: (x, y) => Math.max(y - 16, (Math.abs(x) * 2 - y - 22) / Math.sqrt(5)),
  plus: (x, y) => Math.min(box(x, y, 22, 7), box(x, y, 7, 22)),
  X: (x, y) => {
    const [u, v] = [(x + y) * Math.SQRT1_2, (x - y) * Math.SQRT1_2];
    return Math.min(box(u, v, 27, 6), box(u, v, 6, 27));
  },
  bar: (x, y) => box(x, y, 22, 8),
  pillar: (x, y) => box(x, y, 8, 22),
};
const distances = Object.values(shapes);

/** The middles of three equal parts of a pose's range: no image is more than a third from one of them. */
const thirds = [-2 / 3, 0, 2 / 3];

const drawn = new Float32Array(side ** 2); // [64,64]
const shrunk = new Map<number, Float32Array>();

export const shapes64 = createShapeSet({
  name: "shapes-64",
  shapes: Object.keys(shapes),
  colors: {
    red: [1, 0, 0],
    orange: [1, 0.41, 0],
    yellow: [1, 1, 0],
    green: [0, 1, 0],
    cyan: [0, 1, 1],
    blue: [0, 0, 1],
    magenta: [1, 0, 1],
    white: [1, 1, 1],
  },
  poses: thirds.flatMap((x) => thirds.flatMap((y) => thirds.map((size) => ({ ...atRest, x, y, size })))),
  coverage(shape, pose, resolution) {
    const distance = distances[shape]!;
    const scale = 1 + maxGrowth * pose.size;
    const [left, top] = [side / 2 + maxMove * pose.x, side / 2 + maxMove * pose.y];
    for (let i = 0, y = 0.5 - top; y < side - top; y++)
      for (let x = 0.5 - left; x < side - left; x++, i++) {
        const outside = distance(x / scale, y / scale) * scale;
        drawn[i] = Math.min(1, Math.max(0, 0.5 - outside));
      }

    let view = shrunk.get(resolution);
    if (!view) shrunk.set(resolution, (view = new Float32Array(resolution ** 2)));
    downsample(drawn, side, resolution, 1, view);
    return view;
  },
});

/** Signed distance to a box of half-width `a` and half-height `b`; outside its corners a little too small. */
function box(x: number, y: number, a: number, b: number): number {
  return Math.max(Math.abs(x) - a, Math.abs(y) - b);
}
