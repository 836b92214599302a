// Pairs after a reload: both come back as twins, checked against their fork, at one image, or the one that is left says so.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Folder, memoryFolder } from "../../src/store/runs/folder.ts";
import type { Report } from "../../src/worker/protocol.ts";
import { connect, tiny } from "./page.ts";

let disk: Folder;
let page: ReturnType<typeof connect>;

beforeEach(() => {
  disk = memoryFolder();
  page = connect(disk);
});
afterEach(() => page.close());

const pixels = (samples: Pick<Extract<Report, { type: "samples" }>, "grid">) => [...samples.grid.pixels];

/** The pictures of both at an image. */
async function picturesAt(images: number) {
  await page.until(
    () => page.seenOfB("samples").at(-1)?.images === images && page.last("samples").images === images,
  );
  return [pixels(page.last("samples")), pixels(page.seenOfB("samples").at(-1)!)];
}

/** A pair that was forked at step 3, set apart for a while, and stands at step 12. */
async function pair() {
  await page.start(tiny);
  await page.step(3);
  page.send({ type: "fork", changes: [{ key: "pixelNorm", value: false }] });
  const { run, compared } = await page.next("forked");
  await page.step(7); // it has grown
  page.send({ type: "flip", key: "pixelNorm", value: true, of: "B" });
  await page.step(2);
  await areSaved(12);
  return { a: run.parent!.id, b: run.id, compared };
}

const areSaved = (step: number) =>
  page.until(() => page.last("saved")?.step === step && page.seenOfB("saved").at(-1)?.step === step);

/** The same browser later on. */
async function reload(): Promise<void> {
  await page.close();
  page = connect(disk);
}

async function reopen(id: string) {
  page.send({ type: "open", from: { id }, engine: "wasm" });
  const { run } = await page.next("started");
  const { verdict } = await page.next("verified");
  expect(verdict.kind).not.toBe("differs");
  return run;
}

describe("both come back", () => {
  test.each(["a", "b"] as const)(
    "whichever is asked for (%s), and go on as if nothing had been",
    async (asked) => {
      const { a, b, compared } = await pair();
      await page.step(4);
      const expected = await picturesAt(256);

      await reload();
      await pair();
      const again = page.last("forked").run;
      const ids = { a: again.parent!.id, b: again.id };
      await reload();
      expect((await reopen(ids[asked])).id).toBe(ids.a);
      const forked = await page.next("forked");
      expect(forked).toMatchObject({
        run: { id: ids.b, pair: { side: "B", other: ids.a } },
        compared,
        eventsMade: 0,
      });
      expect(forked.taken!.doubts).toEqual([]);
      expect(forked.taken!.past.events.map(({ images, to }) => [images, to])).toEqual([
        [48, false],
        [160, true],
      ]);
      expect(forked.taken!.past.rows[0]!.step).toBeGreaterThan(3);
      expect(forked.taken!.past.rows.at(-1)).toMatchObject({ step: 12, images: 192 });
      expect(forked.config.pixelNorm).toBe(true);
      await page.step(4);
      expect(await picturesAt(256)).toEqual(expected);
      expect(page.seen("levelled")).toEqual([]);
      expect([a, b]).not.toContain(ids.a);
    },
  );

  test("with nothing changed they are compared on", async () => {
    await page.start(tiny);
    page.send({ type: "fork", changes: [] }); // before anything was learned: nothing is kept of that moment
    const { run } = await page.next("forked");
    await page.step(3);
    await areSaved(3);
    await reload();
    await reopen(run.id);
    expect((await page.next("forked")).taken!.doubts).toEqual([]); // made again from the start
    await page.step(2);
    expect(page.last("compared").compared).toMatchObject({ step: 5, equal: true });
  });

  test("what whoever shared it was at the fork is still told of, unless it was forked earlier, by hand", async () => {
    const sender = "webgpu:1a2b3c4d" as const;
    const begin = async () => {
      const twin = { images: 48, planned: [], sender };
      page.send({ type: "start", config: tiny, planned: [], twin, engine: "wasm" });
      await page.next("reals");
    };
    await begin();
    await page.step(4);
    await areSaved(4);
    const { run } = page.last("forked");
    expect(run.pair).toMatchObject({ engine: "wasm", sender });
    await reload();
    expect((await reopen(run.id)).pair!.sender).toBe(sender);
    expect((await page.next("forked")).run.pair!.sender).toBe(sender);

    await begin();
    await page.step(2);
    page.send({ type: "fork", changes: [] });
    expect((await page.next("forked")).run.pair).not.toHaveProperty("sender");
  });

  test("what can't be is said: states at the fork that are not what was hashed there", async () => {
    const { a, b } = await pair();
    await reload();
    for (const id of [a, b]) {
      const folder = await disk.folder(id);
      const about = JSON.parse(new TextDecoder().decode(await folder.read("about.json")));
      about.card.pair.sha256 = "0".repeat(64);
      await folder.write("about.json", new TextEncoder().encode(JSON.stringify(about)));
    }
    await reopen(a);
    expect((await page.next("forked")).taken!.doubts).toEqual([
      "A's state at the fork is not the one that was hashed there.",
      "B's state at the fork is not the one that was hashed there.",
    ]);
  });

  test("the one that was saved earlier takes its steps again", async () => {
    const { a, b } = await pair();
    const earlier = await filesOf(await disk.folder(b));
    await page.step(5);
    await areSaved(17);
    const expected = await picturesAt(272);
    await reload();
    await disk.remove(b);
    await restore(await disk.folder(b), earlier);
    await reopen(a);
    await page.until(() => page.last("levelled")?.done === true);
    expect(page.last("levelled")).toMatchObject({ side: "B", steps: 5 });
    expect(await picturesAt(272)).toEqual(expected);
  });
});

