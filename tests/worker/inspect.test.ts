// Looking closely at samples of a run: what is told is of the very cells of the grid, the run does not notice, and what can't
// be told is said.

import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { shapes16 } from "../../src/data/shapes16.ts";
import * as tf from "../../src/gan/tf.ts";
import { estimateMemory } from "../../src/gpu/memory.ts";
import { node } from "../../src/gpu/node.ts";
import { openEngine } from "../../src/gpu/openEngine.ts";
import { memoryFolder } from "../../src/store/runs/folder.ts";
import { createLocalCounter } from "../../src/worker/counting/counter.ts";
import { isAsKept } from "../../src/worker/inspect/asKept.ts";
import type { Bench } from "../../src/worker/inspect/bench.ts";
import { look } from "../../src/worker/inspect/look.ts";
import type { Found, Inspect, LookAt, Pictures, Side } from "../../src/worker/protocol.ts";
import type { Session } from "../../src/worker/run/session.ts";
import { connect, tiny } from "./page.ts";

const counter = createLocalCounter((path) => readFile(`datasets/${path}`));
let page: ReturnType<typeof connect>;
let asked = 0;

beforeEach(() => {
  page = connect(undefined, { counter });
});
afterEach(() => page.close());

async function inspect<T extends Inspect["type"]>(
  what: Extract<Inspect, { type: T }>,
  of: Side = "A",
  at?: LookAt,
): Promise<Extract<Found, { type: T }>> {
  page.send({ type: "inspect", id: ++asked, of, what, at });
  const { id, found } = await page.next("inspected");
  expect(id).toBe(asked);
  return found as Extract<Found, { type: T }>;
}

async function refused(what: Inspect, of: Side = "A", at?: LookAt): Promise<string> {
  page.send({ type: "inspect", id: ++asked, of, what, at });
  const { message, remedy } = (await page.next("uninspected")).notice;
  return `${message} ${remedy}`;
}

const tile = ({ pixels, resolution, channels }: Pictures, n: number) => {
  const size = resolution ** 2 * channels;
  return [...pixels.subarray(n * size, (n + 1) * size)];
};
/** Root of the mean squared difference of bytes, in units of [-1,1]. */
const apart = (a: number[], b: number[]) =>
  Math.sqrt(a.reduce((sum, x, i) => sum + ((x - b[i]!) / 127.5) ** 2, 0) / a.length);

test("a sample is that of its cell, with its mode, its score among reals, and the reals that are nearest", async () => {
  await page.start({ ...tiny, from: 8 });
  await page.step(3);
  const grid = page.last("samples").grid;
  const found = await inspect({ type: "sample", cell: 21 });
  expect(found).toMatchObject({ images: 48, step: 3, weights: "average", cell: 21, seed: tiny.seed });
  expect(tile(found.picture, 0)).toEqual(tile(grid, 21));
  expect(found.z).toHaveLength(tiny.latent);

  const { scores } = page.last("frame").frame;
  expect(Number.isFinite(found.score)).toBe(true);
  expect(scores).toBeDefined();
  expect(found.scoreBelow).toBeGreaterThanOrEqual(0);
  expect([found.searched, found.reals]).toEqual([1_024, Infinity]);
  expect(found.mode).toMatchObject({ nearest: { measure: "distance", limit: 0.4 } });

  const source = shapes16.open(tiny.seed);
  const bytesOf = (index: number) => {
    const image = new Float32Array(8 * 8 * 3);
    source.write(index, 8, image, 0);
    return [...image].map((x) => Math.round(x * 127.5 + 127.5));
  };
  const { neighbours, pictures, typical } = found.pixels!;
  const nearest = Array.from({ length: 1_024 }, (_, index) => apart(tile(found.picture, 0), bytesOf(index)));
  expect(neighbours[0]!.distance).toBeCloseTo(Math.min(...nearest), 2); // bytes are rounded
  expect(apart(tile(pictures, 0), bytesOf(neighbours[0]!.index))).toBeLessThan(0.01);
  expect(typical.probes).toBe(128);
  expect(typical.low).toBeGreaterThan(0);
  expect(found.features!.neighbours).toHaveLength(5);
  expect(found.features!.pictures).toMatchObject({ count: 5, resolution: 8, channels: 3 });

  page.send({ type: "show", weights: "raw" });
  const raw = await inspect({ type: "sample", cell: 21 });
  expect([raw.weights, raw.z]).toEqual(["raw", found.z]);
  expect(tile(raw.picture, 0)).toEqual(tile(page.last("samples").grid, 21));
});

test("between two cells lie eight samples, whose ends are the cells, scored in their place", async () => {
  await page.start(tiny);
  await page.step(12); // in a fade
  const { grid } = page.last("samples");
  const found = await inspect({ type: "between", from: 5, to: 40 });
  expect(found.pictures).toMatchObject({ count: 8, resolution: 8 });
  expect(tile(found.pictures, 0)).toEqual(tile(grid, 5));
  expect(tile(found.pictures, 7)).toEqual(tile(grid, 40));
  expect(found.scores).toHaveLength(8);
  expect(found.modes).toHaveLength(8);
  expect(found.angle).toBeGreaterThan(0);
  const { score } = await inspect({ type: "sample", cell: 5 });
  expect(found.scores[0]).toBe(score);
});

