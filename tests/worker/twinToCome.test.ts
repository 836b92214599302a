// A twin that is yet to be forked off, after a reload: it comes at its images as if nothing had been, unless it was forgotten.

import { afterEach, beforeEach, expect, test } from "vitest";
import { type Folder, memoryFolder } from "../../src/store/runs/folder.ts";
import type { PlannedFlip, PlannedTwin, Report } from "../../src/worker/protocol.ts";
import { connect, tiny } from "./page.ts";

let disk: Folder;
let page: ReturnType<typeof connect>;

beforeEach(() => {
  disk = memoryFolder();
  page = connect(disk);
});
afterEach(() => page.close());

/** As a link has them: changes of the run before and after the fork, and a twin that goes its own way. */
const planned: PlannedFlip[] = [
  { images: 96, key: "pixelNorm", to: false },
  { images: 176, key: "pixelNorm", to: true },
];
const twin: PlannedTwin = {
  images: 128,
  planned: [
    { images: 128, key: "r1Gamma", to: 0 },
    { images: 160, key: "r1Gamma", to: 1 },
  ],
};

async function begin(): Promise<string> {
  page.send({ type: "start", config: tiny, planned, twin, engine: "wasm" });
  await page.next("reals");
  return page.last("started").run.id;
}

/** The same browser later on, where the run is continued. */
async function reopen(id: string): Promise<Extract<Report, { type: "started" }>> {
  await page.close();
  page = connect(disk);
  page.send({ type: "open", from: { id }, engine: "wasm" });
  const started = await page.next("started");
  expect((await page.next("verified")).verdict.kind).not.toBe("differs");
  return started;
}

const madeOf = (events: { event: PlannedFlip }[]) =>
  events.map(({ event: { images, key, to } }) => ({ images, key, to }));

/** Both pictures, and what was changed, at image 208. */
async function outcome() {
  await page.until(
    () => page.seenOfB("samples").at(-1)?.images === 208 && page.last("samples").images === 208,
  );
  const pixels = ({ grid }: Pick<Extract<Report, { type: "samples" }>, "grid">) => [...grid.pixels];
  return {
    compared: page.last("forked").compared,
    made: madeOf(page.seen("flipped")),
    ofB: madeOf(page.seenOfB("flipped")),
    pictures: [pixels(page.last("samples")), pixels(page.seenOfB("samples").at(-1)!)],
  };
}

test("it is kept with the run, and comes at its images, as the run's own changes do", async () => {
  await begin();
  await page.step(13);
  const expected = await outcome();
  expect(expected.compared).toMatchObject({ images: 128, equal: true });
  expect([expected.made, expected.ofB]).toEqual([planned, twin.planned]);

  await page.close();
  page = connect((disk = memoryFolder()));
  const id = await begin();
  await page.step(4);
  await page.isSafe(4);
  const started = await reopen(id);
  expect(started).toMatchObject({ planned, twin });
  await page.step(9);
  expect(await outcome()).toEqual(expected);
});

test("it goes with the run as a file", async () => {
  const id = await begin();
  await page.step(7);
  await page.isSafe(7);
  page.send({ type: "export", id: 1, what: { type: "run", id } });
  const { file } = await page.next("exported");
  await page.close();
  page = connect((disk = memoryFolder()));
  page.send({ type: "open", from: { file }, engine: "wasm" });
  expect((await page.next("started")).twin).toEqual(twin);
  await page.step(1);
  expect(page.last("forked").compared).toMatchObject({ images: 128, equal: true });
});

test("a branch from before it has it too; once it is there, or was forgotten, it comes no more", async () => {
  const id = await begin();
  await page.step(4);
  page.send({ type: "branch", at: { step: 2, eventsMade: 0 }, changes: [], engine: "wasm" });
  const branch = await page.next("started");
  expect(branch).toMatchObject({ planned, twin, run: { parent: { id, step: 2 } } });
  await page.next("reals");
  await page.step(7);
  expect(page.seen("forked")).toHaveLength(1);
  page.send({ type: "endTwin", keep: "A" });
  await page.next("alone");
  await page.isSafe(9);
  expect((await reopen(branch.run.id)).twin).toBeUndefined();

  expect((await reopen(id)).twin).toEqual(twin);
  const saves = page.seen("saved").length;
  page.send({ type: "plan", planned: [] });
  await page.until(() => page.seen("saved").length > saves);
  expect(await reopen(id)).toMatchObject({ planned: [], twin: undefined });
  await page.step(6);
  expect(page.seen("forked")).toEqual([]);
});
