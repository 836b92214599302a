// Checkpoints come back as they were written, other tools can read them, and old ones stay readable.

import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSource } from "../../../src/data/catalogue.ts";
import { createBatches } from "../../../src/data/sampler.ts";
import { keptPlace } from "../../../src/gan/place.ts";
import { ahead } from "../../../src/gan/replay.ts";
import * as tf from "../../../src/gan/tf.ts";
import { pastOf, toKeep } from "../../../src/store/history/chronicle.ts";
import { hashOfData } from "../../../src/store/dataHash.ts";
import {
  type Checkpoint,
  checkSize,
  mostBytes,
  readCheckpoint,
  writeCheckpoint,
} from "../../../src/store/pgan/checkpoint.ts";
import { fingerprint, hashTensors } from "../../../src/store/pgan/fingerprint.ts";
import { format } from "../../../src/store/pgan/manifest.ts";
import { sha256 } from "../../../src/store/pgan/sha256.ts";
import { resume } from "../../../src/store/snapshot.ts";
import { verify } from "../../../src/store/verify.ts";
import { engines } from "../../engines.ts";
import { comparable, exampleCheckpoint } from "./example.ts";
import { headerIn, manifestIn, numbersIn, refusal, textIn, unzipped } from "./spoil.ts";

let checkpoint: Checkpoint;
let bytes: Uint8Array;
let state: string;

beforeAll(async () => {
  await engines[0]!.open();
  checkpoint = await exampleCheckpoint();
  ({ bytes, state } = await writeCheckpoint(checkpoint));
});
afterAll(() => expect(tf.memory().numTensors).toBe(0));

test("the example has something of everything", () => {
  const { place, series, frames, pictures } = checkpoint;
  expect([place.step, place.events.length, place.planned.length, place.lone.length]).toEqual([5, 2, 1, 1]);
  expect([series.rows.length, series.ticks.length, series.open.length]).toEqual([5, 2, 1]);
  expect([frames.length, pictures.size]).toEqual([2, 2]);
  expect(series.censuses.map(({ weights }) => weights)).toEqual(["average", "raw"]);
  expect(frames.map(({ scores }) => scores?.fakes)).toEqual([undefined, [4, 2]]);
  expect([...checkpoint.tensors.keys()].some((name) => /:u$/.test(name))).toBe(true);
});

test("what is written is what is read, pictures byte for byte", async () => {
  const read = await readCheckpoint(bytes);
  expect(await comparable(read)).toEqual({ ...(await comparable(checkpoint)), state });
  const again = await readCheckpoint(Buffer.from(bytes)); // what Node reads from a file
  expect(await comparable(again)).toEqual(await comparable(read));
  expect([...read.pictures.values()].map(({ type }) => type)).toEqual(["image/png", "image/png"]);
});

test("read and written again, it holds the same files", async () => {
  const { bytes: again } = await writeCheckpoint(await readCheckpoint(bytes));
  expect(manifestIn(again)).toEqual(manifestIn(bytes));
  const others = ({ "manifest.json": _, ...files }: Record<string, Uint8Array>) => files;
  expect(others(unzipped(again))).toEqual(others(unzipped(bytes)));
});

test("a timeline goes in and comes out, with the changes between its moments", async () => {
  const past = pastOf(await readCheckpoint(bytes));
  expect(past.frames.map(({ events }) => events.map(({ key }) => key))).toEqual([
    ["loss", "equalizedLr"],
    [],
  ]);
  const { series, frames } = toKeep(past);
  expect({ series, frames }).toEqual({ series: checkpoint.series, frames: checkpoint.frames });
});

