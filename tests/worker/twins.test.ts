// Twins in the worker: forked with every bit equal, trained in turn, set apart by one switch, and one of them kept.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import { type Folder, memoryFolder } from "../../src/store/runs/folder.ts";
import type { Key, Report } from "../../src/worker/protocol.ts";
import { fragileWasm } from "./fragile.ts";
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

const pixels = (samples: Pick<Extract<Report, { type: "samples" }>, "grid">) => [...samples.grid.pixels];

test("a twin with nothing changed is the same run, which is checked, and its pictures are the same", async () => {
  await page.start(tiny);
  await page.step(3);
  page.send({ type: "fork", changes: [] });
  const { compared, run } = await page.next("forked");
  expect(compared).toMatchObject({ images: 48, step: 3, equal: true });
  expect(run.parent).toMatchObject({ step: 3, images: 48 });
  await page.step(20); // over growth and a part of the fade
  const last = page.last("compared");
  expect(last.compared).toMatchObject({ images: 368, step: 23, equal: true });
  expect(last.compared.sha256).not.toBe(compared.sha256);
  await page.until(
    () => page.seenOfB("samples").at(-1)?.images === 368 && page.last("samples").images === 368,
  );
  expect(pixels(page.seenOfB("samples").at(-1)!)).toEqual(pixels(page.last("samples")));
  // Rows are told by the clock, so that those of A and of B are about other steps; both go up to the last.
  expect([page.seenOfB("stats").at(-1)!.row.step, page.last("stats").row.step]).toEqual([23, 23]);
  await page.until(() => page.seenOfB("saved").at(-1)?.step === 23 && page.last("saved").step === 23);
  expect((await runs()).map(({ card, step }) => [card.name, step]).toSorted()).toEqual([
    ["shapes-16 to 8×8, seed 7, twin from 48 images", 23],
    ["shapes-16 to 8×8, seed 7", 23],
  ]);
});

test("B is flipped, both go on in turn, and B is kept: a run with a parent, while A waits on the disk", async () => {
  await page.start(tiny);
  await page.step(11); // it has grown
  const alone = tf.memory().numTensors;
  page.send({ type: "fork", changes: [{ key: "minibatchStddev", value: false }] });
  await page.next("forked");
  page.send({ type: "flip", key: "stepsD", value: 3, of: "B" });
  await page.step(9);
  expect(page.seenOfB("flipped").map(({ event: { key, step } }) => [key, step])).toEqual([
    ["minibatchStddev", 11],
    ["stepsD", 11],
  ]);
  expect(page.seen("flipped")).toEqual([]);
  // B takes three steps of D at a time, and waits until A has seen as many images.
  expect([page.last("progress").progress.images, page.seenOfB("progress").at(-1)!.progress.images]).toEqual([
    320, 320,
  ]);
  expect(page.seenOfB("progress").at(-1)!.progress.step).toBe(14);
  expect(page.seen("compared")).toEqual([]);
  await page.until(() => page.seenOfB("samples").at(-1)?.images === 320);
  expect(pixels(page.seenOfB("samples").at(-1)!)).not.toEqual(pixels(page.last("samples")));

  page.send({ type: "endTwin", keep: "B" });
  const { run, config, past } = await page.next("started");
  expect(config).toMatchObject({ minibatchStddev: false, stepsD: 3 });
  expect(run.parent).toMatchObject({ step: 11, images: 176 });
  expect(past!.events.map(({ key }) => key)).toEqual(["minibatchStddev", "stepsD"]);
  expect(past!.rows.at(-1)).toMatchObject({ step: 14, images: 320 });
  await page.step(1);
  expect(page.last("progress").progress).toMatchObject({ step: 15, images: 368 });
  expect(tf.memory().numTensors).toBe(alone);
  const kept = await runs();
  expect(kept.find(({ card }) => card.id === run.parent!.id)).toMatchObject({ step: 20, images: 320 });

  page.send({ type: "open", from: { id: run.parent!.id }, engine: "wasm" });
  expect((await page.next("verified")).verdict.kind).not.toBe("differs");
});

