// Checkpoints come back as they were written, and whatever else is in such a file is refused in one sentence.

import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Trouble } from "../../src/gan/errors.ts";
import * as tf from "../../src/gan/tf.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../src/store/checkpoint.ts";
import { writeSafetensors } from "../../src/store/safetensors.ts";
import { resume, takeSnapshot } from "../../src/store/snapshot.ts";
import { engines } from "../engines.ts";
import { batchesOf, source, tinyRun } from "../gan/tiny.ts";

const images = { ...source, count: Infinity, write: () => {} };

let checkpoint: Checkpoint;
let bytes: Uint8Array;

beforeAll(async () => {
  await engines[0]!.open();
  const run = tinyRun({ channelsMax: 1, latent: 2, spectralNorm: true });
  for (let i = 0; i < 3; i++) {
    run.grow();
    run.advance();
  }
  run.flip("loss", "hinge");
  checkpoint = await takeSnapshot(run, "cpu");
  checkpoint.place.planned.push({ images: 100, key: "augment", to: true });
  run.dispose();
  bytes = writeCheckpoint(checkpoint);
});
afterAll(() => expect(tf.memory().numTensors).toBe(0));

test("what is written is what is read", () => {
  expect(readCheckpoint(bytes)).toEqual(checkpoint);
  expect(readCheckpoint(Buffer.from(bytes))).toEqual(checkpoint); // what Node reads from a file
});

test("it opens in any unzip, and its tensors in any reader of safetensors", () => {
  const files = unzipSync(bytes);
  expect(JSON.parse(strFromU8(files["manifest.json"]!)).place).toEqual(checkpoint.place);
  const file = files["weights.safetensors"]!;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  expect((8 + length) % 8).toBe(0);
  const header = JSON.parse(strFromU8(file.subarray(8, 8 + length)));
  const { dtype, shape, data_offsets: at } = header["D/b4/conv/weight"];
  expect({ dtype, shape }).toEqual({ dtype: "F32", shape: [3, 3, 2, 1] });
  const numbers = file.slice(8 + length + at[0], 8 + length + at[1]);
  expect(new Float32Array(numbers.buffer)).toEqual(checkpoint.tensors.get("D/b4/conv/weight")!.values);
});

