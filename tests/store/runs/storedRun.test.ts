// A run at rest: whatever write is interrupted, it is there in its newest or second newest state, with its pictures.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as tf from "../../../src/gan/tf.ts";
import { pastOf } from "../../../src/store/history/chronicle.ts";
import { type Checkpoint, readCheckpoint } from "../../../src/store/pgan/checkpoint.ts";
import { pictureName } from "../../../src/store/pgan/pictures.ts";
import { type Folder, memoryFolder } from "../../../src/store/runs/folder.ts";
import { openStoredRun, type StoredRun } from "../../../src/store/runs/storedRun.ts";
import { engines } from "../../engines.ts";
import { comparable, exampleCheckpoint } from "../pgan/example.ts";
import { Crash, crashing, failures } from "./crashing.ts";
import { later } from "./later.ts";

let example: Checkpoint;

beforeAll(async () => {
  await engines[0]!.open();
  example = await exampleCheckpoint();
});
afterAll(() => expect(tf.memory().numTensors).toBe(0));

let folder: Folder;
let run: StoredRun;
beforeEach(() => {
  folder = memoryFolder();
  run = openStoredRun(folder);
});

const namesIn = async (folder: Folder) => (await folder.list()).map(({ name }) => name).sort();
const picturesIn = async () => namesIn(await folder.folder("atlas"));

describe("slots", () => {
  test("the newest state comes back as it was saved", async () => {
    await run.save(example);
    const { state } = await run.save(later(example, 6));
    for (const opened of [run, openStoredRun(folder)])
      expect(await comparable({ ...(await opened.newest()), before: undefined } as Checkpoint)).toEqual({
        ...(await comparable(later(example, 6))),
        state,
      });
  });

  test("are written in turn, also by whoever opens the run again", async () => {
    const kept = async () => {
      const slots = await Promise.all(["slot-a.pgan", "slot-b.pgan"].map((name) => folder.read(name)));
      const read = slots.map(async (bytes) => bytes && (await readCheckpoint(bytes, "apart")).place.step);
      return Promise.all(read);
    };
    await run.save(later(example, 6));
    expect(await kept()).toEqual([6, undefined]);
    await run.save(later(example, 7));
    expect(await kept()).toEqual([6, 7]);
    await openStoredRun(folder).save(later(example, 8));
    expect(await kept()).toEqual([8, 7]);
    const opened = openStoredRun(folder);
    await opened.newest();
    await opened.save(later(example, 9));
    expect(await kept()).toEqual([8, 9]);
  });

  test("of the same step, the one with more changes is newer, then the one saved later", async () => {
    const proven = { ...example, saved: "2026-11-25T12:00:01.000Z" };
    await run.save(proven);
    await run.save(example);
    expect((await openStoredRun(folder).newest()).saved).toBe(proven.saved);

    const { place } = example;
    const { config, events } = place;
    const event = { images: 20, step: 5, key: "augment", from: false, to: true } as const;
    const flipped = { ...place, config: { ...config, augment: true }, events: [...events, event] };
    await openStoredRun(folder).save({ ...example, place: flipped });
    expect((await openStoredRun(folder).newest()).place.events).toHaveLength(3);
  });

  test("that are torn are skipped, and written over first", async () => {
    await run.save(later(example, 6));
    await run.save(later(example, 7));
    const bytes = (await folder.read("slot-b.pgan"))!;
    for (const length of [0, 1, 30, bytes.length >> 1, bytes.length - 1]) {
      await folder.write("slot-b.pgan", bytes.subarray(0, length));
      const opened = openStoredRun(folder);
      expect((await opened.newest()).place.step).toBe(6);
    }
    await openStoredRun(folder).save(later(example, 8));
    expect((await openStoredRun(folder).newest()).place.step).toBe(8);
    await folder.write("slot-b.pgan", bytes.subarray(0, 99));
    expect((await openStoredRun(folder).newest()).place.step).toBe(6);
  });

  test("both gone, that is said in a sentence", async () => {
    await expect(run.newest()).rejects.toThrow("None of this run's checkpoints can be read.");
  });
});