test("it opens in any unzip, and its tensors in any reader of safetensors", () => {
  const { events, ...place } = keptPlace(checkpoint.place);
  expect(manifestIn(bytes)).toMatchObject({ format, place, run: checkpoint.run, maker: checkpoint.maker });
  const lines = textIn(bytes, "events.jsonl").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);

  const file = unzipped(bytes)["weights.safetensors"]!;
  const { header, start } = headerIn(file);
  expect(start % 8).toBe(0);
  const { dtype, shape } = header["D/b4/conv/weight"]!;
  expect({ dtype, shape }).toEqual({ dtype: "F32", shape: [3, 3, 2, 1] });
  const numbers = new Map(numbersIn(file)).get("D/b4/conv/weight")!;
  expect(new Float32Array(numbers.buffer)).toEqual(checkpoint.tensors.get("D/b4/conv/weight")!.values);
  const { images, step, config } = header["__metadata__"] as unknown as Record<string, string>;
  expect([images, step]).toEqual(["20", "5"]);
  expect(JSON.parse(config!)).toEqual(place.config);
});

test("weights, moments and the rest are in files of their own", () => {
  const names = (file: string) => numbersIn(unzipped(bytes)[`${file}.safetensors`]!).map(([name]) => name);
  const [weights, optim, extra] = ["weights", "optim", "extra"].map(names) as [string[], string[], string[]];
  expect(weights.every((name) => /^(G|D|Gs)\/[\w/]+$/.test(name))).toBe(true);
  expect(optim.every((name) => /:[mv]$/.test(name))).toBe(true);
  expect(extra).toContain("stats/D");
  expect([...weights, ...optim, ...extra].sort()).toEqual([...checkpoint.tensors.keys()].sort());
});

test("the manifest tells the hash of each tensor's bytes, and of the whole state", async () => {
  const { tensors, state: told, data } = manifestIn(bytes).hashes as Record<string, Record<string, string>>;
  for (const file of ["weights", "optim", "extra"])
    for (const [name, numbers] of numbersIn(unzipped(bytes)[`${file}.safetensors`]!))
      expect([name, tensors![name]]).toEqual([name, await sha256(numbers)]);
  expect(told).toBe(state);
  expect(data).toBe(checkpoint.dataHash);
});

describe("the fingerprint", () => {
  const of = async (change: (copy: Checkpoint) => void) => {
    const { place, tensors } = checkpoint;
    const copy = { ...checkpoint, place: structuredClone(place), tensors: new Map(tensors) };
    change(copy);
    return fingerprint(copy.place, await hashTensors(copy.tensors));
  };
  const one = { shape: [1], values: Float32Array.of(1) };

  test("is of all that decides how a run goes on", async () => {
    const changes: ((copy: Checkpoint) => void)[] = [
      ({ place }) => place.images++,
      ({ place }) => place.step++,
      ({ place }) => place.stepsOfD++,
      ({ place }) => (place.fadesIn = !place.fadesIn),
      ({ place }) => place.data++,
      ({ place }) => place.streams.mix++,
      ({ place }) => place.ages["D/b4/conv/bias"]!++,
      ({ place }) => (place.config = { ...place.config, drift: 0.5 }),
      ({ tensors }) => (tensors as Map<string, typeof one>).set("D/b4/conv/bias", one),
      ({ tensors }) => void (tensors as Map<string, typeof one>).delete("D/b4/conv/bias"),
    ];
    const found = await Promise.all(changes.map(of));
    expect(new Set([state, ...found]).size).toBe(1 + changes.length);
  });

  test("is of nothing else: not of who watched, of how it came there, or of the order of names", async () => {
    const same: ((copy: Checkpoint) => void)[] = [
      ({ place }) => (place.tallied = { D: 9, G: 9, penalised: 9 }),
      ({ place }) => (place.events = []),
      ({ place }) => (place.planned = []),
      ({ place }) => (place.ages = Object.fromEntries(Object.entries(place.ages).reverse())),
      ({ tensors }) => (tensors as Map<string, typeof one>).set("stats/D", one),
      (copy) => (copy.tensors = new Map([...copy.tensors].reverse())),
    ];
    for (const change of same) expect(await of(change)).toBe(state);
  });

  test("is the same where the browser lends no SHA-256 of its own", async () => {
    const { crypto } = globalThis;
    Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
    try {
      expect(await of(() => {})).toBe(state);
    } finally {
      Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
    }
  });
});