describe("is refused:", () => {
  test.each<[string, unknown, RegExp]>([
    ["", null, /manifest is not an object/],
    ["", [], /names no format/],
    ["format", "1", /names no format/],
    ["format", 2, /has format 2, and this version reads format 1/],
    ["engine", 3, /names no engine/],
    ["engine", "\u001b[2J", /names no engine/],
    ["place", null, /place is null, not an object/],
    ["place.config", undefined, /config is missing, not an object/],
    ["place.config.batch", undefined, /config.batch is missing/],
    ["place.config.batch", "4", /batch can't be "4"/],
    ["place.config.latent", [[]], /config.latent is a list/],
    ["place.config.fun", 1, /no setting "fun"/],
    ["place.started", 1, /started is 1, not an object/],
    ["place.images", -1, /images is -1, not a whole number/],
    ["place.images", 2 ** 53, /images is 9007199254740992, not a whole number/],
    ["place.step", 1.5, /step is 1.5/],
    ["place.stepsOfD", "3", /stepsOfD is "3"/],
    ["place.resolution", 6, /resolution is 6, not a power of two from 4 to 8/],
    ["place.resolution", 16, /resolution is 16/],
    ["place.fadesIn", 1, /fadesIn is 1, not true or false/],
    ["place.events", {}, /events is an object, not a list/],
    ["place.events.0.key", "fun", /no setting "fun"/],
    ["place.events.0.to", "fun", /loss can't be "fun"/],
    ["place.events.0.from", 3, /loss can't be 3/],
    ["place.events.0.from", "logistic", /events\[0\].from is "logistic", not "wgan-gp"/],
    ["place.events", [], /config.loss is "hinge", not "wgan-gp"/],
    ["place.config.batch", 8, /config.batch is 8, not 4/],
    ["place.planned.0.key", "latent", /latent can't change while a run goes on/],
    ["place.planned.0.images", null, /planned\[0\].images is null/],
    ["place.ages", [], /ages is a list/],
    ["place.ages.x", -1, /ages.x is -1/],
    ["place.tallied.D", undefined, /tallied.D is missing/],
    ["place.tallied.E", 1, /tallied is "E", not D, G, penalised/],
    ["place.streams.mix", 0.5, /streams.mix is 0.5/],
    ["place.streams.other", 1, /streams is "other"/],
    ["place.data", true, /data is true/],
  ])("%s as %j", (path, value, message) => {
    expect(refused(manifestWith(path, value)).message).toMatch(message);
  });

  test("numbers that JSON can't hold, and keys that JavaScript means otherwise", () => {
    const text = manifestText();
    expect(refused(withManifest(text.replace('"images": 12', '"images": 1e999'))).message).toMatch(
      /is Infinity/,
    );
    expect(refused(withManifest(text.replace('"images": 12', '"images": NaN'))).message).toMatch(/not JSON/);
    expect(refused(withManifest(text.replace('"ages": {', '"ages": {"__proto__": 1,'))).message).toMatch(
      /__proto__/,
    );
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    for (const place of ["images", "data"])
      expect(
        refused(withManifest(text.replace(`"${place}": `, `"${place}": ${deep}, "x": `))).message,
      ).toMatch(/is a list/);
  });

  test("tensors that no run could go on from", () => {
    const change = (edit: (tensors: Checkpoint["tensors"]) => void) => {
      const tensors = new Map(checkpoint.tensors);
      edit(tensors);
      return writeCheckpoint({ ...checkpoint, tensors });
    };
    const nan = { shape: [1], values: Float32Array.of(Number.NaN) };
    expect(refused(change((all) => all.set("D/b4/conv/bias", nan))).message).toMatch(
      /"D\/b4\/conv\/bias" holds/,
    );
    for (const [name, shape] of [
      ["stats/D", "3,5"],
      ["stats/G", "3,2"],
    ] as const) {
      const trouble = refused(change((all) => all.delete(name)));
      expect(trouble.message).toBe(`The checkpoint's tensor ${name} is missing, not [${shape}].`);
      const other = { shape: [1], values: new Float32Array(1) };
      expect(refused(change((all) => all.set(name, other))).message).toContain(`is [1], not [${shape}]`);
    }
    const gone = change((all) => all.delete("G/b4/conv/weight"));
    expect(() => resume(readCheckpoint(gone), images, batchesOf())).toThrow(/G\/b4\/conv\/weight is missing/);
  });

  test("tensors that share their numbers, as a small file could hold many large ones so", () => {
    const values = new Float32Array(4);
    const file = writeSafetensors({ a: { shape: [4], values }, b: { shape: [4], values } });
    const shared = strToU8(strFromU8(file, true).replace("[16,32]", " [0,16]"), true);
    expect(refused(archiveWith("weights.safetensors", shared)).message).toMatch(/does not fit/);
  });

  test("files that are not its own, compressed or changed", () => {
    expect(refused(archiveWith("more.txt", new Uint8Array(3))).message).toMatch(/"more.txt"/);
    expect(refused(zipSync(unzipSync(bytes), { level: 9 })).message).toMatch(/compressed/);
    const changed = bytes.slice();
    changed[changed.indexOf(0x7b) + 20]! ^= 1; // in the manifest
    expect(refused(changed).message).toMatch(/not what was saved/);
    expect(refused(new Uint8Array()).message).toMatch(/not a whole zip/);
  });
});

describe("whatever is done to a file, it is refused in one sentence or a run goes on from it:", () => {
  const seed = 1;

  test("bytes changed", () => {
    const at = fc.nat(bytes.length - 1);
    fc.assert(
      fc.property(at, fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice();
        changed[at]! ^= flip;
        const read = tryReading(changed);
        if (read) expect(read).toEqual(checkpoint);
      }),
      { seed, numRuns: 1000 },
    );
  });

  test("the end cut off", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => void refused(bytes.subarray(0, length))),
      { seed, numRuns: 300 },
    );
  });

  test("fields of the manifest replaced, under a correct checksum", () => {
    const fields = pathsOf({ format: 1, engine: "cpu", place: checkpoint.place });
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(undefined, 0, -0, 4, 8, 2 ** 53, 1e308, "__proto__", "hinge", true),
    );
    fc.assert(
      fc.property(fc.constantFrom(...fields), value, (path, value) => {
        const read = tryReading(manifestWith(path, value));
        if (!read) return;
        const edited = JSON.parse(JSON.stringify(edit(manifest(), path, value)));
        expect({ engine: read.engine, place: read.place }).toEqual({
          engine: edited.engine,
          place: edited.place,
        });
        tryResuming(read);
      }),
      { seed, numRuns: 1500 },
    );
  });

  test("headers of tensors replaced, under a correct checksum", () => {
    const names = ["weights.safetensors", "optim.safetensors", "extra.safetensors"];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(3000), fc.nat(255), (name, at, byte) => {
        const file = unzipSync(bytes)[name]!.slice();
        const length = Number(new DataView(file.buffer).getBigUint64(0, true));
        file[at % (8 + length)] = byte;
        const read = tryReading(archiveWith(name, file));
        if (read) tryResuming(read);
      }),
      { seed, numRuns: 500 },
    );
  });
});

/** The checkpoint in `file`, unless it is refused as it should be. */
function tryReading(file: Uint8Array): Checkpoint | undefined {
  return orTrouble(() => readCheckpoint(file));
}

/** Takes the run up and leaves it; either way no tensor stays. */
function tryResuming(read: Checkpoint): void {
  const before = tf.memory().numTensors;
  orTrouble(() => resume(read, images, batchesOf()))?.dispose();
  expect(tf.memory().numTensors).toBe(before);
}

function orTrouble<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    expect(error.message.length).toBeLessThan(400);
    expect(error.message).not.toMatch(/\p{Cc}/u);
    expect(error.remedy).not.toBe("");
    return undefined;
  }
}

function refused(file: Uint8Array): Trouble {
  try {
    readCheckpoint(file);
  } catch (error) {
    expect(error).toBeInstanceOf(Trouble);
    return error as Trouble;
  }
  throw new Error("nothing was refused");
}

const archiveWith = (name: string, content: Uint8Array) =>
  zipSync({ ...unzipSync(bytes), [name]: content }, { level: 0 });

const manifestText = () => strFromU8(unzipSync(bytes)["manifest.json"]!);
const manifest = (): unknown => JSON.parse(manifestText());
const withManifest = (text: string) => archiveWith("manifest.json", strToU8(text));
const manifestWith = (path: string, value: unknown) =>
  withManifest(JSON.stringify(edit(manifest(), path, value)) ?? "");

/** `root` with `value` at `path`, e.g. "place.events.0.to". */
function edit(root: unknown, path: string, value: unknown): unknown {
  if (path === "") return value;
  const [last, ...way] = path.split(".").reverse() as [string, ...string[]];
  const holder = way
    .reverse()
    .reduce((at, key) => at[key] as Record<string, unknown>, root as Record<string, unknown>);
  holder[last] = value;
  return root;
}

/** Every path in plain data, of branches and leaves. Names with a dot in them don't occur. */
function pathsOf(value: unknown, path = ""): string[] {
  const children = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [path, ...children.flatMap(([key, child]) => pathsOf(child, path === "" ? key : `${path}.${key}`))];
}
