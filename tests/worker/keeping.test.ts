// A run is kept while it trains, is taken up where it was left, and a run of its own begins at any moment of its past.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import { readCheckpoint } from "../../src/store/pgan/checkpoint.ts";
import { type Entry, type Folder, memoryFolder } from "../../src/store/runs/folder.ts";
import type { Key, Moment, Report } from "../../src/worker/protocol.ts";
import { connect, tiny } from "./page.ts";

let disk: Folder;
let page: ReturnType<typeof connect>;

beforeEach(() => {
  disk = memoryFolder();
  page = connect(disk);
});
afterEach(() => page.close());

const runs = async () => {
  page.send({ type: "list" });
  return (await page.next("library")).runs;
};

/** The live run as a file. */
async function exported(): Promise<Awaited<ReturnType<typeof readCheckpoint>>> {
  page.send({ type: "export", id: 1, what: { type: "checkpoint" } });
  return readCheckpoint(new Uint8Array(await (await page.next("exported")).file.arrayBuffer()));
}

test("the first step is saved, and so is a pause, with a proof", async () => {
  await page.start(tiny);
  expect(await runs()).toEqual([]);
  await page.step(5);
  await page.isSafe(5); // before it step 1, once or twice: a proof that takes long is written after its state
  expect(page.last("saved")).toMatchObject({ step: 5, images: 80 });
  expect(await runs()).toMatchObject([
    { data: "shapes-16", step: 5, images: 80, resolution: 4, engine: "wasm" },
  ]);
});

test("a long run loses at most 250 steps or 15 seconds, and keeps the edges of its phases", async () => {
  await page.start({ ...tiny, images: 16_000, imagesPerPhase: 4_000, imagesPerFade: 4_000 });
  const saved = [{ step: 0, ms: performance.now() }];
  page.hear((report) => {
    if (report.type === "saved") saved.push({ step: report.step, ms: performance.now() });
  });
  page.send({ type: "train" });
  await page.next("paused");
  const lost = saved.slice(1).map(({ step, ms }, i) => [step - saved[i]!.step, ms - saved[i]!.ms] as const);
  expect(lost.length).toBeGreaterThan(4);
  for (const [steps, ms] of lost) expect(steps <= 250 || ms <= 15_000, `${steps} steps, ${ms} ms`).toBe(true);
  const [{ name }] = (await disk.list()) as [Entry];
  const marks = await (await (await disk.folder(name)).folder("marks")).list();
  const edges = marks.map(({ name }) => name).filter((name) => name.includes("edge"));
  expect(edges.sort()).toEqual(["s000000250_edge.pgan", "s000000500_edge.pgan"]);
});

test("another page takes the run up with its past, exactly, and goes on as if nothing had been", async () => {
  await page.start(tiny);
  await page.step(8);
  page.send({ type: "flip", key: "minibatchStddev", value: false });
  await page.next("flipped");
  await page.step(12); // in the middle of the fade
  const [kept] = await runs();
  await page.until(() => page.seen("saved").at(-1)?.step === 20);
  const events = page.seen("flipped").map(({ event }) => event);
  const rows = page.seen("stats").map(({ row }) => row);
  await page.step(30);
  const whole = await exported();
  await page.close();

  page = connect(disk);
  page.send({ type: "open", from: { id: kept!.card.id }, engine: "wasm" });
  const started = await page.next("started");
  expect(started).toMatchObject({ run: kept!.card, config: { minibatchStddev: false } });
  expect(started.past!.events).toEqual(events);
  // The state of step 50 is the newest: the run went on before its page was closed.
  expect(started.past!.rows.reduce((n, row) => n + (row.stats.lossD?.n ?? 0), 0)).toBe(50);
  expect(started.past!.rows.slice(0, rows.length)).toEqual(rows);
  const { verdict } = await page.next("verified");
  expect(verdict).toMatchObject({ kind: "exact", steps: 3, because: [] });
  expect((await exported()).state).toBe(whole.state);
});

test("a branch is the run as it was at that moment, and the run it left is kept", async () => {
  await page.start(tiny);
  await page.step(8);
  page.send({ type: "flip", key: "r1Gamma", value: 2 });
  await page.next("flipped");
  await page.step(2, "G");
  await page.step(10);
  const then = await exported();
  page.send({ type: "flip", key: "augment", value: true });
  await page.next("flipped");
  await page.step(15);
  const parent = page.last("started").run;

  const at: Moment = { step: 20, eventsMade: 1 };
  page.send({ type: "branch", at, changes: [{ key: "learningRateG", value: 0.01 }], engine: "wasm" });
  const { run, past, config } = await page.next("started");
  expect(run.parent).toEqual({ id: parent.id, name: parent.name, images: 288, step: 20 });
  expect(config).toMatchObject({ augment: false, r1Gamma: 2, learningRateG: 0.01 });
  expect(past!.events.map(({ key, step }) => [key, step])).toEqual([
    ["r1Gamma", 8],
    ["learningRateG", 20],
  ]);
  expect(past!.frames.every(({ step }) => step <= 20)).toBe(true);
  expect(past!.frames.length).toBeGreaterThan(3);
  const branched = await exported();
  for (const [name, { values }] of then.tensors)
    if (!name.startsWith("stats/")) expect(branched.tensors.get(name)!.values, name).toEqual(values);
  expect((await runs()).map(({ card }) => card.id).sort()).toEqual([run.id, parent.id].sort());
});

