// A run goes from the command line to a page and back, as one file, with its whole past.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { readCheckpoint } from "../../src/store/pgan/checkpoint.ts";
import { connect, tiny } from "../worker/page.ts";
import { train } from "./command.ts";

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "pggan-exchange-"));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

let page: ReturnType<typeof connect>;
beforeEach(() => {
  page = connect();
});
afterEach(() => page.close());

const inScratch = (name: string) => path.join(scratch, name);

interface Line {
  images: number;
  step: number;
  lossD_n: number;
}

const linesOf = (folder: string): Line[] =>
  fs
    .readFileSync(path.join(folder, "stats.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

/** The ticks of a run: each goes on where the one before ended, and no step is counted twice or not at all. */
function expectUnbroken(ticks: readonly Line[]): void {
  let steps = 0;
  for (const { step, lossD_n } of ticks) expect(step).toBe((steps += lossD_n));
}

test("a page goes on exactly with what the command line wrote, chart and timeline and all", async () => {
  const settings = Object.entries(tiny).flatMap(([key, value]) =>
    value === "" ? [] : ["--set", `${key}=${String(value)}`],
  );
  const out = inScratch("by-command");
  const { code } = await train([...settings, "--images", "480", "--engine", "wasm", "--out", out]);
  expect(code).toBe(0);

  const file = new Blob([fs.readFileSync(path.join(out, "snapshot_n000000480.pgan"))]);
  page.send({ type: "open", from: { file }, engine: "wasm" });
  const { past, run } = await page.next("started");
  expect(run.name).toBe("by-command");
  expect(past!.rows.map(({ images }) => images)).toEqual([80, 160, 240, 320, 400, 480]);
  expect(past!.frames.map(({ images }) => images)).toEqual([0, 80, 160, 240, 320, 400, 480]);
  const sum = (counts: readonly number[] = []) => counts.reduce((total, n) => total + n, 0);
  for (const { scores } of past!.frames) expect([sum(scores?.reals), sum(scores?.fakes)]).toEqual([64, 64]);
  expect((await page.next("verified")).verdict.kind).toBe("exact");
  page.send({ type: "flip", key: "images", value: 960 });
  page.send({ type: "step", count: 3 });
  await page.next("paused");
  expect(page.last("progress").progress.step).toBe(33);
});

test("the command line goes on exactly with what a page wrote, with one unbroken chart", async () => {
  await page.start(tiny);
  page.send({ type: "step", count: 23 }); // in the middle of a tick, and of a fade
  await page.next("paused");
  page.send({ type: "flip", key: "pixelNorm", value: false });
  await page.next("flipped");
  page.send({ type: "step", count: 5 });
  await page.next("paused");
  page.send({ type: "export", id: 1, what: { type: "checkpoint" } });
  const { file, name } = await page.next("exported");
  fs.writeFileSync(inScratch(name), new Uint8Array(await file.arrayBuffer()));

  const out = inScratch("by-page");
  const { code, text, errors } = await train([
    "--resume",
    inScratch(name),
    "--images",
    "960",
    "--engine",
    "wasm",
    "--out",
    out,
  ]);
  expect(errors).toBe("");
  expect(code).toBe(0);
  expect(text).toMatch(/^Resumed exactly \(sha256 [0-9a-f]{8}…\): 3 steps led where they led before\.$/m);
  expect(linesOf(out).at(-1)).toMatchObject({ images: 960, step: 60 });
  expectUnbroken(linesOf(out));
  const { series } = await readCheckpoint(fs.readFileSync(path.join(out, "snapshot_n000000960.pgan")));
  expect(series.rows.reduce((sum, { stats }) => sum + stats.lossD!.n, 0)).toBe(60);
  const events = fs.readFileSync(path.join(out, "events.jsonl"), "utf8").trim().split("\n");
  expect(events.map((line) => (JSON.parse(line) as { key: string }).key)).toEqual(["pixelNorm", "images"]);
});
