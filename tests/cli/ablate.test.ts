// npm run ablate and census: grids are read strictly, forks share every bit, finished runs are kept, and intervals are Wilson's.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { main, parseAblateArgs } from "../../src/cli/ablate.ts";
import { checkGrid } from "../../src/cli/ablate/grid.ts";
import { spreadOf, wilson } from "../../src/cli/ablate/summary.ts";
import { main as census, parseCensusArgs } from "../../src/cli/census.ts";
import { readCheckpointFile } from "../../src/cli/train/resume.ts";
import { command } from "./command.ts";
import type { Census } from "../../src/metrics/census/census.ts";

const arm = { name: "base", label: "Base", images: 64 };
const grid = {
  name: "tiny",
  title: "Tiny & quick",
  question: "Does it run?",
  preset: "quick",
  samples: 64,
  firstSeed: 5,
  arms: [
    { ...arm, shown: false, set: { channelsMax: 2, latent: 4 }, census: [32] },
    { name: "same", label: "Unchanged", from: "base", images: 96 },
    { name: "off", label: "R1 off", from: "base", at: ["64:r1Gamma=0"], images: 128, census: [96] },
    { name: "straight", label: "Never forked", set: { channelsMax: 2, latent: 4 }, images: 96 },
    { ...arm, name: "few", shown: false, set: { channelsMax: 2, latent: 4 }, imagesPerMode: 1 },
    { name: "after-same", label: "For its checkpoint", from: "same", images: 112 },
    { name: "after-straight", label: "For its checkpoint", from: "straight", images: 112 },
  ],
};

describe("a grid", () => {
  test("is refused in a sentence that names what is wrong", () => {
    const refused = (change: object, message: string) =>
      expect(() => checkGrid({ ...grid, ...change })).toThrow(message);
    refused({ colour: 1 }, 'The grid\'s grid.colour is "given"');
    refused({ preset: "slow" }, "grid.preset");
    refused({ arms: [] }, "grid.arms");
    refused({ arms: [arm, arm] }, "arms[1].name");
    refused(
      { arms: [{ ...arm, images: 65 }] },
      "arms[0].images is 65, not one at which a step ends, as 64 or",
    );
    refused({ arms: [{ ...arm, census: [100] }] }, "arms[0].census and at is 100");
    refused(
      { arms: [{ ...arm, set: { stepsD: 3 } }] },
      "images is 64, not one at which a step ends, as 48 or",
    );
    const growing = { data: "digits", from: 4, to: 8, imagesPerPhase: 16, imagesPerFade: 16 };
    refused({ arms: [{ ...arm, set: growing, census: [16] }] }, "arms[0].census is 16, not 32 or more");
    refused({ arms: [{ ...arm, from: "nobody" }] }, "arms[0].from");
    refused(
      { arms: [arm, { ...arm, name: "b", from: "base", set: { batch: 8 }, images: 80 }] },
      "arms[1].set",
    );
    refused({ arms: [{ ...arm, set: { bach: 8 } }] }, 'There is no setting "bach"');
    refused({ arms: [{ ...arm, at: ["0:batch=8"] }] }, "Setting batch can't change");
  });

  test("has files in lab/grids that can be read", () => {
    const folder = path.resolve(import.meta.dirname, "../../lab/grids");
    const files = fs.readdirSync(folder).filter((file) => file.endsWith(".json"));
    expect(files.length).toBeGreaterThan(4);
    for (const file of files)
      expect(checkGrid(JSON.parse(fs.readFileSync(path.join(folder, file), "utf8"))).name).toBe(
        path.basename(file, ".json"),
      );
  });
});

test("the command line is read strictly", () => {
  expect(parseAblateArgs(["--help"])).toBeUndefined();
  expect(parseAblateArgs(["--grid", "g.json"])).toMatchObject({ seeds: 20, jobs: 1, engine: "wasm" });
  expect(() => parseAblateArgs([])).toThrow("No grid was named.");
  expect(() => parseAblateArgs(["--grid", "g", "--seeds", "0"])).toThrow("--seeds can't be 0.");
  expect(() => parseAblateArgs(["--grid", "g", "--sedes", "1"])).toThrow("Unknown option '--sedes'");
});

test("medians, and Wilson's intervals as in published tables", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ low: 1, median: 2, high: 3 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ low: 1, median: 2.5, high: 4 });
  // 0 of 20 and 10 of 20: Newcombe 1998 gives such intervals as 0 to 0.1611, and 0.2993 to 0.7007.
  expect(wilson(0, 20)).toMatchObject({ low: 0, high: expect.closeTo(0.1611, 4) as number });
  expect(wilson(10, 20)).toMatchObject({
    low: expect.closeTo(0.2993, 4) as number,
    high: expect.closeTo(0.7007, 4) as number,
  });
});