describe.each(failures)("a disk that fails (%s) at any change", (failure) => {
  test("leaves the run at its newest or second newest state, with the pictures of it", async () => {
    let failed = 0;
    for (let failAt = 1; ; failAt++) {
      const disk = memoryFolder();
      const fate = { changes: 0, failAt: Infinity, failure };
      const run = openStoredRun(crashing(disk, fate));
      for (const step of [6, 7]) await run.save(later(example, step));
      fate.failAt = fate.changes + failAt;
      let [tried, done] = [7, 7];
      let crash: unknown;
      for (const step of [8, 9, 10]) {
        tried = step;
        crash = await run.save(later(example, step)).then(
          () => void (done = step),
          (error: unknown) => error,
        );
        if (crash) break;
      }
      if (!crash) break;
      expect(crash).toBeInstanceOf(Crash);
      failed++;

      const again = openStoredRun(disk);
      const newest = await again.newest();
      expect([done, tried]).toContain(newest.place.step);
      const { frames } = pastOf(newest);
      if (failure !== "torn") expect(frames).toHaveLength(newest.frames.length);
      for (const { png, step } of frames) expect(png.size).toBe(pictureOf(step).size);

      for (const step of [tried, tried + 1]) await again.save(later(example, step)); // and it goes on
      expect(await comparable(await openStoredRun(disk).newest())).toMatchObject(
        await comparable(later(example, tried + 1)),
      );
      if (failure === "refused") await run.save(later(example, tried + 2)); // so does whoever saw it fail
    }
    expect(failed).toBe(9); // three saves: a picture, a slot, and a picture that goes
  });
});

/** The picture of a step, as the example has them. */
const pictureOf = (step: number): Blob => {
  const { frames, pictures } = later(example, step);
  return pictures.get(pictureName(frames.at(-1)!))!;
};

describe("pictures", () => {
  test("are written once, and removed when no slot names them", async () => {
    const written: string[] = [];
    const atlas = await folder.folder("atlas");
    const { write } = atlas;
    atlas.write = (name, bytes) => (written.push(name), write(name, bytes));
    for (const step of [6, 7, 8]) await run.save(later(example, step));
    expect(new Set(written).size).toBe(written.length);
    const named = [7, 8].flatMap((step) => later(example, step).frames).map(pictureName);
    expect(await picturesIn()).toEqual([...new Set(named)].map((name) => name.slice("atlas/".length)).sort());
  });

  test("of the older slot stay when the run is opened again", async () => {
    await run.save(later(example, 6));
    await run.save(later(example, 7));
    await openStoredRun(folder).save(later(example, 9)); // shares no picture but one with step 7
    await folder.write("slot-a.pgan", new Uint8Array(9)); // where step 9 was written
    const newest = await openStoredRun(folder).newest();
    expect(newest.place.step).toBe(7);
    expect(newest.pictures.size).toBe(newest.frames.length);
  });

  test("that are spoilt are as good as none", async () => {
    await run.save(example);
    const atlas = await folder.folder("atlas");
    const [name] = await picturesIn();
    await atlas.write(name!, (await atlas.read(name!))!.subarray(0, 20));
    const newest = await openStoredRun(folder).newest();
    expect([newest.frames.length, newest.pictures.size]).toEqual([2, 1]);
    expect(pastOf(newest).frames).toHaveLength(1);
  });
});

describe("marks", () => {
  test("bring a state back, without its timeline", async () => {
    await run.mark(example, true);
    const read = await run.readMark({ step: 5, edge: true });
    expect(read).toMatchObject({ place: example.place, frames: [], series: { rows: [] } });
    expect(read.tensors).toEqual(example.tensors);
    await expect(run.readMark({ step: 5, edge: false })).rejects.toThrow("no checkpoint of step 5 any more");
  });

  test("at edges stay, of the others twelve, evenly apart", async () => {
    for (let step = 10; step <= 600; step += 10) await run.mark(later(example, step), step % 200 === 0);
    const marks = await run.marks();
    expect(marks.filter(({ edge }) => edge).map(({ step }) => step)).toEqual([200, 400, 600]);
    const steps = marks.filter(({ edge }) => !edge).map(({ step }) => step);
    expect(steps).toHaveLength(12);
    expect(steps.at(-1)).toBe(590);
    const gaps = steps.map((step, i) => step - (steps[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(100); // 50 if they were even
  });

  test("that can be spared make room, once", async () => {
    for (const step of [10, 20, 30]) await run.mark(later(example, step), step === 20);
    expect(await run.spare()).toBe(true);
    expect(await run.marks()).toEqual([{ step: 20, edge: true }]);
    expect(await run.spare()).toBe(false);
  });

  test("are told by their names alone: other files are none", async () => {
    const marks = await folder.folder("marks");
    for (const name of ["s5.pgan", "x", "s000000005.pgan.part", "S000000005.pgan"])
      await marks.write(name, new Uint8Array(1));
    await run.mark(example, false);
    expect(await run.marks()).toEqual([{ step: 5, edge: false }]);
  });
});
