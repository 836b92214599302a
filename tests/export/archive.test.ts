// The archive holds every sample that was asked for, in order, and nothing of a cancelled one.

import { decode } from "fast-png";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { zipSamples } from "../../src/export/archive.ts";
import type { Tiles } from "../../src/export/images.ts";

const config = { data: "digits", seed: 7 };
const date = new Date("2026-03-14T09:26:00Z");

/** Sample `i` is all of value i. */
const draw = (start: number, count: number): Tiles => ({
  pixels: Uint8Array.from({ length: count * 16 }, (_, i) => start + Math.floor(i / 16)),
  count,
  resolution: 4,
  channels: 1,
});

test("every sample is in the archive under its own name, drawn a chunk at a time", async () => {
  const chunks: number[] = [];
  const progress: number[] = [];
  const zip = await zipSamples({
    count: 10,
    seed: 7,
    config,
    chunk: 4,
    date,
    draw: async (start, count) => (chunks.push(count), draw(start, count)),
    onprogress: (done, total) => progress.push(done / total),
  });
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  const names = Array.from({ length: 10 }, (_, i) => `sample_s000007_0000${i}.png`);
  expect(Object.keys(files)).toEqual(["config.json", ...names]);
  expect(JSON.parse(new TextDecoder().decode(files["config.json"]))).toEqual(config);
  for (const [i, name] of names.entries()) {
    const { width, height, channels, data } = decode(files[name]!);
    expect([width, height, channels]).toEqual([4, 4, 1]);
    expect([...data]).toEqual(Array(16).fill(i));
  }
  expect(chunks).toEqual([4, 4, 2]);
  expect(progress).toEqual([0.4, 0.8, 1]);
});

test("the same samples make the same archive, byte for byte", async () => {
  const bytes = async () =>
    new Uint8Array(await (await zipSamples({ count: 3, seed: 1, config, draw, date })).arrayBuffer());
  expect(await bytes()).toEqual(await bytes());
});

test("a cancelled archive draws no more, and gives nothing but the reason", async () => {
  const stop = new AbortController();
  const drawn: number[] = [];
  const archive = zipSamples({
    count: 100,
    seed: 7,
    config,
    chunk: 5,
    draw: (start, count) => (drawn.push(start), draw(start, count)),
    onprogress: (done) => done === 10 && stop.abort(),
    signal: stop.signal,
  });
  await expect(archive).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
  expect(drawn).toEqual([0, 5, 10]);
});

test("a signal that is already aborted draws nothing", async () => {
  const never = () => expect.unreachable();
  const archive = zipSamples({
    count: 1,
    seed: 7,
    config,
    draw: never,
    signal: AbortSignal.abort(new Error("no need")),
  });
  await expect(archive).rejects.toThrow("no need");
});

test("a fault while drawing is the archive's fault", async () => {
  const lost = async () => {
    throw new Error("the device is lost");
  };
  await expect(zipSamples({ count: 1, seed: 7, config, draw: lost })).rejects.toThrow("the device is lost");
  const short = (start: number) => draw(start, 1);
  await expect(zipSamples({ count: 2, seed: 7, config, draw: short })).rejects.toThrow(
    "expected 2 samples drawn, got 1",
  );
});