describe("a tiny ablation", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ablate-"));
  const file = path.join(folder, "tiny.json");
  const runs = () => fs.readdirSync(path.join(folder, "runs"));
  const run = (name: string) =>
    path.join(
      folder,
      "runs",
      runs().find((run) => run.startsWith(`${name}-s`))!,
    );
  const ablate = () => main(["--grid", file, "--seeds", "1", "--out", folder]);

  beforeAll(async () => {
    fs.writeFileSync(file, JSON.stringify(grid));
    vi.spyOn(console, "log").mockImplementation(() => {});
    vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    await ablate();
  }, 60_000);
  afterAll(() => {
    vi.restoreAllMocks();
    fs.rmSync(folder, { recursive: true });
  });

  test("makes a run folder for each arm and seed", () => {
    expect(runs()).toHaveLength(7);
    expect(JSON.parse(fs.readFileSync(path.join(run("base"), "config.json"), "utf8"))).toMatchObject({
      seed: 5,
    });
    const lines = fs
      .readFileSync(path.join(run("off"), "census.jsonl"), "utf8")
      .trim()
      .split("\n");
    const rows = lines.map((line) => JSON.parse(line) as object);
    expect(rows).toMatchObject([
      { images: 96, weights: "raw", samples: 64, modes: 16 },
      { images: 96, weights: "average" },
      { images: 128, weights: "raw" },
      { images: 128, weights: "average" },
    ]);
    expect(fs.readFileSync(path.join(run("off"), "events.jsonl"), "utf8")).toContain('"key":"r1Gamma"');
  });

  test("an arm that forks and changes nothing is the run that never forked, to the bit", async () => {
    const state = async (name: string) =>
      (await readCheckpointFile(path.join(run(name), "snapshot_n000000096.pgan"))).state;
    expect(await state("same")).toBe(await state("straight"));
  });

  test("an arm that is shown a few images of each mode learns from those alone", async () => {
    const end = (name: string) => readCheckpointFile(path.join(run(name), "snapshot_n000000064.pgan"));
    const [few, base] = [await end("few"), await end("base")];
    expect(few.place.config).toEqual(base.place.config);
    expect(few.state).not.toBe(base.state);
    expect(fs.readFileSync(path.join(run("few"), "log.txt"), "utf8")).toContain("Images of each mode: 1.");
  });

  test("finished runs are not made again, and one that was broken off is", async () => {
    const when = (name: string) => fs.statSync(path.join(run(name), "census.jsonl")).mtimeMs;
    const before = when("base");
    const kept = fs.readFileSync(path.join(run("off"), "census.jsonl"), "utf8");
    fs.rmSync(path.join(run("off"), "census.jsonl"));
    await ablate();
    expect(when("base")).toBe(before);
    expect(fs.readFileSync(path.join(run("off"), "census.jsonl"), "utf8")).toBe(kept);
  });

  test("leaves a table, its numbers and a plot", () => {
    const read = (kind: string) => fs.readFileSync(path.join(folder, "tiny", kind), "utf8");
    expect(read("table.md")).toContain("| R1 off | 128 | 1 |");
    expect(read("table.md")).not.toContain("| Base |");
    expect(read("plot.svg")).toContain("Tiny &amp; quick");
    expect(JSON.parse(read("table.json"))).toHaveProperty("arms.length", 10);
  });

  test("two jobs make what one makes, and then only what is missing", async () => {
    const out = path.join(folder, "jobs");
    const censuses = (out: string) =>
      fs
        .readdirSync(path.join(out, "runs"))
        .sort()
        .map((name) => [name, fs.readFileSync(path.join(out, "runs", name, "census.jsonl"), "utf8")]);
    const share = () => command("ablate", ["--grid", file, "--seeds", "2", "--jobs", "2", "--out", out]);
    await main(["--grid", file, "--seeds", "2", "--out", folder]);

    expect(await share()).toMatchObject({ code: 0 });
    const made = censuses(out);
    expect(made).toEqual(censuses(folder));
    const table = (out: string) => fs.readFileSync(path.join(out, "tiny", "table.json"), "utf8");
    expect(table(out)).toBe(table(folder));

    const broken = made.find(([name]) => name!.startsWith("off-s6-"))![0]!;
    fs.rmSync(path.join(out, "runs", broken, "census.jsonl"));
    const { code, text } = await share();
    expect(code).toBe(0);
    expect(text.match(/^[\w-]+ seed \d+: /gm)).toEqual(["off seed 6: "]);
    expect(censuses(out)).toEqual(made);
  }, 120_000);

  test("npm run census counts the modes of a checkpoint", async () => {
    const json = path.join(folder, "census.json");
    await census([
      path.join(run("same"), "snapshot_n000000096.pgan"),
      "--samples",
      "100",
      "--json",
      json,
      "--engine",
      "wasm",
    ]);
    const found = JSON.parse(fs.readFileSync(json, "utf8")) as Census;
    expect(found).toMatchObject({ samples: 100, modes: 16, images: 96, weights: "average" });
    expect(found.rejects + found.counts.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining(["covered", "strict", "effective", "kl", "klBias", "band"]),
    );
  });
});

test("the command line of npm run census is read strictly", () => {
  expect(parseCensusArgs(["--help"])).toBeUndefined();
  expect(parseCensusArgs(["a.pgan"])).toMatchObject({ file: "a.pgan", samples: 2_560, weights: "average" });
  expect(() => parseCensusArgs([])).toThrow("No checkpoint was named.");
  expect(() => parseCensusArgs(["a", "b"])).toThrow("b is a second");
  expect(() => parseCensusArgs(["a", "--samples", "1.5"])).toThrow("--samples can't be 1.5.");
  expect(() => parseCensusArgs(["a", "--weights", "best"])).toThrow("--weights can't be best.");
});
