// Two runs that share all state and take turns stay the same run, until something sets them apart.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ahead } from "../../src/gan/replay.ts";
import type { Run } from "../../src/gan/run.ts";
import * as tf from "../../src/gan/tf.ts";
import { fingerprintOf, resume, takeSnapshot } from "../../src/store/snapshot.ts";
import { engines } from "../engines.ts";
import { batchesOf, source, tinyRun } from "../gan/tiny.ts";

const images = { ...source, count: Infinity, write: () => {} };

/** A step of one, then a step of the other, so many times. */
function inTurn(runs: readonly Run[], steps: number): void {
  for (let i = 0; i < steps; i++) for (const run of runs) for (const _ of ahead(run, 1));
}

// A loss that takes a second derivative every fourth step. Growth comes near the end, as larger steps take longer.
const config = { loss: "logistic", r1Gamma: 1, penaltyInterval: 4, imagesPerFade: 80 } as const;

describe.each(engines.filter(({ name }) => name !== "webgpu"))("on $name", ({ name, open, close }) => {
  beforeAll(open);
  afterAll(close);

  const steps = name === "cpu" ? 40 : 500; // the CPU engine is slow
  const title = `twins stay equal for ${steps} steps, over growth and a fade, until one switch is flipped`;
  test(title, { timeout: 240_000 }, async () => {
    const before = tf.memory().numTensors;
    const a = tinyRun({ ...config, imagesPerPhase: 4 * (steps - 25) });
    for (const _ of ahead(a, 5));
    const b = resume(await takeSnapshot(a), images, batchesOf());
    const own = { a: a.store.names().length, b: b.store.names().length };
    expect(tf.memory().numTensors).toBe(before + own.a + own.b);
    expect(await fingerprintOf(b)).toBe(await fingerprintOf(a));

    inTurn([a, b], steps);
    expect([a.step, a.resolution]).toEqual([steps + 5, 8]);
    expect(await fingerprintOf(b)).toBe(await fingerprintOf(a));

    b.flip("minibatchStddev", false);
    inTurn([a, b], 1);
    expect(b.images).toBe(a.images);
    expect(await fingerprintOf(b)).not.toBe(await fingerprintOf(a));
    a.dispose();
    b.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
