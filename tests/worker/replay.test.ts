// A run replayed from its link, against the one in which a person made the changes.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Run } from "../../src/gan/run.ts";
import * as tf from "../../src/gan/tf.ts";
import { train } from "../../src/gan/train.ts";
import { type Config, type Key, readLink, type Value, writeLink } from "../../src/worker/protocol.ts";
import { engines } from "../engines.ts";
import { batchesOf, source, tensorsOf, tiny } from "../gan/tiny.ts";

const config: Config = { ...tiny, images: 24 };

/** What a person changes, and after how many images. */
const byHand: [number, Key, Value][] = [
  [0, "r1Gamma", 1],
  [4, "equalizedLr", false],
  [4, "equalizedLr", true],
  [8, "fadeIn", false],
  [12, "spectralNorm", true],
  [12, "loss", "hinge"],
  [24, "images", 36],
];

describe.each(engines)("on $name", ({ open, close }) => {
  beforeAll(open);
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(0);
    close();
  });

  test("it is the same run, bit for bit", async () => {
    const run = new Run(config, source, batchesOf());
    const first = await outcome(run, ([at, key, value]) => void (at === run.images && run.flip(key, value)));
    expect(first.events).toHaveLength(byHand.length);
    expect(first.images).toBe(36);

    const link = writeLink({ preset: "browser", config, planned: first.events });
    const read = readLink(link)!;
    const again = await outcome(new Run(read.config, source, batchesOf(), read.planned));
    expect(again).toEqual(first);
  });
});

/** All that a run is once its images were shown. `intervene` is called with each change before each step. */
async function outcome(run: Run, intervene: (change: (typeof byHand)[number]) => void = () => {}) {
  byHand.forEach(intervene);
  for (const event of train(run)) {
    if (event.type === "step") byHand.forEach(intervene);
    if (event.type !== "finished") continue;
    const { images, step, events, config } = run;
    return { images, step, events: [...events], config, tensors: await tensorsOf(run) };
  }
  throw new Error("a run ends");
}