test("closest pairs are told beside those of reals, with what they come to", async () => {
  await page.start({ ...tiny, from: 8 });
  const found = await inspect({ type: "pairs" }); // of a G that has learnt nothing yet
  expect(found).toMatchObject({ samples: 256, batches: 20 });
  expect(found.fakes).toHaveLength(5);
  // Reals of one mode differ in brightness alone, by less than a level: many are alike, and that is told.
  expect(found).toMatchObject({ by: "level", radius: 2 / 255 });
  expect(found.null.duplicates).toBeGreaterThan(0);
  expect(found.null.support).toBeGreaterThan(16);
  expect(found.pictures.fakes).toMatchObject({ count: 10, resolution: 8 });
  const { a, b, distance } = found.reals[0]!;
  expect(a).toBeLessThan(b);
  expect(apart(tile(found.pictures.reals, 0), tile(found.pictures.reals, 1))).toBeCloseTo(distance, 2);
  expect(found.duplicates > 0 ? found.support : found.atLeast).toBeGreaterThan(0);
});

test("a run that is looked at is still the run that is not, and no tensor is left", async () => {
  await page.start({ ...tiny, from: 8 });
  await page.step(2);
  page.send({ type: "fork", changes: [] });
  await page.next("forked");
  await page.step(1);
  const ofEach = () => [page.seen("saved"), page.seenOfB("saved")];
  // Each with its proof: the copy that makes it is no part of what there is.
  await page.until(() => ofEach().every((saved) => saved.filter(({ step }) => step === 3).length >= 2));
  const { numTensors } = tf.memory();
  page.send({ type: "train" });
  await inspect({ type: "sample", cell: 0 });
  await inspect({ type: "between", from: 1, to: 2 }, "B");
  page.send({ type: "inspect", id: 0, of: "A", what: { type: "sample", cell: 3 } }); // dropped for the next
  await inspect({ type: "sample", cell: 63 });
  page.send({ type: "pause" });
  await page.next("paused");
  const { step } = page.last("progress").progress;
  await page.until(() => page.seen("compared").at(-1)?.compared.step === step);
  expect(page.last("compared").compared.equal).toBe(true);
  expect(page.seen("inspected").map(({ id }) => id)).not.toContain(0);
  await expect.poll(() => tf.memory().numTensors, { timeout: 20_000 }).toBe(numTensors);
});

test("a moment of the past is what it was then, made again beside the run, which does not notice", async () => {
  await page.start({ ...tiny, imagesPerPhase: 96, imagesPerFade: 128 });
  await page.step(7);
  page.send({ type: "flip", key: "pixelNorm", value: false });
  await page.step(5);
  const then = { step: 12, eventsMade: 1, exactly: false };
  const sample = await inspect({ type: "sample", cell: 21 }); // in a fade
  const between = await inspect({ type: "between", from: 2, to: 9 });
  await page.step(2);
  page.send({ type: "fork", changes: [{ key: "r1Gamma", value: 0 }] });
  await page.next("forked");
  await page.step(1);
  const apart = { step: 15, eventsMade: 2, exactly: false };
  const ofB = await inspect({ type: "sample", cell: 21 }, "B");
  page.send({ type: "show", weights: "raw" }); // on screen, the past is the average of G all the same
  await page.step(5); // no more layers come
  const { numTensors } = tf.memory(); // one copy may be among them, by which the run is being proven

  page.send({ type: "train" });
  await page.next("training");
  expect(await inspect({ type: "sample", cell: 21 }, "A", then)).toEqual(sample);
  const start = { step: 0, eventsMade: 0, exactly: false };
  page.send({ type: "inspect", id: 0, of: "A", what: { type: "sample", cell: 2 }, at: start }); // dropped for the next
  expect(await inspect({ type: "between", from: 2, to: 9 }, "B", then)).toEqual(between); // one run then
  expect(await inspect({ type: "sample", cell: 21 }, "B", apart)).toEqual({ ...ofB, asKept: true }); // as in its frame
  page.send({ type: "pause" });
  await page.next("paused");
  expect(await inspect({ type: "sample", cell: 1 }, "A", start)).toMatchObject({ images: 0, behind: 0 });
  expect(await refused({ type: "pairs" }, "B", { ...then, step: 100_000 })).toContain(
    "The run has not reached step 100000 yet.",
  );
  expect(page.seen("inspected").map(({ id }) => id)).not.toContain(0);
  await expect.poll(() => tf.memory().numTensors, { timeout: 20_000 }).toBeLessThanOrEqual(numTensors);
});

