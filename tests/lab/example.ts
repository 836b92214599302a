// A small recording for tests: two runs that part after their first moment, counted by two modes.

import { defaults } from "../../src/gan/settings/config.ts";
import { encodePng } from "../../src/export/images.ts";
import type { Count, Moment, Ruler } from "../../src/lab/recording.ts";
import { layOutStrip } from "../../src/lab/strip.ts";
import type { Parts } from "../../src/lab/write.ts";

const range = (low: number, high = low) => ({ low, median: low, high });

export const ruler: Ruler = {
  resolution: 8,
  samples: 10,
  names: ["red bar", "blue bar"],
  factors: [
    { name: "shape", values: ["bar"] },
    { name: "colour", values: ["red", "blue"] },
  ],
  places: [0, 1],
  draws: 200,
  band: {
    covered: range(2),
    strict: range(2),
    effective: range(1.8, 2),
    rejects: range(0),
    kl: range(0, 0.1),
    distance: range(0.9, 1.1),
  },
};

export function countOf(red: number, blue: number): Count {
  const counts = [red, blue];
  const covered = counts.filter((n) => n > 0).length;
  return {
    covered,
    strict: covered,
    effective: covered,
    rejects: 10 - red - blue,
    kl: 0.5,
    distance: 1 / 3,
    counts,
  };
}

const momentOf = (step: number, count: Count): Moment => ({
  images: 16 * step,
  step,
  resolution: 8,
  alpha: 1,
  average: count,
  raw: count,
  ...(step > 0 && { scores: { low: -1 / 3, high: 2.5, reals: [0, 6], fakes: [4, 2] } }), // older recordings have none
});

const rowOf = (step: number) => ({
  images: 16 * step,
  step,
  resolution: 8,
  alpha: 1,
  secPerStep: 0.0123456789,
  stats: { lossD: { mean: -1.23456789, std: 0.5, n: 10 }, lossG: { mean: NaN, std: NaN, n: 10 } },
});

/** As it is written. */
export function parts(): Parts {
  const config = { ...defaults, from: 8, to: 8, images: 640 };
  return {
    maker: {
      commit: "0123abc",
      command: "npm run record -- --grid example.json",
      engine: "wasm",
      device: "1 thread",
      agent: "Node v20",
      app: "0.1.0",
      date: "2026-11-25T22:00:00.000Z",
    },
    fork: { images: 320, step: 20 },
    rulers: [ruler],
    trunk: {
      events: [],
      rows: [rowOf(10), rowOf(20)],
      moments: [momentOf(0, countOf(0, 0)), momentOf(20, countOf(5, 5))],
    },
    arms: [
      { label: "left alone", config, events: [], rows: [rowOf(40)], moments: [momentOf(40, countOf(5, 4))] },
      {
        label: "minibatch stddev off",
        config,
        events: [{ images: 320, step: 20, key: "minibatchStddev", from: true, to: false }],
        rows: [rowOf(30), rowOf(40)],
        moments: [momentOf(30, countOf(6, 1)), momentOf(40, countOf(10, 0))],
      },
    ],
  };
}

/** Grey pictures of the sizes that the recording asks for. */
export function stripOf(moments: readonly Moment[]): Uint8Array<ArrayBuffer> {
  const { width, height } = layOutStrip(moments.map(({ resolution }) => resolution));
  return encodePng({ width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(128) });
}
