// A run is made again from its history, to the bit, at every moment of it: from the start, and from states on its way.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Config } from "../../src/gan/settings/config.ts";
import type { PlannedFlip } from "../../src/gan/settings/events.ts";
import { firstPlace, type Place } from "../../src/gan/place.ts";
import { ahead, type Moment, replay } from "../../src/gan/replay.ts";
import { Run } from "../../src/gan/run.ts";
import type { Key, Value } from "../../src/gan/settings/settings.ts";
import * as tf from "../../src/gan/tf.ts";
import { train } from "../../src/gan/train.ts";
import { fingerprintOf, resume, type Snapshot, takeSnapshot } from "../../src/store/snapshot.ts";
import { engines } from "../engines.ts";
import { batchesOf, source, tiny } from "./tiny.ts";

beforeAll(() => engines[0]!.open());
afterAll(() => expect(tf.memory().numTensors).toBe(0));

const config: Config = { ...tiny, channelsMax: 1, latent: 2, images: 60, spectralNorm: true };
const images = { ...source, count: Infinity, write: () => {} };

/** What a person does before a step: switches, plans, and whether only one network takes the step. */
interface Deed {
  flips?: [Key, Value][];
  /** Put in the place of what is still to come. */
  plan?: PlannedFlip[];
  only?: "D" | "G";
}

interface Told {
  place: Place;
  /** Fingerprint at each moment, in order. */
  moments: [Moment, string][];
  snapshots: Snapshot[];
}

/** Trains as the page does, looking at every moment. @param deeds by the step before which they are done */
async function lived(deeds: Record<number, Deed>, planned: PlannedFlip[], steps: number): Promise<Told> {
  const run = new Run(config, source, batchesOf(), planned);
  const stream = train(run);
  const moments: Told["moments"] = [];
  const snapshots: Snapshot[] = [];
  const look = async () => {
    moments.push([momentOf(run), await fingerprintOf(run)]);
    snapshots.push(await takeSnapshot(run));
  };
  await look();
  while (run.step < steps) {
    const { flips = [], plan, only } = deeds[run.step] ?? {};
    if (plan) run.plan(plan);
    for (const [key, value] of flips) if (run.flip(key, value)) await look();
    const { step } = run;
    while (run.step === step) {
      const { value: event } = stream.next({ only });
      if (event?.type === "finished") throw new Error("too few images");
    }
    await look();
  }
  const place = run.place();
  stream.return();
  return { place, moments, snapshots };
}

const momentOf = ({ step, events }: Run): Moment => ({ step, eventsMade: events.length });

/** Takes the run from `start` to each moment from there on, and compares. */
async function follow({ place, moments }: Told, start: Place | Snapshot): Promise<void> {
  const begin = () =>
    "tensors" in start
      ? resume(start, images, batchesOf())
      : new Run(start.started, source, batchesOf(), start.planned);
  const from = "tensors" in start ? start.place : start;
  const ahead = moments.filter(
    ([{ step, eventsMade }]) => step >= from.step && eventsMade >= from.events.length,
  );
  const run = begin();
  for (const [moment, expected] of ahead) {
    for (const _ of replay(run, place, moment));
    expect([momentOf(run), await fingerprintOf(run)]).toEqual([moment, expected]);
  }
  const { events, lone } = run.place();
  expect({ events, lone }).toEqual({ events: place.events, lone: place.lone });
  run.dispose();
}

/** A step takes 4 images, 8 from where D steps twice. Growth is at 8 images; the fade ends at 24. */
const full: Record<number, Deed> = {
  0: { flips: [["r1Gamma", 1]] },
  1: { flips: [["equalizedLr", false], ["drift", 0.1], ["equalizedLr", true], ["drift", 0.001]], only: "D" }, // prettier-ignore
  2: {
    flips: [
      ["fadeIn", false],
      ["fadeIn", true],
      ["spectralNorm", false],
    ],
  },
  3: { only: "G", flips: [["loss", "hinge"]] },
  4: { only: "G", plan: [{ images: 24, key: "augment", to: true }, { images: 20, key: "loss", to: "logistic" }] }, // prettier-ignore
  5: {
    flips: [
      ["spectralNorm", true],
      ["stepsD", 2],
    ],
  },
  6: { flips: [["loss", "least-squares"]] },
  7: { plan: [], only: "D" },
};
const planned: PlannedFlip[] = [
  { images: 0, key: "r1Gamma", to: 1 }, // without effect: a person was faster
  { images: 4, key: "pixelNorm", to: false },
  { images: 8, key: "loss", to: "wgan-gp" }, // without effect: it is so already
  { images: 8, key: "minibatchStddev", to: false },
  { images: 8, key: "pixelNorm", to: true },
  { images: 8, key: "pixelNorm", to: false }, // both, one after the other
  { images: 16, key: "minibatchStddev", to: true }, // called off before
];

