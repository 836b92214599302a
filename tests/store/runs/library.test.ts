// The library of runs: what is listed is there, what is taken in comes out again, and nothing on the disk breaks the list.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as tf from "../../../src/gan/tf.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../../src/store/pgan/checkpoint.ts";
import type { RunCard } from "../../../src/store/pgan/manifest.ts";
import { pictureName } from "../../../src/store/pgan/pictures.ts";
import { bytesIn, type Folder, memoryFolder } from "../../../src/store/runs/folder.ts";
import { createLibrary, type Library } from "../../../src/store/runs/library.ts";
import { engines } from "../../engines.ts";
import { comparable, exampleCheckpoint } from "../pgan/example.ts";
import { crashing, failures } from "./crashing.ts";
import { later } from "./later.ts";

let example: Checkpoint;

beforeAll(async () => {
  await engines[0]!.open();
  example = await exampleCheckpoint();
});
afterAll(() => expect(tf.memory().numTensors).toBe(0));

let root: Folder;
let library: Library;
beforeEach(() => {
  root = memoryFolder();
  library = createLibrary(root);
});

const card = (id: string, parent?: RunCard["parent"]): RunCard => ({
  ...{ id, name: `Run ${id}` },
  ...(parent && { parent }),
});
const stateOf = (id: string, step: number, parent?: RunCard["parent"]): Checkpoint => ({
  ...later(example, step),
  run: card(id, parent),
  saved: new Date(1e12 + step).toISOString(),
});
const idsIn = async (library: Library) => (await library.list()).map(({ card }) => card.id);

describe("the list", () => {
  test("has the last saved run first, with its place, size and newest picture", async () => {
    await library.save(stateOf("a", 6));
    await library.save(stateOf("b", 8));
    await library.save(stateOf("a", 7));
    const [b, a] = await library.list();
    expect(a).toMatchObject({
      card: card("a"),
      data: "shapes-16",
      seed: 7,
      images: 28,
      step: 7,
      resolution: 8,
      saved: stateOf("a", 7).saved,
      engine: "cpu",
      bytes: await bytesIn(await root.folder("a")),
      thumbnail: { columns: 3, resolution: 8 },
    });
    expect(b!.card.id).toBe("b");
    const { frames, pictures } = later(example, 7);
    const png = pictures.get(pictureName(frames.at(-1)!))!;
    expect(await a!.thumbnail!.png.bytes()).toEqual(await png.bytes());
  });

  test("tells a run by its checkpoint where its entry was lost or spoilt", async () => {
    await library.save(stateOf("a", 6));
    const [entry] = await library.list();
    const folder = await root.folder("a");
    const about = (await folder.read("about.json"))!;
    const { length } = about;
    for (const bytes of [undefined, "", "{}", "[]", "null", '{"card":{"id":"../x","name":"x"}}']) {
      if (bytes === undefined) await folder.remove("about.json");
      else await folder.write("about.json", new TextEncoder().encode(bytes));
      const [again] = await createLibrary(root).list();
      expect({ ...again, bytes: 0 }).toEqual({ ...entry, bytes: 0 });
    }
    await folder.write("about.json", about.subarray(0, length >> 1));
    await createLibrary(root).rename("a", "Another name");
    expect((await library.list())[0]!.card.name).toBe("Another name");
    expect((await library.newest("a")).run.name).toBe("Another name");
  });

  test("ignores folders that are no runs, and files", async () => {
    await library.save(stateOf("a", 6));
    await root.write("b", new Uint8Array(9));
    for (const name of ["..", "A", "x y", "", "__proto__", "a".repeat(65), ".DS_Store"]) {
      const strange = await root.folder(name);
      await strange.write("slot-a.pgan", (await (await root.folder("a")).read("slot-a.pgan"))!);
    }
    await (await root.folder("spoilt")).write("slot-a.pgan", new Uint8Array(99));
    await root.folder("empty");
    expect(await idsIn(library)).toEqual(["a"]);
  });

  test("shows a run without a picture", async () => {
    await library.save({ ...stateOf("a", 6), frames: [], pictures: new Map() });
    expect((await library.list())[0]!.thumbnail).toBe(undefined);
  });
});

