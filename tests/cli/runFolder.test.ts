// The run folder holds what it says, refuses to mix two runs, and survives being killed.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { parseTrainArgs } from "../../src/cli/train/args.ts";
import { checkRunFolder, createRunFolder } from "../../src/cli/runFolder.ts";
import { defaults, presets } from "../../src/gan/settings/config.ts";
import { Trouble } from "../../src/gan/errors.ts";
import { keptConfig } from "../../src/gan/settings/settings.ts";
import type { StatsRow } from "../../src/gan/statistics/stats.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "runs-"));
afterAll(() => fs.rmSync(root, { recursive: true }));

let folder = "";
let count = 0;
beforeEach(() => void (folder = path.join(root, `${count++}`, "run")));

const read = (name: string) => fs.readFileSync(path.join(folder, name), "utf8");
const row = (images: number): StatsRow => ({
  images,
  step: images / 16,
  resolution: 8,
  alpha: 0.5,
  secPerStep: 0.01,
  stats: { lossD: { mean: 1.5, std: 0.25, n: 100 } },
});
const flip = (images: number) => ({ images, step: 1, key: "loss", from: "hinge", to: "logistic" }) as const;

test("looking at a place creates nothing", () => {
  checkRunFolder(folder);
  expect(fs.existsSync(folder)).toBe(false);
});

test("a run's files are there from the start and grow by lines", () => {
  const run = createRunFolder(folder, presets.quick!);
  expect(fs.readdirSync(folder).sort()).toEqual(["config.json", "events.jsonl", "stats.jsonl"]);

  for (const images of [800, 1600]) run.stats(row(images));
  run.event(flip(1600));
  run.log("one");
  run.log("two");
  run.write("fakes_init.png", Uint8Array.of(1, 2, 3));

  const lines = read("stats.jsonl").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).images)).toEqual([800, 1600]);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    step: 50,
    resolution: 8,
    alpha: 0.5,
    lossD: 1.5,
    lossD_std: 0.25,
  });
  expect(JSON.parse(read("events.jsonl"))).toEqual(flip(1600));
  expect(read("log.txt")).toBe("one\ntwo\n");
  expect([...fs.readFileSync(path.join(folder, "fakes_init.png"))]).toEqual([1, 2, 3]);
  expect(fs.readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("its config.json starts the same run again", () => {
  createRunFolder(folder, presets.quick!);
  const args = parseTrainArgs(["--config", path.join(folder, "config.json"), "--out", "x"]);
  expect(args!.config).toEqual(presets.quick);
});

test("an empty folder that is there will do", () => {
  fs.mkdirSync(folder, { recursive: true });
  createRunFolder(folder, defaults);
  expect(JSON.parse(read("config.json"))).toEqual(keptConfig(defaults));
});

test("a folder with something in it, or a file, is refused and left as it is", () => {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "thesis.txt"), "mine");
  expect(() => createRunFolder(folder, defaults)).toThrow(/is not empty: it holds thesis.txt\.$/);
  expect(() => createRunFolder(folder, defaults)).toThrow(Trouble);
  expect(fs.readdirSync(folder)).toEqual(["thesis.txt"]);
  const file = path.join(folder, "thesis.txt");
  expect(() => createRunFolder(file, defaults)).toThrow(/is a file, not a folder\.$/);
  expect(() => createRunFolder(path.join(file, "run"), defaults)).toThrow(/can't be written: /);
});

test("a run that goes on keeps the lines up to its checkpoint, and trains the rest anew", () => {
  const killed = createRunFolder(folder, defaults);
  for (const images of [2000, 4000, 6000]) {
    killed.stats(row(images));
    killed.event(flip(images));
  }
  fs.appendFileSync(path.join(folder, "stats.jsonl"), `{"images":80`); // cut short

  const checkpoint = { images: 4000, events: [flip(2000), flip(4000)] };
  const resumed = createRunFolder(folder, defaults, checkpoint);
  resumed.stats(row(5000));
  expect(imagesIn("stats.jsonl")).toEqual([2000, 4000, 5000]);
  expect(imagesIn("events.jsonl")).toEqual([2000, 4000]);
});

test("in a new folder, a run that goes on has its whole history of changes", () => {
  createRunFolder(folder, defaults, { images: 4000, events: [flip(2000), flip(4000)] });
  expect(imagesIn("events.jsonl")).toEqual([2000, 4000]);
  expect(JSON.parse(read("config.json"))).toEqual(keptConfig(defaults));
});

test("a run does not go on in the folder of another, or in one that holds no run", () => {
  const checkpoint = { images: 4000, events: [] };
  createRunFolder(folder, { ...defaults, batch: 8 });
  const before = fs.readdirSync(folder);
  for (const act of [
    () => checkRunFolder(folder, defaults),
    () => createRunFolder(folder, defaults, checkpoint),
  ]) {
    expect(act).toThrow(Trouble);
    expect(act).toThrow(/is not that of the checkpoint's run: its run began with batch 8, not 16\.$/);
  }
  for (const content of ["{", "null", `{"fun": 1}`]) {
    fs.writeFileSync(path.join(folder, "config.json"), content);
    expect(() => checkRunFolder(folder, defaults)).toThrow(/it holds no config.json that can be read\.$/);
  }
  expect(fs.readdirSync(folder)).toEqual(before);
});

const imagesIn = (name: string) =>
  read(name)
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { images: number }).images);
