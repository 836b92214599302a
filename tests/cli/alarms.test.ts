// Bounds of alarms from run folders: chosen on some seeds, measured on others, and refused where runs do not tell.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/cli/alarms.ts";
import { chooseBounds, falseAlarms, measureRates } from "../../src/cli/alarms/calibrate.ts";
import { readRuns } from "../../src/cli/alarms/runs.ts";

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
  expect(bounds["collapse-within"]?.raw).toEqual({ on: 0.5, off: 1, accepted: 0 }); // real data, 1, does not sound
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
  const only = ["--runs", folder, ...seeds, "--out", out, "--only"];
  await main([...only, "collapse-within", "--calibrate"]);
  expect(read().bounds).toEqual(before); // what rests on the arm that is gone is kept
  const text = fs.readFileSync(path.join(out, "CALIBRATION.md"), "utf8");
  expect(text).toContain("Of collapse-within alone, by `--only collapse-within`: r1 1 and 1.");
  expect(text).toMatch(/^\| collapse-within \| average of G \| not measured /m);
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