test("a branch reaches moments from before anything was kept", async () => {
  await page.start(tiny);
  await page.step(3);
  const then = await exported();
  await page.step(40);
  page.send({ type: "branch", at: { step: 3, eventsMade: 0 }, changes: [], engine: "wasm" });
  await page.next("started");
  expect((await exported()).state).toBe(then.state);
});

test("a file goes from one page to another", async () => {
  await page.start(tiny);
  await page.step(5);
  page.send({ type: "export", id: 7, what: { type: "checkpoint" } });
  const { file, name } = await page.next("exported");
  expect(name).toBe("snapshot_n000000080.pgan");
  await page.close();

  page = connect();
  page.send({ type: "open", from: { file }, engine: "wasm" });
  expect((await page.next("started")).past!.frames.length).toBeGreaterThan(1);
  expect((await page.next("verified")).verdict.kind).toBe("exact");
  await page.step(2);
  expect(page.last("progress").progress.step).toBe(7);
});

test("a run that is kept is renamed, given out and deleted, but not while it is open", async () => {
  await page.start(tiny);
  await page.step(2);
  const { id } = page.last("started").run;
  page.send({ type: "rename", id, name: " My run " });
  expect((await page.next("library")).runs[0]!.card.name).toBe("My run");
  await page.step(2);
  await page.until(() => page.last("saved").step === 4);
  expect((await runs())[0]).toMatchObject({ step: 4, card: { name: "My run" } });
  page.send({ type: "remove", id });
  expect((await page.next("failed")).error.message).toMatch(/open/);

  await page.start(tiny);
  page.send({ type: "export", id: 3, what: { type: "run", id } });
  const { file } = await page.next("exported");
  expect((await readCheckpoint(new Uint8Array(await file.arrayBuffer()))).place.step).toBe(4);
  page.send({ type: "remove", id });
  expect((await page.next("library")).runs).toEqual([]);
  expect(await disk.list()).toEqual([]);
});

test("a run that diverged is branched from its last sound state, and nothing broken is kept", async () => {
  await page.start(tiny);
  await page.step(10);
  const wild = { loss: "wgan-gp", gpWeight: 1000, equalizedLr: false, learningRateD: 1, learningRateG: 1 };
  for (const [key, value] of Object.entries(wild)) page.send({ type: "flip", key: key as Key, value });
  page.send({ type: "train" });
  const { step: bad, tensor, good } = await page.next("diverged");
  expect(bad).toBeGreaterThan(good.step);
  expect(tensor).toMatch(/^[GD]\/|^loss|^score|^penalty|^gradNorm/);
  const changes = [
    { key: "learningRateD" as const, value: 0.001 },
    { key: "learningRateG" as const, value: 0.001 },
  ];
  page.send({ type: "branch", at: good, changes, engine: "wasm" });
  await page.next("started");
  await page.step(3);
  expect(page.last("progress").progress.step).toBe(good.step + 3);
  for (const { card } of await runs()) {
    page.send({ type: "export", id: 9, what: { type: "run", id: card.id } });
    await page.next("exported"); // which reads it: a checkpoint that is not finite is refused
  }
});

describe("where the disk is full", () => {
  test("the run goes on, says so, and is saved once there is room", async () => {
    let room = false;
    const full = (folder: Folder): Folder => ({
      ...folder,
      async write(name, bytes) {
        if (!room) throw new DOMException("no room", "QuotaExceededError");
        return folder.write(name, bytes);
      },
      folder: async (name) => full(await folder.folder(name)),
    });
    page = connect(full(disk));
    await page.start(tiny);
    await page.step(5);
    expect((await page.next("unsaved")).notice.message).toBe("This browser won't store more.");
    await page.step(5);
    room = true;
    page.send({ type: "keep" });
    await page.next("saved");
    expect((await runs())[0]).toMatchObject({ step: 10 });
  });
});

test("a page that may keep nothing keeps runs in memory, and says why", async () => {
  page = connect(undefined, { denied: true });
  await page.start(tiny);
  await page.step(2);
  await page.next("saved");
  page.send({ type: "list" });
  const { storage, runs } = await page.next("library");
  expect(storage).toMatchObject({ kind: "memory", why: { message: expect.stringMatching(/keeps nothing/) } });
  expect(runs).toHaveLength(1);
});

test("what is refused leaves the run that is live as it is", async () => {
  await page.start(tiny);
  await page.step(2);
  const failed = async (): Promise<Extract<Report, { type: "failed" }>> => page.next("failed");
  page.send({ type: "open", from: { file: new Blob(["no checkpoint"]) }, engine: "wasm" });
  expect(await failed()).toMatchObject({ during: "open", live: true, error: { remedy: expect.any(String) } });
  page.send({ type: "open", from: { id: "nothing" }, engine: "wasm" });
  expect((await failed()).error.message).toMatch(/can be read/);
  page.send({ type: "rename", id: page.last("started").run.id, name: "\u202e" });
  expect((await failed()).error.message).toMatch(/that name/);
  await page.step(1);
  expect(page.last("progress").progress.step).toBe(3);
});

test("opening, branching and leaving runs frees every tensor", async () => {
  await page.start(tiny);
  await page.step(4);
  const { numTensors } = tf.memory();
  const { id } = page.last("started").run;
  for (let i = 0; i < 3; i++) {
    page.send({ type: "open", from: { id }, engine: "wasm" });
    await page.next("verified");
    page.send({ type: "branch", at: { step: 2, eventsMade: 0 }, changes: [], engine: "wasm" });
    await page.next("started");
    await page.next("reals");
  }
  page.send({ type: "open", from: { id }, engine: "wasm" });
  await page.next("verified");
  expect(tf.memory().numTensors).toBe(numTensors);
});
