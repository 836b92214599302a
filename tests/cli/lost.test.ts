// A GPU that fails ends the run with its own words, and nothing that it computed afterwards is kept.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { watchOver } from "../../src/cli/train/lost.ts";
import { createRecorder } from "../../src/cli/train/recorder.ts";
import { createRunFolder } from "../../src/cli/runFolder.ts";
import { closing, pull } from "../../src/cli/train.ts";
import { Trouble } from "../../src/gan/errors.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Loss } from "../../src/gpu/engine.ts";
import { createChronicle } from "../../src/store/history/chronicle.ts";
import { resume, type Snapshot } from "../../src/store/snapshot.ts";
import { prove } from "../../src/store/verify.ts";
import { engines } from "../engines.ts";
import { batchesOf, source, tinyRun } from "../gan/tiny.ts";

const images = { ...source, count: Infinity, write: () => {} };
const root = fs.mkdtempSync(path.join(os.tmpdir(), "lost-"));
afterAll(() => fs.rmSync(root, { recursive: true }));

/** An engine that can be lost. */
function fragile() {
  let lose!: (loss: Loss) => void;
  const lost = new Promise<Loss>((resolve) => (lose = resolve));
  return { lost, lose };
}

describe("what is waited for", () => {
  test("comes, while the engine is sound", async () => {
    expect(await watchOver(fragile(), () => 0).during(Promise.resolve(3))).toBe(3);
    expect(await watchOver({}, () => 0).during(Promise.resolve(3))).toBe(3);
    await expect(watchOver({}, () => 0).during(Promise.reject(new Error("own")))).rejects.toThrow("own");
  });

  test("is given up when the engine is lost, even if it never comes", async () => {
    const engine = fragile();
    const { during } = watchOver(engine, () => 7);
    const never = during(new Promise(() => {}));
    engine.lose({ reason: "lost", message: "device hung.\nbacktrace" });
    await expect(never).rejects.toEqual(
      new Trouble("The GPU was reset at step 7: device hung.", expect.any(String) as string),
    );
    await expect(during(new Promise(() => {}))).rejects.toThrow("device hung");
  });

  test("is not believed when news of a refused command comes right behind it", async () => {
    const engine = fragile();
    const answer = watchOver(engine, () => 7).during(Promise.resolve(3));
    setImmediate(() => engine.lose({ reason: "error", message: "bad buffer" }));
    await expect(answer).rejects.toThrow("The GPU refused a command at step 7: bad buffer.");
  });

  test("fails for the loss's sake, if it is told soon after", async () => {
    const engine = fragile();
    const { causeOf } = watchOver(engine, () => 7);
    const cause = causeOf(new Error("AbortError"));
    setTimeout(() => engine.lose({ reason: "out-of-memory", message: "" }), 20);
    expect(await cause).toMatchObject({
      message: "The GPU ran out of memory at step 7: no reason was given.",
    });
    const own = new Error("own");
    expect(await watchOver(fragile(), () => 0).causeOf(own)).toBe(own);
  });

  test("is not troubled by an engine that we close", async () => {
    const engine = fragile();
    engine.lose({ reason: "destroyed", message: "" });
    expect(await watchOver(engine, () => 0).during(Promise.resolve(3))).toBe(3);
  });
});

describe("a run", () => {
  beforeAll(() => engines[0]!.open());

  /** Pulls a run of 40 images in ticks of 8, and loses its engine at `lostAt` images. */
  async function trainUntil(lostAt: number): Promise<{ end: unknown; files: string[]; ticks: number }> {
    const before = tf.memory().numTensors;
    const run = tinyRun({ images: 40 });
    const folder = createRunFolder(path.join(root, String(lostAt)), run.config);
    const engine = fragile();
    const lifeline = watchOver(engine, () => run.step);
    const recorder = createRecorder(run, images, keeping(), folder, lifeline, () => {});
    const tick = recorder.tick;
    recorder.tick = () => {
      if (run.images >= lostAt) engine.lose({ reason: "error", message: "bad buffer" });
      return tick();
    };
    const end = await pull(run, folder, recorder, lifeline).catch((error: unknown) => error);
    expect(tf.memory().numTensors).toBe(before);
    const read = fs.readFileSync(path.join(folder.path, "stats.jsonl"), "utf8");
    return { end, files: fs.readdirSync(folder.path), ticks: read.split("\n").length - 1 };
  }

  test("leaves what it wrote before, and no more", async () => {
    const { end, files, ticks } = await trainUntil(24);
    expect(end).toEqual(
      new Trouble("The GPU refused a command at step 6: bad buffer.", expect.any(String) as string),
    );
    expect(ticks).toBe(2);
    expect(files.filter((name) => /n0000000(24|32|40)|pgan/.test(name))).toEqual([]);
  });

  test("that is not disturbed ends with a snapshot", async () => {
    const { end, files, ticks } = await trainUntil(1000);
    expect([end, ticks]).toEqual([false, 5]);
    expect(files).toContain("snapshot_n000000040.pgan");
  });
});

describe("closing", () => {
  const close = () => {
    throw new Error("closed twice");
  };

  test("does not hide what failed before", async () => {
    const work = () => Promise.reject(new Error("first"));
    await expect(closing({ close }, work)).rejects.toThrow("first");
  });

  test("may fail by itself", async () => {
    await expect(closing({ close }, () => Promise.resolve())).rejects.toThrow("closed twice");
  });
});

const keeping = () => ({
  card: { id: "test", name: "Test" },
  maker: { engine: "cpu", device: "cpu", agent: "test", app: "0", tfjs: "0" },
  dataHash: "0".repeat(64),
  chronicle: createChronicle(),
  prove: (snapshot: Snapshot) => prove(resume(snapshot, images, batchesOf())),
});