test("A is kept: B waits on the disk; what can't be is refused", async () => {
  await page.start(tiny);
  await page.step(2);
  page.send({ type: "endTwin", keep: "A" });
  expect((await page.next("failed")).error.message).toBe("The run has no twin.");
  page.send({ type: "fork", changes: [{ key: "batch", value: 8 }] });
  expect((await page.next("failed")).error.message).toMatch(/batch/i);
  page.send({ type: "fork", changes: [{ key: "pixelNorm", value: false }] });
  const { run } = await page.next("forked");
  page.send({ type: "fork", changes: [] });
  expect((await page.next("failed")).error.message).toBe("The run has a twin already.");
  await page.step(2);
  page.send({ type: "endTwin", keep: "A" });
  await page.next("alone");
  await page.step(1);
  expect(page.last("progress").progress.step).toBe(5);
  expect((await runs()).find(({ card }) => card.id === run.id)).toMatchObject({ step: 4 });
});

test("a twin is forked off at its images, changed there and later, and the link made of it makes it again", async () => {
  const planned = [
    { images: 96, key: "pixelNorm", to: false },
    { images: 160, key: "minibatchStddev", to: false },
  ] as const;
  const twin = {
    images: 96,
    planned: [
      { images: 96, key: "r1Gamma", to: 0 },
      { images: 128, key: "r1Gamma", to: 1 },
    ] as const,
  };
  const end = async (steps: number[]) => {
    await page.close();
    page = connect(memoryFolder());
    page.send({ type: "start", config: tiny, planned: [...planned], twin, engine: "wasm" });
    await page.next("reals");
    for (const count of steps) await page.step(count);
    await page.until(() => page.seenOfB("samples").at(-1)?.images === 208);
    const { compared, eventsMade } = page.last("forked");
    expect([compared.images, compared.equal, eventsMade]).toEqual([96, true, 0]);
    expect(page.seen("flipped").map(({ event: { images, key, to } }) => ({ images, key, to }))).toEqual(
      planned,
    );
    expect(page.seenOfB("flipped").map(({ event: { images, key, to } }) => ({ images, key, to }))).toEqual(
      twin.planned,
    );
    return [pixels(page.last("samples")), pixels(page.seenOfB("samples").at(-1)!)];
  };
  expect(await end([4, 9])).toEqual(await end([13]));
});

test("whoever follows a link comes to the state that was forked by hand, on the same engine", async () => {
  const planned = [{ images: 32, key: "pixelNorm", to: false }] as const;
  page.send({ type: "start", config: tiny, planned: [...planned], engine: "wasm" });
  await page.next("reals");
  await page.step(11); // it has grown
  page.send({ type: "fork", changes: [{ key: "r1Gamma", value: 0 }] });
  const { run, compared } = await page.next("forked");
  expect(run.pair).toMatchObject({ sha256: compared.sha256, engine: "wasm" });
  const twin = { images: 176, planned: [] };
  page.send({ type: "start", config: tiny, planned: [...planned], twin, engine: "wasm" });
  await page.next("reals");
  await page.step(12);
  expect(page.last("forked").compared).toEqual(compared);
});

test("a twin to come is there at once where it is to be forked off at the start, and is forgotten when asked", async () => {
  page.send({ type: "start", config: tiny, planned: [], twin: { images: 0, planned: [] }, engine: "wasm" });
  await page.next("started");
  page.send({ type: "train" }); // while it is being forked
  await page.next("training");
  page.send({ type: "pause" });
  await page.next("paused");
  expect(page.last("forked").compared).toMatchObject({ images: 0, equal: true });
  page.send({ type: "start", config: tiny, planned: [], twin: { images: 32, planned: [] }, engine: "wasm" });
  await page.next("started");
  await page.next("reals");
  page.send({ type: "plan", planned: [] });
  await page.step(4);
  expect(page.seen("forked")).toHaveLength(1);
});

test("where D takes more steps in A, A waits for B", async () => {
  await page.start(tiny);
  page.send({ type: "fork", changes: [] });
  await page.next("forked");
  page.send({ type: "flip", key: "stepsD", value: 3, of: "A" });
  await page.step(3);
  expect([page.last("progress").progress.images, page.seenOfB("progress").at(-1)!.progress.images]).toEqual([
    144, 144,
  ]);
});

