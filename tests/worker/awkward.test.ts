// Commands that come at awkward moments: nothing hangs, nothing is lost unasked, nothing comes back that was called off.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import { readCheckpoint, writeCheckpoint } from "../../src/store/pgan/checkpoint.ts";
import { type Folder, memoryFolder } from "../../src/store/runs/folder.ts";
import type { Key, StatsRow } from "../../src/worker/protocol.ts";
import { fragileWasm } from "./fragile.ts";
import { connect, tiny } from "./page.ts";

let disk: Folder;
let page: ReturnType<typeof connect>;

beforeEach(() => {
  disk = memoryFolder();
  page = connect(disk);
});
afterEach(() => page.close());

const stepsIn = (rows: readonly StatsRow[]) =>
  rows.reduce((sum, { stats }) => sum + (stats.lossD?.n ?? 0), 0);

/** Lets a run diverge within a few steps. */
function goWild(): void {
  const wild = { loss: "wgan-gp", gpWeight: 1000, equalizedLr: false, learningRateD: 1, learningRateG: 1 };
  for (const [key, value] of Object.entries(wild)) page.send({ type: "flip", key: key as Key, value });
}

test("a file asked for while the run diverges is given or refused, and a branch follows", async () => {
  await page.start(tiny);
  await page.step(10);
  goWild();
  page.send({ type: "train" });
  for (let id = 1; id <= 20; id++) page.send({ type: "export", id, what: { type: "checkpoint" } });
  const { good } = await page.next("diverged");
  page.send({ type: "export", id: 21, what: { type: "checkpoint" } });
  await page.until(() => page.seen("exported").some(({ id }) => id === 21));
  const { file } = page.seen("exported").find(({ id }) => id === 21)!;
  expect((await readCheckpoint(new Uint8Array(await file.arrayBuffer()))).place.step).toBe(good.step);
  page.send({ type: "branch", at: good, changes: [], engine: "wasm" });
  expect((await page.next("started")).run.parent!.step).toBe(good.step);
});

test("a run that would lose what it learned is not left, unless anyway", async () => {
  let room = true;
  const limited = (folder: Folder): Folder => ({
    ...folder,
    write: (name, bytes) =>
      room ? folder.write(name, bytes) : Promise.reject(new DOMException("no room", "QuotaExceededError")),
    folder: async (name) => limited(await folder.folder(name)),
  });
  page = connect(limited(disk));
  await page.start(tiny);
  await page.step(2);
  await page.isSafe(2);
  room = false;
  await page.step(3);
  page.send({ type: "branch", at: { step: 1, eventsMade: 0 }, changes: [], engine: "wasm" });
  expect(await page.next("failed")).toMatchObject({ during: "branch", live: true, unsaved: true });
  await page.step(1);
  expect(page.last("progress").progress.step).toBe(6);
  page.send({ type: "branch", at: { step: 1, eventsMade: 0 }, changes: [], engine: "wasm", anyway: true });
  expect((await page.next("started")).run.parent!.step).toBe(1);
});

test("changes that were called off stay so, in a reopened run and after the engine was lost", async () => {
  const engine = fragileWasm();
  page = connect(disk, { openEngine: engine.open });
  const planned = [{ images: 160, key: "augment", to: true } as const];
  page.send({ type: "start", config: tiny, planned, engine: "wasm" });
  await page.next("reals");
  await page.step(3);
  await page.isSafe(3);
  page.send({ type: "plan", planned: [] });
  engine.lose();
  await page.next("recovered");
  await page.step(1);
  await page.isSafe(4);
  page.send({ type: "open", from: { id: page.last("started").run.id }, engine: "wasm" });
  expect((await page.next("started")).planned).toEqual([]);
  await page.next("verified");
  await page.step(10);
  expect(page.seen("flipped")).toEqual([]);
});

describe("what is refused is refused while the run goes on:", () => {
  beforeEach(async () => {
    await page.start(tiny);
    await page.step(3);
  });
  afterEach(async () => {
    await page.step(1);
    expect(page.last("progress").progress.step).toBe(4);
  });

  test("a branch with a change that no run can make", async () => {
    const at = { step: 1, eventsMade: 0 };
    page.send({ type: "branch", at, changes: [{ key: "seed", value: 3 }], engine: "wasm" });
    expect(await page.next("failed")).toMatchObject({ during: "branch", live: true });
  });

  test("a branch from a moment that has not come yet", async () => {
    page.send({ type: "branch", at: { step: 9, eventsMade: 0 }, changes: [], engine: "wasm" });
    const { error, live } = await page.next("failed");
    expect([error.message, live]).toEqual(["The run has not reached step 9 yet.", true]);
  });

  test("files whose tensors are not those of their networks, which are not taken in", async () => {
    page.send({ type: "export", id: 1, what: { type: "checkpoint" } });
    const { file } = await page.next("exported");
    const read = await readCheckpoint(new Uint8Array(await file.arrayBuffer()));
    const [name] = read.tensors.keys();
    const without = new Map([...read.tensors].filter(([each]) => each !== name));
    const stranger = new Map([...read.tensors, ["X/y", { shape: [1], values: new Float32Array(1) }]]);
    for (const tensors of [without, stranger]) {
      const { bytes } = await writeCheckpoint({ ...read, tensors, run: { id: "other", name: "Other" } });
      page.send({ type: "open", from: { file: new Blob([bytes]) }, engine: "wasm" });
      expect((await page.next("failed")).error.message).toMatch(/missing|belongs to no layer/);
    }
    page.send({ type: "list" });
    const { runs } = await page.next("library");
    expect(runs.map(({ card }) => card.id)).not.toContain("other");
  });
});

test("a branch counts every step once, wherever its rows end", async () => {
  await page.start(tiny);
  await page.step(13);
  await page.step(20);
  const { id } = page.last("started").run;
  for (const at of [2, 13, 17, 20, 33]) {
    page.send({ type: "open", from: { id }, engine: "wasm" });
    await page.next("verified");
    page.send({ type: "branch", at: { step: at, eventsMade: 0 }, changes: [], engine: "wasm" });
    const { past } = await page.next("started");
    const from = page.seen("stats").length;
    await page.step(7);
    const after = page.seen("stats").slice(from);
    expect(stepsIn([...past!.rows, ...after.map(({ row }) => row)]), `from step ${at}`).toBe(at + 7);
  }
});

test("an engine that is lost while a run is checked is opened again, and nothing stays behind", async () => {
  const engine = fragileWasm();
  page = connect(disk, { openEngine: engine.open });
  await page.start(tiny);
  await page.step(4);
  await page.until(() => page.seen("saved").filter(({ step }) => step === 4).length === 2); // with its proof
  const { id } = page.last("started").run;
  const { numTensors } = tf.memory();
  page.send({ type: "open", from: { id }, engine: "wasm" });
  await page.next("started");
  engine.lose();
  const { verdict } = await page.next("verified");
  expect(["exact", "unchecked"]).toContain(verdict.kind);
  await page.next("recovered");
  await page.step(2);
  expect(page.last("progress").progress.step).toBe(6);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(page.seen("failed")).toEqual([]);
});
