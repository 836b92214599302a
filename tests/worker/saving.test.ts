// What is saved of a run while it trains: pictures, samples, the film strip, statistics.

import { strFromU8, unzipSync } from "fflate";
import { decode } from "fast-png";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, tiny } from "./page.ts";

let page: ReturnType<typeof connect>;

beforeEach(() => {
  page = connect();
});
afterEach(() => page.close());

test("the grid at a whole zoom, while training goes on", async () => {
  await page.start(tiny);
  page.send({ type: "train" });
  page.send({ type: "export", id: 1, what: { type: "grid", weights: "raw", scale: 3 } });
  const { name, file } = await page.next("exported");
  expect(name).toMatch(/^fakes_n\d{9}_r00[48]_raw\.png$/);
  const resolution = Number(name.slice(-11, -8));
  const picture = decode(await file.arrayBuffer());
  expect([picture.width, picture.height]).toEqual([8 * resolution * 3, 8 * resolution * 3]);
});

test("a zip of samples, the same for the same seed", async () => {
  await page.start(tiny);
  const contents = [];
  for (const id of [1, 2]) {
    page.send({ type: "export", id, what: { type: "samples", weights: "average", count: 70, seed: 5 } });
    const { file } = await page.next("exported");
    contents.push(unzipSync(new Uint8Array(await file.arrayBuffer())));
  }
  const [first, second] = contents;
  const images = Object.keys(first!).filter((name) => name.endsWith(".png"));
  expect(images).toHaveLength(70);
  expect(decode(first!["sample_s000005_00069.png"]!)).toMatchObject({ width: 4, height: 4 });
  for (const name of images) expect(first![name]).toEqual(second![name]);
});

test("a zip is of one G, whatever the run does meanwhile", async () => {
  await page.start(tiny);
  page.send({ type: "train" });
  page.send({ type: "export", id: 1, what: { type: "samples", weights: "raw", count: 600, seed: 5 } });
  const { name, file } = await page.next("exported");
  const files = unzipSync(new Uint8Array(await file.arrayBuffer()));
  const { imagesShown, images } = JSON.parse(strFromU8(files["config.json"]!)) as Record<string, number>;
  expect(name).toContain(`_n${String(imagesShown).padStart(9, "0")}_`);
  expect(images).toBe(tiny.images);
  await page.until(() => page.last("progress").progress.images > imagesShown!); // it is told of four times a second
  const sizes = Object.entries(files).flatMap(([file, png]) =>
    file.endsWith(".png") ? decode(png).width : [],
  );
  expect(new Set(sizes).size).toBe(1);
});

test("cancelled, nothing comes", async () => {
  await page.start(tiny);
  page.send({
    type: "export",
    id: 7,
    what: { type: "samples", weights: "average", count: 50_000, seed: 5 },
  });
  await page.next("exporting");
  page.send({ type: "cancel", id: 7 });
  expect(await page.next("cancelled")).toEqual({ type: "cancelled", id: 7 });
  expect(page.seen("exported")).toHaveLength(0);
});

test("the film strip and the statistics of all ticks", async () => {
  await page.start(tiny);
  page.send({ type: "step", count: 20 });
  await page.next("paused");
  page.send({ type: "export", id: 1, what: { type: "filmstrip", rows: 4, scale: 2 } });
  const strip = decode(await (await page.next("exported")).file.arrayBuffer());
  const moments = page.seen("frame").length;
  expect(strip.width).toBe(moments * page.last("frame").frame.resolution * 2);
  page.send({ type: "export", id: 2, what: { type: "stats" } });
  const lines = (await (await page.next("exported")).file.text()).trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { images: number }).images)).toEqual([80, 160, 240, 320]);
});
