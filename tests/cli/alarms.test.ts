// Bounds of alarms from run folders: chosen on some seeds, measured on others, and refused where runs do not tell.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/cli/alarms.ts";
import { chooseBounds, falseAlarms, measureRates } from "../../src/cli/alarms/calibrate.ts";
import { type AblationRun, readRuns } from "../../src/cli/alarms/runs.ts";
import { countedWith } from "../../src/cli/alarms/thin.ts";

let folder: string;
beforeEach(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), "alarms-"))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** A run with a census every 1,600 images, of such distances, and scores of D that lie `gap` spreads apart. */
function write(arm: string, seed: number, distances: readonly number[], gap = 1, whole = true): void {
  const run = path.join(folder, `${arm}-s${seed}-0123abcd`);
  fs.mkdirSync(run);
  const file = (name: string, lines: readonly object[]) =>
    fs.writeFileSync(path.join(run, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const places = distances.map((_, i) => ({ images: 1600 * (i + 1), step: 100 * (i + 1) }));
  file("config.json", [{ seed }]);
  file("events.jsonl", [{ images: 1600, step: 100, key: "r1Gamma", from: 1, to: 0 }]);
  file(
    "stats.jsonl",
    places.map((place) => ({
      ...place,
      ...{ scoreReal: gap, scoreReal_std: 1, scoreReal_n: 9, scoreFake: 0, scoreFake_std: 1, scoreFake_n: 9 },
    })),
  );
  const census = { samples: 1024, modes: 2, covered: 2, counts: [500, 500], within: 4 * distances[0]! };
  const rows = distances.flatMap((distance, i) =>
    ["raw", "average"].map((weights) => ({ ...places[i], weights, distance, ...census })),
  );
  if (whole) file("census.jsonl", rows);
}

test("bounds lie half-way, and what they find is measured on other seeds", () => {
  write("r1", 1, [1, 0.9, 0.8, 0.95], 1.2);
  write("r1", 2, [0.9, 0.9, 0.9, 0.9], 1);
  write("r1", 3, [1, 1, 0.4, 0.4], 1);
  write("ls-nombstd", 1, [1, 0.2, 0.1, 0.1]);
  write("ls-nombstd", 3, [1, 0.3, 0.1, 0.05]);
  write("none", 1, [1, 1, 1, 1], 3.2);
  write("none", 3, [1, 1, 1, 1], 2, false);
  const runs = readRuns(folder);
  expect(runs.map(({ arm, seed }) => `${arm} ${seed}`)).toEqual([
    "ls-nombstd 1",
    "ls-nombstd 3",
    "none 1",
    "r1 1",
    "r1 2",
    "r1 3",
  ]);
  const bounds = chooseBounds(runs.filter(({ seed }) => seed < 3));
  expect(bounds["z-ignored"]?.average).toEqual({ on: 0.5, off: 0.9, accepted: 0 }); // 0.8 is not held: 0.9 and 0.95 beside it
  expect(bounds["collapse-within"]).toBeUndefined(); // no run shows it
  expect(bounds["d-too-strong"]?.stats).toEqual({ on: 2.2, off: 1.2, accepted: 0 });
  expect(bounds["modes-dropping"]).toBeUndefined(); // no run lacks a mode
  const rates = measureRates(
    runs.filter(({ seed }) => seed === 3),
    bounds,
  );
  expect(falseAlarms(rates, "z-ignored", "average")).toMatchObject({ hits: 1, of: 1 });
  expect(rates.find(({ name, arm }) => name === "z-ignored" && arm === "ls-nombstd")).toMatchObject({
    runs: { hits: 1, of: 1 },
    onset: 1600, // after the change at 1,600 images
    sounded: 3200,
  });
});

test("statistics that were not finite are read as such", () => {
  write("r1", 1, [1], NaN); // null in JSON
  expect(readRuns(folder)[0]!.moments[0]!.stats!.scoreReal!.mean).toBeNaN();
});

test("a run that forks has the past of the run it goes on from, and is judged from its change on", () => {
  write("r1", 1, [1, 1]);
  write("off", 1, [0.1, 0.1, 0.1]);
  write("on", 1, [1, 1]);
  for (const arm of ["off", "on"]) {
    const run = path.join(folder, `${arm}-s1-0123abcd`);
    fs.writeFileSync(path.join(run, "log.txt"), "Forked from r1-s1-0123abcd at 3200 images (sha256 0)\n");
    const census = fs.readFileSync(path.join(run, "census.jsonl"), "utf8");
    const later = census.replaceAll(
      /"images":(\d+),"step":(\d+)/g,
      (_, images, step) => `"images":${Number(images) + 3200},"step":${Number(step) + 200}`,
    );
    fs.writeFileSync(path.join(run, "census.jsonl"), later);
    const event = { images: arm === "off" ? 3200 : 1600, step: 100, key: "r1Gamma", from: 1, to: 0 };
    fs.writeFileSync(path.join(run, "events.jsonl"), JSON.stringify(event));
  }
  const runs = readRuns(folder);
  const of = (arm: string) => runs.find((run) => run.arm === arm)!;
  const distances = of("off").moments.map(({ images, average }) => [images, average?.distance]);
  expect(distances).toEqual([
    [1600, 1],
    [3200, 1],
    [4800, 0.1],
    [6400, 0.1],
    [8000, 0.1],
  ]);
  expect([of("r1").begins, of("off").begins, of("on").begins]).toEqual([0, 3200, 0]);
  const bound = { on: 0.5, off: 0.9, accepted: 0 };
  const rate = (arm: string) =>
    measureRates(runs, { "z-ignored": { average: bound } }).find((each) => each.arm === arm);
  expect(rate("off")).toMatchObject({ runs: { hits: 1 }, onset: 1600, sounded: 3200 }); // after the change
});

test("with fewer samples a census is some of those there were", () => {
  write("r1", 1, [1, 0.9]);
  const [whole] = readRuns(folder);
  const [fewer] = countedWith(512, [whole!]);
  const of = (i: number) => fewer!.moments[i]!.average!;
  for (const i of [0, 1]) {
    expect(of(i)).toMatchObject({ samples: 512, distance: [1, 0.9][i] });
    const [a, b] = of(i).counts as [number, number];
    expect(a + b).toBeLessThanOrEqual(512);
    expect(a + b).toBeGreaterThan(488); // 12 of 512 rejects are expected, of 24 in 1,024
    expect(Math.abs(a - b)).toBeLessThan(120); // 5 deviations
  }
  expect(of(0).counts).not.toEqual(of(1).counts);
  expect(countedWith(512, [whole!])).toEqual([fewer]);
  expect(countedWith(1024, [whole!])).toEqual([whole]);
  expect(countedWith(2048, [whole!])).toEqual([]);
});

test("what is drawn is neither more than there was, nor less where all is drawn", () => {
  write("r1", 1, [1]);
  const [run] = readRuns(folder);
  const census = { samples: 300, counts: [290, 3, 0], distance: 1, within: 1 };
  const at = (average: object) => [{ images: 16, step: 1, average }] as AblationRun["moments"];
  const drawn = countedWith(256, [{ ...run!, samples: 300, moments: at(census) }]);
  const [a, b, none] = drawn[0]!.moments[0]!.average!.counts as [number, number, number];
  expect([a <= 256, b <= 3, none, a + b >= 249]).toEqual([true, true, 0, true]); // 7 are rejects
  const few = countedWith(256, [{ ...run!, samples: 300, moments: at({ ...census, counts: [100, 3, 0] }) }]);
  expect(few[0]!.moments[0]!.average!.within).toBeUndefined(); // of fewer than it was
});

test("the command prints all tables, writes them when it calibrates, and refuses what it can't use", async () => {
  const printed = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  for (const seed of [1, 2]) {
    write("r1", seed, [1, 1, 1]);
    write("ls-nombstd", seed, [0.1, 0.1, 0.1]);
  }
  const seeds = ["--choose", "1-1", "--measure", "2-2"];
  const out = path.join(folder, "out");
  fs.mkdirSync(out);
  await main(["--runs", folder, ...seeds, "--calibrate", "--out", out]);
  expect(fs.readdirSync(out).sort()).toEqual(["CALIBRATION.md", "calibration.json", "rates.json"]);
  expect(printed.mock.calls.flat().join("")).toContain("## False alarms");

  const read = () =>
    JSON.parse(fs.readFileSync(path.join(out, "calibration.json"), "utf8")) as { bounds: object };
  const before = read().bounds;
  fs.readdirSync(folder)
    .filter((name) => name.startsWith("ls-nombstd"))
    .forEach((name) => fs.rmSync(path.join(folder, name), { recursive: true }));
  for (const seed of [1, 2]) write("digits-one", seed, [0.1, 0.1, 0.1]);
  const all = ["--runs", folder, ...seeds, "--out", out];
  const only = [...all, "--only"];
  await main([...only, "collapse-within", "--calibrate"]);
  const bound = { on: 0.7, off: 1, accepted: 0 }; // half-way between real data and 0.4
  expect(read().bounds).toEqual({ ...before, "collapse-within": { average: bound, raw: bound } }); // others are kept
  const text = () => fs.readFileSync(path.join(out, "CALIBRATION.md"), "utf8");
  const row = () => /^\| z-ignored +\| average of G +\|.+1 of 1.+$/m.exec(text())?.[0];
  expect(text()).toContain("collapse-within r1 1, digits-one 1");
  expect(row()).toMatch(/not measured +\| 1 of 1: 1,600, 3,200 +\| 0 of 1/); // digits-one, ls-nombstd, r1

  await main([...all, "--write"]);
  expect(row()).toMatch(/1 of 1: 1,600, 3,200 +\| 1 of 1: 1,600, 3,200 +\| 0 of 1/);
  expect(read().bounds).toHaveProperty("collapse-within.raw.on", 0.7);
  await expect(main([...all, "--write", "--measure", "1-1"])).rejects.toThrow("Rates of other seeds");
  await expect(main([...all, "--write", "--calibrate"])).rejects.toThrow("writes its rates anyway");
  await expect(main([...only, "none"])).rejects.toThrow('no alarm "none"');
  await expect(main([...only, "z-ignored"])).rejects.toThrow("--only says");

  await expect(main(["--runs", out])).rejects.toThrow("holds no finished run");
  await expect(main([])).rejects.toThrow("No runs were named");
  await expect(
    main(["--runs", folder, "--calibrate", "--choose", "1-5", "--measure", "5-9"]),
  ).rejects.toThrow("chosen on");
  await expect(main(["--runs", folder, "--measure", "x"])).rejects.toThrow("can't be x");
  printed.mockRestore();
});

test("runs of other seeds than asked for are no runs without alarms", async () => {
  write("r1", 3, [1, 1]);
  write("r1", 7, [1, 1]);
  await expect(main(["--runs", folder])).rejects.toThrow(
    "No run has a seed from 111 to 120: theirs go from 3 to 7.",
  );
  const printed = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await main(["--runs", folder, "--measure", "3-7"]);
  expect(String(printed.mock.lastCall![0])).toContain(`--runs ${folder} --measure 3-7`);
  printed.mockRestore();
});