test("a pair goes out as two files, and comes in as one again, also beside itself", async () => {
  const { a, b } = await pair();
  const files: Blob[] = [];
  for (const of of ["A", "B"] as const) {
    page.send({ type: "export", id: files.length, what: { type: "checkpoint", of } });
    const { name, file } = await page.next("exported");
    expect(name).toBe(`snapshot_n000000192_${of.toLowerCase()}.pgan`);
    files.push(file);
  }
  const idsNow = async () => (await page.next("library")).runs.map(({ card }) => card.id).toSorted();
  page.send({ type: "takeIn", files });
  const copies = (await idsNow()).filter((id) => id !== a && id !== b);
  expect(copies).toHaveLength(2);
  page.send({ type: "tie", ids: [a, copies[0]!] });
  expect((await page.next("failed")).error.message).toBe("That run is open, here or in another tab.");
  page.send({ type: "tie", ids: [copies[0]!, copies[0]!] });
  expect((await page.next("failed")).error.message).toMatch(/^These two are not of one pair/);
  page.send({ type: "tie", ids: [copies[0]!, copies[1]!] });
  await page.next("library");
  await reopen(copies[1]!);
  expect((await page.next("forked")).taken!.doubts).toEqual([]);
  await page.step(1);

  await page.close();
  page = connect(memoryFolder()); // another browser: they know each other
  page.send({ type: "takeIn", files: files.toReversed() });
  expect(await idsNow()).toEqual([a, b].toSorted());
  expect((await reopen(b)).id).toBe(a);
  await page.next("forked");
});

test("a moment of B's past becomes a run of its own, to the bit, and the pair waits as it was", async () => {
  await page.start(tiny);
  await page.step(3);
  page.send({ type: "branch", of: "B", at: { step: 1, eventsMade: 0 }, changes: [], engine: "wasm" });
  expect((await page.next("failed")).error.message).toBe("The run has no twin.");
  page.send({ type: "fork", changes: [{ key: "pixelNorm", value: false }] });
  const { run } = await page.next("forked");
  await page.step(3);
  const [, ofB] = await picturesAt(96);
  await page.step(4);
  page.send({ type: "branch", of: "B", at: { step: 6, eventsMade: 1 }, changes: [], engine: "wasm" });
  const branch = await page.next("started");
  expect(branch).toMatchObject({ run: { parent: { id: run.id, step: 6 } }, config: { pixelNorm: false } });
  expect(branch.run.pair).toBeUndefined();
  await page.until(() => page.last("samples").images === 96);
  expect(pixels(page.last("samples"))).toEqual(ofB);
  await reopen(run.id);
  expect((await page.next("forked")).taken!.past.rows.at(-1)).toMatchObject({ step: 10 });
});

test("a pair whose twin was deleted goes on alone and says so; one of which one was kept is none", async () => {
  const { a, b } = await pair();
  await reload();
  page.send({ type: "remove", id: b });
  await page.next("library");
  expect((await reopen(a)).id).toBe(a);
  expect((await page.next("alone")).notice!.message).toMatch(/^Its twin is not among the runs/);
  await page.step(1);
  page.send({ type: "fork", changes: [] });
  const { run } = await page.next("forked");
  page.send({ type: "endTwin", keep: "A" });
  expect((await page.next("alone")).notice).toBeUndefined();
  await reload();
  for (const id of [a, run.id]) expect((await reopen(id)).pair).toBeUndefined();
  expect(page.seen("alone")).toEqual([]);
});

/** All files below a folder, by their paths. */
async function filesOf(folder: Folder): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { kind, name } of await folder.list())
    if (kind === "file") files.set(name, (await folder.read(name))!);
    else
      for (const [file, bytes] of await filesOf(await folder.folder(name)))
        files.set(`${name}/${file}`, bytes);
  return files;
}

async function restore(folder: Folder, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of files) {
    const [file, ...above] = path.split("/").reverse();
    let place = folder;
    for (const name of above.reverse()) place = await place.folder(name);
    await place.write(file!, bytes);
  }
}
