// Runs as a whole: they repeat, keep nothing, and give everything back, on every engine.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Config } from "../../src/gan/settings/config.ts";
import { Trouble } from "../../src/gan/errors.ts";
import type { StatsRow } from "../../src/gan/statistics/stats.ts";
import * as tf from "../../src/gan/tf.ts";
import { train } from "../../src/gan/train.ts";
import { engines } from "../engines.ts";
import { expectClose } from "./expectClose.ts";
import { tensorsOf, tinyRun } from "./tiny.ts";

/** Pulls `count` steps of a run and leaves it. */
async function statsOf(changes: Partial<Config>, count: number): Promise<Omit<StatsRow, "secPerStep">[]> {
  const run = tinyRun(changes);
  const rows: Omit<StatsRow, "secPerStep">[] = [];
  let steps = 0;
  for (const event of train(run)) {
    if (event.type !== "step") continue;
    rows.push(await run.readStats());
    if (++steps === count) break;
  }
  return rows;
}

describe.each(engines)("on $name", ({ open, close }) => {
  let before = 0;
  beforeAll(async () => {
    await open();
    before = tf.memory().numTensors;
  });
  afterAll(close);
  afterEach(() => expect(tf.memory().numTensors, "every tensor was freed").toBe(before));

  // From a stable stage through a fade into the next one, with everything on that draws at random.
  const steps = 7;
  const everything = { augment: true, r1Gamma: 1, spectralNorm: true };

  test("the same seed gives the same statistics bit for bit, another seed others", async () => {
    const first = await statsOf(everything, steps);
    expect(first.map(({ resolution, alpha }) => [resolution, alpha])).toEqual([
      ...[
        [4, 1],
        [4, 1],
        [8, 0.25],
        [8, 0.5],
        [8, 0.75],
        [8, 1],
        [8, 1],
      ],
    ]);
    expect(await statsOf(everything, steps)).toEqual(first);
    expect(await statsOf({ ...everything, seed: 8 }, 1)).not.toEqual(first.slice(0, 1));
  });

  test("a step keeps no tensor, and growth only the new layers'", () => {
    const run = tinyRun(everything);
    const counts: number[] = [];
    let born = 0;
    for (const event of train(run)) {
      if (event.type === "grown") born = run.store.names().length;
      if (event.type === "step") counts.push(tf.memory().numTensors - before);
      if (counts.length === steps) break;
    }
    const small = counts[0]!;
    expect(counts).toEqual([small, small, ...Array(5).fill(born)]);
  });

  test("a throw inside the loop frees every tensor", () => {
    const run = tinyRun();
    expect(() => {
      for (const event of train(run)) if (event.type === "step") throw new Error("stop");
    }).toThrow("stop");
  });

  test("a config that the data set can't serve is refused, and leaves nothing behind", () => {
    expect(() => tinyRun({ to: 32 })).toThrow(
      new Trouble("Data set shapes-16 has images of 16 px, not 32.", 'Set "to" to 16 or less.'),
    );
  });

  test.each(["D", "G"] as const)("stepping %s only leaves the other network as it is", async (only) => {
    const run = tinyRun();
    const other = only === "D" ? "G" : "D";
    const [mine, theirs] = [await tensorsOf(run, only), await tensorsOf(run, other)];
    run.advance(only);
    expect(await tensorsOf(run, other)).toEqual(theirs);
    expect(await tensorsOf(run, only)).not.toEqual(mine);
    expect(run.images).toBe(only === "D" ? 4 : 0);
    run.dispose();
  });

  test("a narrow D grows beside a G that is born as beside a D of its own width", async () => {
    const wide = tinyRun();
    const narrow = tinyRun({ widthD: 0.3 }); // one channel beside three
    expect(await tensorsOf(narrow, "G")).toEqual(await tensorsOf(wide, "G"));
    const shapeOf = (name: string) => narrow.store.read(name).shape;
    expect(shapeOf("D/b4/conv/weight")).toEqual([3, 3, 2, 1]);
    for (let step = 0; step < 3; step++) {
      narrow.grow();
      narrow.advance();
    }
    expect(narrow.stage).toMatchObject({ resolution: 8, fading: true });
    expect(shapeOf("G/b8/conv1/weight")).toEqual([3, 3, 3, 3]);
    expect(shapeOf("D/b8/conv1/weight")).toEqual([3, 3, 1, 1]);
    expect(
      Object.values(await tensorsOf(narrow))
        .flat()
        .every(Number.isFinite),
    ).toBe(true);
    expect(() => narrow.flip("widthD", 1)).toThrow("Setting widthD can't change while a run goes on.");
    for (const run of [wide, narrow]) run.dispose();
  });

  test("the average of G moves by the share that its half-life gives", async () => {
    const run = tinyRun({ emaHalfLifeImages: 4, emaRampup: 0, learningRateG: 0.1 });
    const name = "b4/conv/weight";
    const [first] = [await run.store.read(`Gs/${name}`).data()];
    run.advance(); // four images, one half-life
    const now = await run.store.read(`G/${name}`).data();
    await expectClose(
      run.store.read(`Gs/${name}`),
      first.map((value, i) => (value + now[i]!) / 2),
      1e-6,
    );
    run.dispose();
  });

  test("the half-life is never more than its share of the images shown", async () => {
    const run = tinyRun({ emaHalfLifeImages: 1e6, emaRampup: 0.5, learningRateG: 0.1 });
    const first = await run.store.read("Gs/b4/rgb/weight").data();
    run.advance(); // four images: a half-life of two, so a quarter of the old average is left
    const now = await run.store.read("G/b4/rgb/weight").data();
    const expected = first.map((value, i) => value / 4 + (3 * now[i]!) / 4);
    await expectClose(run.store.read("Gs/b4/rgb/weight"), expected, 1e-6);
    run.dispose();
  });
});