test("where the way is long, the last moment that is kept is looked at; the very one if asked", async () => {
  const disk = memoryFolder();
  await page.close();
  page = connect(disk, { counter, unasked: 0 });
  await page.start({ ...tiny, to: 4, batch: 4 });
  await page.step(40);
  const cell = { type: "sample", cell: 5 } as const;
  const live = await inspect(cell);
  await page.step(1);
  await page.isSafe(41);
  const at = { step: 40, eventsMade: 0, exactly: false };
  const { run } = page.last("started");
  await (await disk.folder(run.id)).remove("marks");
  expect(await inspect(cell, "A", at)).toMatchObject({ step: 0, images: 0, behind: 40 });
  const kept = { ...live, asKept: true }; // the frame of that step is of the same sample
  expect(await inspect(cell, "A", { ...at, exactly: true })).toEqual(kept);
  expect(await inspect(cell, "A", at)).toEqual(kept); // it is at hand now

  const { frame } = page.seen("frame").find(({ frame }) => frame.step === 40)!;
  expect(await isAsKept({ ...live, cell: 6 }, at, [frame])).toBe(false);
  expect(await isAsKept(live, { ...at, step: 39 }, [frame])).toBeUndefined();
  expect(await isAsKept(live, at, [{ ...frame, png: new Blob(["spoilt"]) }])).toBeUndefined();
});

test("the past of a run that fits once alone is not made again beside it, which goes on, and may be looked at", async () => {
  await page.close();
  const config = { ...tiny, from: 8 as const };
  const maxBytes = 1.5 * estimateMemory(config, 3).total;
  page = connect(undefined, {
    counter,
    async openEngine() {
      const engine = await openEngine("wasm", node);
      return { ...engine, limits: { ...engine.limits, maxBytes } };
    },
  });
  await page.start(config);
  await page.step(2);
  expect(await refused({ type: "sample", cell: 3 }, "A", { step: 1, eventsMade: 0, exactly: true })).toMatch(
    /^The past is made again beside what is open, and that does not fit\. .* for each of 2 runs\. Look at live samples/,
  );
  expect((await inspect({ type: "sample", cell: 3 })).step).toBe(2);
  await page.step(1);
});

test("what can't be told is said: no such cell, no twin, no run, no modes", async () => {
  expect(await refused({ type: "sample", cell: 1 })).toBe("There is no run. Start one first.");
  await page.start({ ...tiny, data: "stacked-mnist" });
  expect(await refused({ type: "sample", cell: 64 })).toBe(
    "The grid has no cell 64. Choose one from 0 to 63.",
  );
  expect(await refused({ type: "between", from: 0, to: -1 })).toContain("The grid has no cell -1.");
  expect(await refused({ type: "pairs" }, "B")).toContain("The run has no twin.");
  const found = await inspect({ type: "sample", cell: 1 });
  expect(found.mode).toEqual({ untold: expect.stringContaining("Digits can't be told apart at 4 px") });
  expect(found.pixels!.neighbours).toHaveLength(5);
});

/** A bench whose G draws what a test says, and whose D says `said` of everything. */
function benchOf(draw: (n: number, i: number) => number, said: number): Bench {
  const [resolution, size] = [8, 8 * 8 * 3];
  const source = shapes16.open(1);
  return {
    seen: { images: 0, step: 0, alpha: 1, weights: "raw" },
    resolution,
    size,
    batch: 16,
    async draw(z) {
      const count = z.length / tiny.latent;
      return new Float32Array(count * size).map((_, k) => draw(Math.floor(k / size), k % size));
    },
    score: async (images) => new Float32Array(images.length / size).fill(said),
    features: async (images) => new Float32Array((images.length / size) * 2).map((_, k) => k % 5),
    async reals(count) {
      const values = new Float32Array(count * size);
      for (let n = 0; n < count; n++) source.write(n, resolution, values, n * size);
      return { values, count };
    },
    close() {},
  };
}

const lookBy = (what: Inspect, bench: Bench) =>
  look(
    what,
    {
      run: { config: tiny, channels: 3 },
      gallery: { columns: 8, rows: 8 },
      source: shapes16.open(1),
    } as unknown as Session,
    bench,
    counter,
  );

test("numbers that are not finite have no nearest reals, and no closest pairs", async () => {
  const bench = benchOf(() => NaN, NaN);
  const found = await lookBy({ type: "sample", cell: 3 }, bench);
  expect(found).toMatchObject({ score: NaN, scoreBelow: 0, mode: { rejected: "broken" } });
  expect(found).not.toHaveProperty("pixels");
  expect(found).not.toHaveProperty("features");
  await expect(lookBy({ type: "pairs" }, bench)).rejects.toThrow("Samples hold numbers that are not finite");
});

test("a G that draws one picture has duplicates alone, which come to one picture", async () => {
  const pairs = await lookBy(
    { type: "pairs" },
    benchOf((_, i) => Math.sin(i), 0),
  );
  expect(pairs).toMatchObject({ samples: 256, duplicates: (256 * 255) / 2, even: 2, support: 1 });
});