test("one that diverges stops alone", async () => {
  await page.start(tiny);
  await page.step(2);
  page.send({ type: "fork", changes: [{ key: "loss", value: "wgan-gp" }] });
  await page.next("forked");
  const wild = { gpWeight: 1000, equalizedLr: false, learningRateD: 1, learningRateG: 1 };
  for (const [key, value] of Object.entries(wild))
    page.send({ type: "flip", key: key as Key, value, of: "B" });
  page.send({ type: "train" });
  await page.until(() => page.seenOfB("diverged").length === 1);
  const at = page.last("progress").progress.step;
  await page.until(() => page.last("progress").progress.step > at + 5);
  page.send({ type: "pause" });
  await page.next("paused");
  expect(page.seen("diverged")).toEqual([]);
  page.send({ type: "endTwin", keep: "B" });
  expect((await page.next("failed")).error.message).toMatch(/^Training diverged at step/);
  expect((await runs()).map(({ card }) => card.pair)).toEqual([undefined, undefined]); // not to be taken up together
});

describe("on an engine that can be lost", () => {
  test("both are restored, and are what they would have been", async () => {
    const ends = async (lose: boolean) => {
      const engine = fragileWasm();
      await page.close();
      page = connect(memoryFolder(), { openEngine: engine.open });
      await page.start(tiny, "wasm");
      await page.step(3);
      page.send({ type: "fork", changes: [] });
      await page.next("forked");
      await page.step(9);
      if (lose) {
        engine.lose();
        await page.next("recovered");
      }
      await page.step(4);
      return page.last("compared").compared;
    };
    const calm = await ends(false);
    expect(calm).toMatchObject({ step: 16, equal: true });
    expect(await ends(true)).toEqual(calm);
  });

  const off = { key: "pixelNorm", value: false } as const;
  test.each(["by hand", "as planned"])(
    "so they are where it is lost while the fork is saved (%s)",
    async (how) => {
      const held = new Set<string>();
      const lock = async (id: string) => {
        held.add(id);
        return () => void held.delete(id);
      };
      const twin = { images: 48, planned: [{ images: 48, key: off.key, to: off.value }] };
      const outcome = async (lose: boolean) => {
        const engine = fragileWasm();
        let losing = lose;
        disk = heard(memoryFolder(), (bytes) => {
          if (!losing || !Buffer.from(bytes).includes('"pair"')) return;
          losing = false;
          engine.lose(); // A's fork is being saved, and B's is yet to be
        });
        await page.close();
        held.clear();
        page = connect(disk, { openEngine: engine.open, lock });
        const planned = how === "as planned";
        page.send({ type: "start", config: tiny, planned: [], engine: "wasm", ...(planned && { twin }) });
        await page.next("reals");
        await page.step(3);
        if (!planned) page.send({ type: "fork", changes: [off] });
        await page.until(
          () => page.seen("forked").length > 0 && (!lose || page.seen("recovered").length > 0),
        );
        const { run, compared, eventsMade } = page.last("forked");
        await page.step(9);
        await page.until(
          () => page.seenOfB("samples").at(-1)?.images === 192 && page.last("samples").images === 192,
        );
        expect([losing, page.seen("failed"), page.seen("alone")]).toEqual([false, [], []]);
        expect(held).toEqual(new Set([run.id, run.parent!.id]));
        expect(
          page.seenOfB("flipped").map(({ event: { images, key, to } }) => ({ images, key, to })),
        ).toEqual(twin.planned);
        await page.until(() => page.seenOfB("saved").at(-1)?.step === 12 && page.last("saved").step === 12);
        const sides = (await runs()).map(({ card }) => card.pair?.side);
        const pictures = [pixels(page.last("samples")), pixels(page.seenOfB("samples").at(-1)!)];
        return { compared, eventsMade, sides: sides.toSorted(), pictures };
      };
      const calm = await outcome(false);
      expect(calm.sides).toEqual(["A", "B"]);
      expect(await outcome(true)).toEqual(calm);
    },
  );
});

/** `folder`, where somebody hears of what is written. */
function heard(folder: Folder, hear: (bytes: Uint8Array) => void): Folder {
  return {
    ...folder,
    async write(name, bytes) {
      await folder.write(name, bytes);
      hear(bytes);
    },
    folder: async (name) => heard(await folder.folder(name), hear),
  };
}
