// Whatever is done to a checkpoint, it is refused in one sentence, or a run goes on from it: 3,000 spoilt files.

import fc from "fast-check";
import { strFromU8, strToU8 } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as tf from "../../../src/gan/tf.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../../src/store/pgan/checkpoint.ts";
import { engines } from "../../engines.ts";
import { comparable, exampleCheckpoint } from "./example.ts";
import {
  archiveWith,
  edit,
  headerIn,
  type Json,
  manifestIn,
  manifestWith,
  orTrouble,
  pathsOf,
  rehashed,
  textIn,
  tryOut,
  unzipped,
  withHeader,
} from "./spoil.ts";

const seed = 1;
/** Milliseconds that all may take together. On a machine with nothing else to do it is 8 s. */
const patience = 150_000;

let checkpoint: Checkpoint;
let bytes: Uint8Array;
let began: number;
const outcomes = { accepted: 0, refused: 0 };

beforeAll(async () => {
  await engines[0]!.open();
  checkpoint = await exampleCheckpoint();
  ({ bytes } = await writeCheckpoint(checkpoint));
  began = performance.now();
});
afterAll(() => {
  expect(outcomes.accepted, "so that accepting is tested").toBeGreaterThan(150);
  expect(outcomes.refused, "so that refusing is tested").toBeGreaterThan(2_200);
  expect(performance.now() - began).toBeLessThan(patience);
  expect(tf.memory().numTensors).toBe(0);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12);
});

/** Spoils `runs` files in ways drawn by `arbitrary`. */
const spoil = <T>(runs: number, arbitrary: fc.Arbitrary<T>, check: (drawn: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(arbitrary, check), { seed, numRuns: runs });

async function tried(file: Uint8Array) {
  const read = await tryOut(file);
  outcomes[read ? "accepted" : "refused"]++;
  return read;
}

/** Values that a field might be replaced with. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: "binary", maxLength: 600 }),
  fc.constantFrom(
    undefined,
    null,
    0,
    -0,
    1,
    4,
    8,
    64,
    -1,
    0.5,
    2 ** 31,
    2 ** 53,
    1e308,
    "__proto__",
    "hinge",
  ),
  fc.constantFrom(true, false, "../x", "\u009b2J", "a".repeat(5_000), "2026-11-25T12:00:00.000Z"),
);

test("bytes changed", async () => {
  const whole = await comparable(await readCheckpoint(bytes));
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
  await spoil(700, fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
    const changed = bytes.slice();
    for (const [at, flip] of changes) changed[at]! ^= flip;
    const read = await tried(changed);
    if (read) expect(await comparable(read)).toEqual(whole); // e.g. the time of a file in the zip
  });
});

test("the end cut off, or something added", async () => {
  await spoil(200, fc.nat(bytes.length - 1), async (length) => {
    expect(await tried(bytes.subarray(0, length))).toBe(undefined);
  });
  await spoil(50, fc.uint8Array({ minLength: 1, maxLength: 40 }), async (more) => {
    expect(await tried(Buffer.concat([bytes, more]))).toBe(undefined);
    expect(await tried(Buffer.concat([more, bytes]))).toBe(undefined);
  });
});

test("fields of the manifest replaced, under correct checksums and hashes", async () => {
  // Of the hashes of tensors, which are alike, one is as good as all.
  const fields = pathsOf(manifestIn(bytes)).filter(
    (path, i) => !/^hashes.tensors./.test(path) || i % 40 === 0,
  );
  await spoil(
    900,
    fc.tuple(fc.constantFrom(...fields), value, fc.boolean()),
    async ([path, value, rehash]) => {
      const file = manifestWith(bytes, path, value);
      const read = await tried(rehash ? await rehashed(file) : file);
      if (!read) return;
      const edited = JSON.parse(JSON.stringify(edit(manifestIn(bytes), path, value))) as Json;
      const { maker, run, frames, saved, proof } = read;
      const told = { maker, run, frames, saved, proof, place: { ...read.place, events: undefined } };
      expect(JSON.parse(JSON.stringify(told))).toMatchObject(subset(edited, told));
    },
  );
});

/** What a manifest says of the things that were read. */
function subset(manifest: Json, read: object): Json {
  const said = Object.entries(manifest).filter(([name]) => Object.hasOwn(read, name));
  return JSON.parse(JSON.stringify(Object.fromEntries(said))) as Json;
}

test("headers of tensors replaced, or bytes of them, under correct checksums and hashes", async () => {
  const names = ["weights", "optim", "extra", "series"].map((name) => `${name}.safetensors`);
  const byte = fc.tuple(fc.nat(3_000), fc.nat(255));
  await spoil(
    350,
    fc.tuple(fc.constantFrom(...names), byte, fc.boolean()),
    async ([name, [at, byte], rehash]) => {
      const file = unzipped(bytes)[name]!.slice();
      file[at % headerIn(file).start] = byte;
      const changed = archiveWith(bytes, name, file);
      await tried(rehash ? await rehashed(changed) : changed);
    },
  );
  const drawn = fc.tuple(fc.constantFrom(...names), fc.nat(), value);
  await spoil(350, drawn, async ([name, at, value]) => {
    const file = unzipped(bytes)[name]!;
    const { header } = headerIn(file);
    const fields = pathsOf(header);
    const text = JSON.stringify(edit(header, fields[at % fields.length]!, value)) ?? "";
    await tried(await rehashed(archiveWith(bytes, name, withHeader(file, text))));
  });
});

test("lines of the list of changes replaced", async () => {
  const lines = textIn(bytes, "events.jsonl").trimEnd().split("\n");
  const drawn = fc.tuple(fc.nat(lines.length - 1), fc.nat(), value, fc.boolean());
  await spoil(300, drawn, async ([line, at, value, whole]) => {
    const event: unknown = JSON.parse(lines[line]!);
    const fields = pathsOf(event);
    const edited = whole ? value : edit(event, fields[at % fields.length]!, value);
    const changed = lines.with(line, typeof edited === "string" ? edited : (JSON.stringify(edited) ?? ""));
    await tried(await rehashed(archiveWith(bytes, "events.jsonl", changed.join("\n"))));
  });
});

test("numbers of the series replaced", async () => {
  const name = "series.safetensors";
  const file = unzipped(bytes)[name]!;
  const { start } = headerIn(file);
  const count = (file.length - start) / 8;
  const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -1, 0.5, 1, 4, 5, 6, 20, 21, 2 ** 60));
  await spoil(200, fc.tuple(fc.nat(count - 1), number), async ([at, number]) => {
    const changed = file.slice();
    new DataView(changed.buffer).setFloat64(start + 8 * at, number, true);
    const read = await tried(archiveWith(bytes, name, changed));
    for (const row of read?.series.rows ?? []) expect(row.step).toBeLessThanOrEqual(5);
  });
});

test("whole files replaced, left out, or called otherwise", async () => {
  const names = Object.keys(unzipped(bytes));
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.constantFrom(...Object.values(unzipped(bytes))),
  );
  await spoil(150, fc.tuple(fc.constantFrom(...names), content), async ([name, content]) => {
    await tried(archiveWith(bytes, name, content));
  });
  await spoil(
    100,
    fc.tuple(fc.constantFrom(...names), fc.string({ unit: "binary" })),
    async ([name, other]) => {
      const text = strFromU8(bytes, true).replaceAll(
        name,
        strFromU8(strToU8(other), true).padEnd(name.length).slice(0, name.length),
      );
      await orTrouble(() => readCheckpoint(strToU8(text, true)));
      await tried(archiveWith(bytes, other || "x", new Uint8Array(3)));
    },
  );
});