test("a D as wide as its G is not told of, as before D had a width; another is, and comes back", async () => {
  const { place } = checkpoint;
  expect(place.config.widthD).toBe(1);
  const before = Buffer.from(bytes).toString("latin1");
  expect(before).not.toContain("widthD");
  const wide = (config: typeof place.config) => ({ ...config, widthD: 1.25 }); // of one channel still one
  const other = { ...place, config: wide(place.config), started: wide(place.started) };
  const written = await writeCheckpoint({ ...checkpoint, place: other });
  expect(written.state).not.toBe(state);
  expect(Buffer.from(written.bytes).toString("latin1")).toContain("widthD");
  const read = await readCheckpoint(written.bytes);
  expect(read.place).toEqual(other);
  expect(read.state).toBe(written.state);
});

describe("a file of format", () => {
  const folder = path.resolve(import.meta.dirname, "../../fixtures/checkpoints");
  const kept = (version: number) => path.join(folder, `v${version}.pgan`);

  // When the format changes, keep the old files, and write one of the new format: MAKE_CHECKPOINT=1 npx vitest run …
  if (process.env.MAKE_CHECKPOINT)
    test("of now is written to be kept", () => fs.writeFileSync(kept(format), bytes));

  test.each(Array.from({ length: format }, (_, i) => i + 1))(
    "%d is read, and its run goes on",
    async (version) => {
      const file = fs.readFileSync(kept(version));
      expect(file.length).toBeLessThan(60_000);
      expect(manifestIn(file).format).toBe(version);
      const read = await readCheckpoint(file);
      const { config, step } = read.place;
      const data = await openSource(config.data, config.seed, () => Promise.reject(new Error("no file")));
      const run = resume(read, data, createBatches(data, config.seed));
      for (const _ of ahead(run, 2));
      expect(run.step).toBe(step + 2);
      expect(Number.isFinite((await run.readStats()).stats.lossD!.mean)).toBe(true);
      run.dispose();
    },
  );

  test("1 told nothing to check it by, and says so", async () => {
    const read = await readCheckpoint(fs.readFileSync(kept(1)));
    expect(read).toMatchObject({
      run: { id: "unknown", name: "Imported run" },
      maker: { engine: "wasm", device: "unknown" },
      frames: [],
      dataHash: undefined,
      proof: undefined,
    });
    expect(read.place).toMatchObject({ step: 100, lone: [], events: [{ key: "minibatchStddev" }] });
    const { config } = read.place;
    const data = await openSource(config.data, config.seed, () => Promise.reject(new Error("no file")));
    const takeUp = () => resume(read, data, createBatches(data, config.seed));
    const here = { maker: read.maker, dataHash: await hashOfData(data) };
    expect(await verify({ claim: read, takeUp }, here)).toMatchObject({
      kind: "unchecked",
      steps: 0,
      because: [],
    });
  });

  test("2 keeps all of a run", async () => {
    const read = await readCheckpoint(fs.readFileSync(kept(2)));
    expect(read.frames.map(({ step, resolution }) => [step, resolution])).toEqual([
      [4, 8],
      [5, 8],
    ]);
    expect(read.frames.map((frame) => "scores" in frame)).toEqual([false, false]); // written before they were kept
    expect(read.pictures.size).toBe(2);
    expect(read.series.rows.map(({ images }) => images)).toEqual([4, 8, 12, 16, 20]);
    expect(read.place.events.map(({ key, to }) => [key, to])).toEqual([
      ["loss", "hinge"],
      ["equalizedLr", false],
    ]);
    expect(read.place.planned).toEqual([{ images: 100, key: "augment", to: true }]);
    expect(read.place.config.spectralNorm).toBe(true);
    expect(read.dataHash).toBe(checkpoint.dataHash);
  });
});

test("a file larger than any checkpoint is refused by its size alone", async () => {
  expect(() => checkSize(mostBytes)).not.toThrow();
  expect(() => checkSize(mostBytes + 1)).toThrow(
    "The file holds 1074 MB, more than any checkpoint (1074 MB).",
  );
  const huge = { length: 3 * 2 ** 30 } as Uint8Array; // nothing else of it may be looked at
  expect(await refusal(huge)).toBe("The file holds 3221 MB, more than any checkpoint (1074 MB).");
});