describe("a run with everything that a person may do", () => {
  let told: Told;
  beforeAll(async () => {
    told = await lived(full, planned, 9);
  });

  test("has it in its history", () => {
    const { events, lone, resolution } = told.place;
    expect(resolution).toBe(8);
    expect(lone.map(({ only, step, count }) => [only, step, count])).toEqual([
      ["D", 1, 1],
      ["G", 3, 2],
      ["D", 7, 1],
    ]);
    expect(events.filter(({ step }) => step === 1).map(({ key }) => key)).toEqual([
      ...["equalizedLr", "drift", "equalizedLr", "drift", "pixelNorm"],
    ]);
    expect(events.map(({ key }) => key)).toContain("stepsD");
    expect(new Set(told.moments.map(([, fingerprint]) => fingerprint)).size).toBeGreaterThan(15);
  });

  test("is the same at every moment when made again from the start", () =>
    follow(told, firstPlace(told.place.started, planned)));

  test("whatever is planned when it is made again", () => follow(told, firstPlace(told.place.started, [])));

  test("is the same from states on its way, in the middle of changes and of the fade", async () => {
    const some = told.snapshots.filter((_, i) => i % 3 === 1);
    for (const snapshot of some) await follow(told, snapshot);
  });

  test("stands with what was planned at that moment, neither made nor forgotten", () => {
    const run = new Run(config, source, batchesOf(), planned);
    for (const _ of replay(run, told.place, { step: 2, eventsMade: 6 }));
    expect(run.planned).toEqual(planned.slice(2));
    for (const _ of replay(run, told.place, { step: 2, eventsMade: 7 }));
    expect(run.planned).toEqual(planned.slice(2));
    run.dispose();
  });

  test("does not lead to moments that were not", () => {
    for (const moment of [
      { step: 2, eventsMade: 3 },
      { step: 3, eventsMade: 99 },
      { step: 0, eventsMade: 2 },
    ]) {
      const run = new Run(config, source, batchesOf());
      expect(() => [...replay(run, told.place, moment)]).toThrow("not to the moment asked for");
      run.dispose();
    }
    const run = resume(told.snapshots.at(-1)!, images, batchesOf());
    expect(() => [...replay(run, told.place, { step: 1, eventsMade: 1 })]).toThrow("not to the moment");
    run.dispose();
  });
});

test("changes made as soon as layers are told to be born are not taken for changes before that", async () => {
  const run = new Run(config, source, batchesOf());
  const stream = train(run);
  const changes: [Key, Value][] = [["fadeIn", false], ["equalizedLr", false], ["spectralNorm", false]]; // prettier-ignore
  for (let pulled = stream.next(); !pulled.done && run.step < 4; pulled = stream.next()) {
    if (pulled.value.type === "grown") for (const [key, value] of changes) run.flip(key, value);
  }
  expect(run.events).toHaveLength(3);
  const place = run.place();
  const expected = await fingerprintOf(run);
  stream.return();

  const again = new Run(config, source, batchesOf());
  for (const _ of replay(again, place, { step: place.step, eventsMade: 3 }));
  expect(await fingerprintOf(again)).toBe(expected);
  again.dispose();
});

test("a run left alone goes where its plan leads, beyond its total of images", async () => {
  const few = { ...config, images: 12 };
  const plan: PlannedFlip[] = [{ images: 8, key: "loss", to: "hinge" }];
  const run = new Run(few, source, batchesOf(), plan);
  for (const _ of ahead(run, 5));
  expect([run.step, run.images, run.resolution, run.config.loss]).toEqual([5, 20, 8, "hinge"]);
  run.dispose();
});
