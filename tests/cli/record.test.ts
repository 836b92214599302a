// npm run record: forks are recorded once, the page can read what is written, and a seed gives the same recording again.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/cli/record.ts";
import { decodeTiles } from "../../src/export/images.ts";
import { readCards } from "../../src/lab/cards.ts";
import { readRecording } from "../../src/lab/read.ts";
import { checkStripHead } from "../../src/lab/strip.ts";

const set = { channelsMax: 2, latent: 4 };
const grid = {
  name: "tiny",
  title: "Tiny",
  question: "Does it run?",
  preset: "quick",
  samples: 64,
  firstSeed: 5,
  arms: [
    { name: "base", label: "Base", set, images: 64, shown: false },
    { name: "same", label: "Unchanged", from: "base", images: 128 },
    { name: "off", label: "R1 off", from: "base", at: ["64:r1Gamma=0"], images: 128 },
    { name: "straight", label: "Never forked", set, images: 128 },
  ],
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pggan-record-"));
const at = (...names: string[]) => path.join(folder, ...names);
beforeAll(() => fs.writeFileSync(at("grid.json"), JSON.stringify(grid)));
beforeEach(() => void vi.spyOn(console, "log").mockImplementation(() => {}));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const record = (name: string, ...more: string[]) =>
  main(["--grid", at("grid.json"), "--out", at("lab", name), "--every", "32", ...more]);
const read = (name: string) => readRecording(fs.readFileSync(at("lab", name, "recording.json"), "utf8"));
const bytesOf = (name: string, file: string) => new Uint8Array(fs.readFileSync(at("lab", name, file)));

test("an experiment of two arms becomes files that the page can read", async () => {
  fs.mkdirSync(at("lab", "forked"), { recursive: true });
  const card = { place: 1, question: "Does R1 matter?", story: "It may.", results: "none.json" };
  fs.writeFileSync(at("lab", "forked", "card.json"), JSON.stringify(card));
  await record("forked");

  const { arms, fork, strips, maker, rulers } = read("forked");
  expect(fork).toEqual({ images: 64, step: 4 });
  expect(arms.map(({ moments }) => moments.map(({ images, file }) => [images, file]))).toEqual(
    ["a.png", "b.png"].map((own) => [
      [0, "trunk.png"],
      [32, "trunk.png"],
      [64, "trunk.png"],
      [96, own],
      [128, own],
    ]),
  );
  expect(arms.map(({ events }) => events.map(({ key, to }) => [key, to]))).toEqual([[], [["r1Gamma", 0]]]);
  const sum = (counts: readonly number[] = []) => counts.reduce((total, n) => total + n, 0);
  for (const { scores } of arms.flatMap(({ moments }) => moments))
    expect([sum(scores?.reals), sum(scores?.fakes)]).toEqual([64, 64]); // those of the picture, and as many reals
  for (const { rows } of arms) expect(rows.reduce((sum, { stats }) => sum + stats.lossD!.n, 0)).toBe(8); // no step is lost
  expect(rulers[0]!.band.covered.high).toBe(16);
  expect(maker.command).toMatch(/^npm run record -- --grid /);
  for (const [file, size] of strips) {
    checkStripHead(file, bytesOf("forked", file), size);
    expect(decodeTiles(bytesOf("forked", file), 8).count).toBe(size.height); // 8 tiles in every 8 rows
  }
  const { files, table, ...said } = readCards(fs.readFileSync(at("lab", "index.json"), "utf8"))[0]!;
  expect(said).toEqual({ name: "forked", question: "Does R1 matter?", story: "It may." });
  expect([files, table]).toEqual([["trunk.png", "a.png", "b.png"], undefined]);
});

test("a run that was forked off is the run that never was, to the bit", async () => {
  await record("same", "--arms", "same");
  await record("straight", "--arms", "straight");
  const seen = (name: string) =>
    read(name).arms[0]!.moments.map(({ images, raw, average }) => ({ images, raw, average }));
  expect(seen("same")).toEqual(seen("straight"));
  expect(bytesOf("same", "a.png")).toEqual(bytesOf("straight", "a.png"));
});

test.each([
  [["--arms", "nobody"], 'Grid tiny has no arm "nobody".'],
  [["--arms", "same,off,straight"], "one run or two, not 3"],
  [["--seed", "-1"], "--seed"],
  [["--every", "0"], "--every 0"],
  [["--engine", "steam"], 'no engine "steam"'],
])("%j is refused before anything is trained", async (args, message) => {
  await expect(record("never", ...args)).rejects.toThrow(message);
  expect(fs.existsSync(at("lab", "never"))).toBe(false);
});
