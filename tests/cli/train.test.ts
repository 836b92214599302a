// npm run train as a person uses it: a process, its run folder, its words.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decode } from "fast-png";
import { afterAll, describe, expect, test } from "vitest";
import { train } from "./command.ts";
import { readCheckpoint } from "../../src/store/pgan/checkpoint.ts";

const scratch = mkdtempSync(path.join(tmpdir(), "pggan-train-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A run that grows from 4 to 8 px in a second or two: 4 channels, a few hundred images. */
const tiny = "--preset quick --to 8 --engine wasm --seed 3"
  .split(" ")
  .concat(
    [
      "from=4",
      "channelsMax=4",
      "latent=8",
      "tickImages=160",
      "imagesPerPhase=160",
      "imagesPerFade=160",
    ].flatMap((setting) => ["--set", setting]),
  );

test("a run leaves its settings, events, statistics, pictures and a checkpoint", async () => {
  const out = path.join(scratch, "whole");
  const { code, text } = await train([
    ...tiny,
    "--images",
    "600",
    "--at",
    "320:minibatchStddev=off",
    "--out",
    out,
  ]);
  expect(text).toMatch(/^tick 2 .*images 320 .*8×8 α 1\.00 .*sec\/step/m);
  expect(code).toBe(0);

  expect(JSON.parse(read(out, "config.json"))).toMatchObject({ images: 600, seed: 3, minibatchStddev: true });
  expect(lines(out, "events.jsonl")).toEqual([
    { images: 320, step: 20, key: "minibatchStddev", from: true, to: false },
  ]);
  const stats = lines(out, "stats.jsonl");
  // The last step ends the run within one batch of what was asked.
  expect(stats.map(({ images }) => images)).toEqual([160, 320, 480, 608]);
  expect(stats.reduce((steps, { lossD_n }) => steps + lossD_n!, 0)).toBe(stats.at(-1)!.step);
  expect(Object.keys(stats[0]!)).toEqual(
    expect.arrayContaining([
      "step",
      "resolution",
      "alpha",
      "lossD",
      "lossG",
      "scoreReal",
      "scoreFake",
      "secPerStep",
    ]),
  );
  const grid = decode(readFileSync(path.join(out, "fakes_n000000608_r008_ema.png")));
  expect([grid.width, grid.height, grid.channels]).toEqual([16 * 64, 8 * 64, 3]);
  expect(readdirSync(out)).toEqual(
    expect.arrayContaining([
      ...["fakes_init.png", "reals_r004.png", "reals_r008.png"],
      ...["log.txt", "snapshot_n000000608.pgan"],
    ]),
  );
});

test("a run continued from its checkpoint is the run that was never stopped, bit for bit", async () => {
  const [whole, half, rest] = ["never-stopped", "half", "rest"].map((name) => path.join(scratch, name));
  // 240 images is in the middle of the fade to 8 px.
  await train([...tiny, "--images", "480", "--out", whole!]);
  await train([...tiny, "--images", "240", "--out", half!]);
  const file = path.join(half!, "snapshot_n000000240.pgan");
  const { code } = await train(["--resume", file, "--images", "480", "--engine", "wasm", "--out", rest!]);
  expect(code).toBe(0);
  const read = (out: string) => readCheckpoint(readFileSync(path.join(out, "snapshot_n000000480.pgan")));
  const [a, b] = await Promise.all([whole!, rest!].map(read));
  expect(b!.state).toBe(a!.state);
  expect([...b!.tensors.keys()].sort()).toEqual([...a!.tensors.keys()].sort());
  // Sums of statistics start anew with each tick, and the halves have a tick more.
  for (const [name, { values }] of a!.tensors)
    if (!name.startsWith("stats/")) expect(b!.tensors.get(name)!.values, name).toEqual(values);
  expect(b!.place.streams).toEqual(a!.place.streams);
  expect(b!.place.ages).toEqual(a!.place.ages);
});

test("a run goes on in its own folder, whose files then tell of the whole run, and to where it is asked to", async () => {
  const out = path.join(scratch, "own");
  const started = [...tiny, "--images", "320", "--at", "160:minibatchStddev=off", "--out", out];
  await train(started);
  const file = path.join(out, "snapshot_n000000320.pgan");
  const goOn = ["--resume", file, "--engine", "wasm", "--out", out];
  const { code, text } = await train([...goOn, "--images", "480", "--at", "400:loss=hinge"]);
  expect(code).toBe(0);
  expect(text).toMatch(/^Done at 480 images/m);
  expect(JSON.parse(read(out, "config.json"))).toMatchObject({ images: 320, minibatchStddev: true });
  expect(lines(out, "events.jsonl").map(({ images, key, to }) => [images, key, to])).toEqual([
    [160, "minibatchStddev", false],
    [320, "images", 480],
    [400, "loss", "hinge"],
  ]);
  expect(lines(out, "stats.jsonl").map(({ images }) => images)).toEqual([160, 320, 480]);

  for (const [asked, message] of [
    [["--images", "160"], /can't end at 160 images: the checkpoint has shown 320 already/],
    [["--at", "160:loss=hinge"], /160:loss comes too late: 320 images have been shown/],
    [["--at", "400:loss=hinge"], /400:loss would never be made: the run ends at 320 images/],
    [["--seed", "4"], /Setting seed can't be given with --resume.*\n.*start a new one/],
    [["--set", "loss=hinge"], /by --at 320:loss=VALUE/],
  ] as const) {
    const { code, errors } = await train([...goOn, ...asked]);
    expect(errors).toMatch(message);
    expect(code).toBe(1);
  }
  const other = path.join(scratch, "other");
  await train([...tiny, "--seed", "9", "--images", "16", "--out", other]);
  const mixed = await train(["--resume", file, "--engine", "wasm", "--out", other]);
  expect(mixed.errors).toMatch(/is not that of the checkpoint's run: its run began with seed 9, not 3\./);
});

test("a change of the end, made at the end, is kept to", async () => {
  const out = path.join(scratch, "longer");
  const { text } = await train([...tiny, "--images", "32", "--at", "32:images=64", "--out", out]);
  expect(text).toMatch(/^Done at 64 images, 4 steps/m);
  expect(lines(out, "stats.jsonl").map(({ images }) => images)).toEqual([64]);
});

test("a snapshot comes every ten ticks, and none of a run that diverged", async () => {
  const out = path.join(scratch, "diverged");
  const wild = "tickImages=16 loss=least-squares r1Gamma=1000 drift=10"
    .split(" ")
    .flatMap((text) => ["--set", text]);
  const { code, text, errors } = await train([
    ...[...tiny, ...wild, "--images", "4000", "--at", "240:learningRateD=1", "--at", "240:learningRateG=1"],
    ...["--at", "240:equalizedLr=off", "--at", "240:pixelNorm=off", "--out", out],
  ]);
  expect(errors).toMatch(/^Training diverged at step \d+: .* is not finite\.$/m);
  expect(code).toBe(1);
  const ticks = text.match(/^tick /gm)!.length;
  const snapshots = readdirSync(out).filter((name) => name.endsWith(".pgan"));
  expect(snapshots).toEqual(
    Array.from(
      { length: Math.floor((ticks - 1) / 10) },
      (_, i) => `snapshot_n${String((i + 1) * 160).padStart(9, "0")}.pgan`,
    ),
  );
  for (const name of snapshots) await readCheckpoint(readFileSync(path.join(out, name)));
});

test("Ctrl-C finishes the step, and writes a last snapshot and grid", async () => {
  const out = path.join(scratch, "stopped");
  const { code, text } = await train([...tiny, "--images", "1000000", "--out", out], (child, said) => {
    if (said.includes("tick 2 ") && !child.killed) child.kill("SIGINT"); // once: the second would stop it at once
  });
  expect(code).toBe(0);
  const [, images] = /Stopped at (\d+) images/.exec(text)!;
  const name = String(images).padStart(9, "0");
  expect(readdirSync(out)).toEqual(
    expect.arrayContaining([`snapshot_n${name}.pgan`, expect.stringMatching(`^fakes_n${name}`)]),
  );
});

describe("what is refused leaves nothing behind", () => {
  test.each([
    [["--to", "48"], /to can't be 48\.\nIt takes 4, 8, 16, 32 or 64\./],
    [["--set", "batch=6"], /batch of 6 .* does not divide/],
    [["--set", "batchsize=6"], /no setting "batchsize"\.\nDid you mean batch/],
    [["--data", "digits", "--to", "64"], /32 px .* 64 px/],
    [["--data", "faces"], /data can't be "faces"/],
    [["--at", "100:latent=3"], /latent can't change while a run goes on/],
    [["--resume", "nowhere.pgan"], /nowhere\.pgan can't be read/],
  ])("%s", async (args, message) => {
    const out = path.join(scratch, "refused");
    const { code, errors } = await train([...args, "--engine", "wasm", "--out", out]);
    expect(errors).toMatch(message);
    expect(errors.trim().split("\n")).toHaveLength(2); // what happened, and what to do
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  test("a folder that holds something is left alone", async () => {
    const out = path.join(scratch, "whole");
    const { code, errors } = await train([...tiny, "--out", out]);
    expect(errors).toMatch(/is not empty/);
    expect(code).toBe(1);
  });
});

const read = (folder: string, name: string) => readFileSync(path.join(folder, name), "utf8");

const lines = (folder: string, name: string) =>
  read(folder, name)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);