describe("a run", () => {
  test("is renamed, whatever its checkpoint calls it, and told why not", async () => {
    await library.save(stateOf("a", 6));
    await library.rename("a", "  A better name ");
    expect((await library.list())[0]!.card).toEqual({ id: "a", name: "A better name" });
    expect((await library.newest("a")).run).toEqual({ id: "a", name: "A better name" });
    for (const name of ["", "  ", "a\u202eb", "x".repeat(121)])
      await expect(library.rename("a", name)).rejects.toThrow("A run can't have that name.");
    await expect(library.rename("b", "x")).rejects.toThrow("There is no such run any more.");
    expect(await idsIn(library)).toEqual(["a"]);
  });

  test("is removed with all its files", async () => {
    await library.save(stateOf("a", 6));
    await library.mark(stateOf("a", 6), true);
    await library.save(stateOf("b", 6));
    await library.remove("a");
    expect(await idsIn(library)).toEqual(["b"]);
    expect((await root.list()).map(({ name }) => name)).toEqual(["b"]);
    await expect(library.newest("a")).rejects.toThrow("None of this run's checkpoints can be read.");
  });

  test("is given out and taken in as it was", async () => {
    const { bytes } = await writeCheckpoint(stateOf("a", 6));
    expect(await library.takeIn(await readCheckpoint(bytes))).toEqual(card("a"));
    const out = await library.giveOut("a");
    const timeless = async (checkpoint: Checkpoint) => ({ ...(await comparable(checkpoint)), saved: "" });
    expect(await timeless(await readCheckpoint(out.bytes))).toEqual(await timeless(out.checkpoint));
    expect(await timeless(out.checkpoint)).toMatchObject(await timeless(stateOf("a", 6)));
    const elsewhere = createLibrary(memoryFolder());
    await elsewhere.takeIn(await readCheckpoint(out.bytes));
    expect(await timeless(await elsewhere.newest("a"))).toEqual(await timeless(out.checkpoint));
  });

  test("taken in twice is there twice, and the first stays as it is", async () => {
    await library.save(stateOf("a", 9));
    const { bytes } = await writeCheckpoint(stateOf("a", 6));
    const copy = await library.takeIn(await readCheckpoint(bytes));
    expect(copy).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/) as string, name: "Run a" });
    expect(new Set(await idsIn(library))).toEqual(new Set([copy.id, "a"]));
    expect((await library.newest("a")).place.step).toBe(9);
    expect((await library.newest(copy.id)).place.step).toBe(6);
    expect((await library.newest(copy.id)).run.id).toBe(copy.id);
  });

  test("that finds no room leaves nothing behind, and that is said", async () => {
    const full = (folder: Folder): Folder => ({
      ...folder,
      write: (name, bytes) =>
        name.endsWith(".pgan")
          ? Promise.reject(new DOMException("no room", "QuotaExceededError"))
          : folder.write(name, bytes),
      folder: async (name) => full(await folder.folder(name)),
    });
    const { bytes } = await writeCheckpoint(stateOf("a", 6));
    const taken = createLibrary(full(root)).takeIn(await readCheckpoint(bytes));
    await expect(taken).rejects.toThrow("The file can't be taken in: no room.");
    expect(await root.list()).toEqual([]);
  });

  test("whose pictures are lost is given out without them", async () => {
    await library.save(stateOf("a", 6));
    await (await root.folder("a")).remove("atlas");
    const read = await readCheckpoint((await createLibrary(root).giveOut("a")).bytes);
    expect([read.frames, read.pictures.size, read.place.step]).toEqual([[], 0, 6]);
  });
});

describe("the nearest state", () => {
  const nearest = async (run: RunCard, step: number) => (await library.nearest(run, step))?.place.step;
  const branched = (id: string, step: number) => ({ id, name: `Run ${id}`, images: 4 * step, step });

  test("is the last at or before a step, of the run or of those it was branched from", async () => {
    const [ofA, ofB] = [branched("a", 30), branched("b", 60)];
    for (const [id, steps, parent] of [
      ["a", [10, 20, 40, 50], undefined],
      ["b", [35, 55, 70], ofA],
      ["c", [65], ofB],
    ] as const)
      for (const step of steps) {
        await library.mark(stateOf(id, step, parent), step % 20 === 0);
        await library.save(stateOf(id, step, parent));
      }
    const c = card("c", ofB);
    expect(await Promise.all([5, 10, 34, 54, 60, 64, 65, 99].map((step) => nearest(c, step)))).toEqual([
      ...[undefined, 10, 20, 35, 55, 55, 65, 65],
    ]);
    expect(await nearest(card("a"), 99)).toBe(50);
    await library.remove("b"); // the chain ends where a parent is gone
    expect(await nearest(c, 64)).toBe(undefined);
  });

  test("is found though parents lead in a circle", async () => {
    for (const [id, parent] of [
      ["a", "b"],
      ["b", "a"],
      ["own", "own"],
    ] as const) {
      await library.save(stateOf(id, 10, branched(parent, 10)));
      await library.mark(stateOf(id, 10, branched(parent, 10)), true);
    }
    expect(await nearest(card("a", branched("b", 10)), 20)).toBe(10);
    expect(await nearest(card("own", branched("own", 10)), 20)).toBe(10);
    expect(await nearest(card("c", branched("nowhere", 10)), 20)).toBe(undefined);
  });

  test("is an earlier one where one is spoilt", async () => {
    for (const step of [10, 20]) await library.mark(stateOf("a", step), false);
    const marks = await (await root.folder("a")).folder("marks");
    await marks.write("s000000020.pgan", new Uint8Array(99));
    expect(await nearest(card("a"), 30)).toBe(10);
  });
});

describe.each(failures)("a disk that fails (%s) at any change", (failure) => {
  test("loses no run, and the list still shows it", async () => {
    let failed = 0;
    for (let failAt = 1; ; failAt++) {
      const disk = memoryFolder();
      const fate = { changes: 0, failAt: Infinity, failure };
      const library = createLibrary(crashing(disk, fate));
      for (const step of [6, 7]) await library.save(stateOf("a", step));
      fate.failAt = fate.changes + failAt;
      const act = async () => {
        await library.save(stateOf("a", 8));
        await library.mark(stateOf("a", 8), false);
        await library.rename("a", "Renamed");
        await library.takeIn(await readCheckpoint((await writeCheckpoint(stateOf("b", 8))).bytes));
      };
      const crash = await act().then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      if (!crash) break;
      // Whoever asked for a name, or took a file in, is told in a sentence.
      expect(((crash.cause ?? crash) as Error).name).toBe("QuotaExceededError");
      failed++;

      const again = createLibrary(disk);
      const ids = await idsIn(again);
      expect(ids).toContain("a");
      expect([7, 8]).toContain((await again.newest("a")).place.step);
      for (const id of ids) expect((await again.giveOut(id)).bytes.length).toBeGreaterThan(10_000);
      await again.rename("a", "Found");
      await again.save(stateOf("a", 9));
      expect((await again.newest("a")).place.step).toBe(9);
    }
    expect(failed).toBeGreaterThan(8);
  });
});
