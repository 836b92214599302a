// Tensors that no run could go on from, and archives that are no checkpoint's, are refused in one sentence that says why.

import { strFromU8, strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as tf from "../../../src/gan/tf.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../../src/store/pgan/checkpoint.ts";
import { writeSafetensors } from "../../../src/store/pgan/safetensors.ts";
import { engines } from "../../engines.ts";
import { exampleCheckpoint, takeUp } from "./example.ts";
import {
  archiveWith,
  headerIn,
  numbersIn,
  refusal,
  rehashed,
  tryOut,
  unzipped,
  withHeader,
  zipped,
} from "./spoil.ts";

let checkpoint: Checkpoint;
let bytes: Uint8Array;

beforeAll(async () => {
  await engines[0]!.open();
  checkpoint = await exampleCheckpoint();
  ({ bytes } = await writeCheckpoint(checkpoint));
});
afterAll(() => expect(tf.memory().numTensors).toBe(0));

describe("tensors are refused:", () => {
  const change = async (edit: (tensors: Map<string, unknown>) => void) => {
    const tensors = new Map(checkpoint.tensors);
    edit(tensors);
    return (await writeCheckpoint({ ...checkpoint, tensors })).bytes;
  };
  const weights = () => unzipped(bytes)["weights.safetensors"]!;
  const headed = (edit: (header: ReturnType<typeof headerIn>["header"]) => void) => {
    const { header } = headerIn(weights());
    edit(header);
    return archiveWith(bytes, "weights.safetensors", withHeader(weights(), JSON.stringify(header)));
  };

  test("with numbers that are not finite, though their hashes are right", async () => {
    for (const value of [NaN, Infinity]) {
      const tensor = { shape: [1], values: Float32Array.of(value) };
      expect(await refusal(await change((all) => all.set("D/b4/conv/bias", tensor)))).toMatch(
        /its tensor "D\/b4\/conv\/bias" holds a number that is not finite/,
      );
    }
  });

  test("changed, missing or added", async () => {
    const file = weights().slice();
    file[file.length - 4]! ^= 1; // the lowest bit of the last number
    const changed = archiveWith(bytes, "weights.safetensors", file);
    expect(await refusal(changed)).toMatch(/tensor ".*" is not what was saved/);
    expect(await tryOut(await rehashed(changed))).toBeDefined();

    for (const [name, shape] of [
      ["stats/D", "3,5"],
      ["stats/G", "3,2"],
    ] as const) {
      expect(await refusal(await change((all) => all.delete(name)))).toBe(
        `The checkpoint's tensor ${name} is missing, not [${shape}].`,
      );
      const other = { shape: [1], values: new Float32Array(1) };
      expect(await refusal(await change((all) => all.set(name, other)))).toContain(`is [1], not [${shape}]`);
    }
    const gone = await readCheckpoint(await change((all) => all.delete("G/b4/conv/weight")));
    expect(() => takeUp(gone)).toThrow("G/b4/conv/weight is missing");
  });

  test("that share their numbers, as a small file could hold many large ones so", async () => {
    const values = new Float32Array(4);
    const tensors = new Map(["a", "b"].map((name) => [name, { shape: [4], values }]));
    const shared = strToU8(strFromU8(writeSafetensors(tensors), true).replace("[16,32]", " [0,16]"), true);
    expect(await refusal(archiveWith(bytes, "weights.safetensors", shared))).toMatch(/does not fit/);
  });

  test("of another type, size or place than they say", async () => {
    const name = "D/b4/conv/weight";
    expect(await refusal(headed((all) => (all[name]!.dtype = "I64")))).toMatch(/is not of type F32/);
    expect(await refusal(headed((all) => (all[name]!.shape = [2 ** 52, 2 ** 52])))).toMatch(/does not fit/);
    expect(await refusal(headed((all) => (all[name]!.shape = Array(9).fill(1))))).toMatch(/proper shape/);
    expect(await refusal(headed((all) => (all[name]!.data_offsets[1] += 4)))).toMatch(/does not fit/);
    expect(await refusal(headed((all) => (all[name] = null!)))).toMatch(/is not described/);
    expect(await refusal(headed((all) => delete all[name]))).toMatch(/does not fit|belong to no tensor/);
    expect(await refusal(headed((all) => (all["x:m"] = { ...all[name]! })))).toMatch(/does not fit/);
  });

  test("under names that can't be shown, or mean something else", async () => {
    const none = { dtype: "F32", shape: [0], data_offsets: [0, 0] as [number, number] };
    expect(await refusal(headed((all) => (all["a\u009b\u202e:m"] = none)))).toMatch(
      /tensor "a\ufffd\ufffd:m" is in weights.safetensors/,
    );
    const { header } = headerIn(weights());
    const text = JSON.stringify(header).replace("{", `{"__proto__":${JSON.stringify(none)},`);
    const named = archiveWith(bytes, "weights.safetensors", withHeader(weights(), text));
    expect(await refusal(await rehashed(named))).toMatch(/"__proto__"/);
  });

  test("as many as no run has", async () => {
    const none = { dtype: "F32", shape: [0], data_offsets: [0, 0] as [number, number] };
    const many = headed((all) => {
      for (let i = 0; i < 200_000; i++) all[`x${i}`] = none;
    });
    expect(await refusal(many)).toMatch(/its header is longer than/);
  });

  test("as told by any other file", async () => {
    expect(numbersIn(weights()).length).toBeGreaterThan(10);
    for (const junk of ["", "abc", "\0\0\0\0\0\0\0\0", "\x02\0\0\0\0\0\0\0[]", "\xff".repeat(16)]) {
      const file = strToU8(junk, true);
      expect(await refusal(archiveWith(bytes, "weights.safetensors", file))).toMatch(
        /can't be read|holds no|missing|not what/,
      );
    }
  });
});

describe("an archive is refused:", () => {
  test.each([
    "more.txt",
    "../x",
    "/etc/passwd",
    "atlas/../../x",
    "C:\\x",
    "__proto__",
    "a\u001b[2J\u009b",
    "x".repeat(9999),
  ])("with a file %j", async (name) => {
    const stranger = zipSync({ ...unzipped(bytes), a: new Uint8Array(3) }, { level: 0 });
    expect(await refusal(renamed(stranger, "a", name))).toMatch(/^This file is .*: it holds a file ".*"\.$/u);
  });

  test("with a picture of no moment", async () => {
    const other = "atlas/s000000003_e0001.png";
    expect(await refusal(archiveWith(bytes, other, new Uint8Array(40)))).toContain(`a file "${other}"`);
  });

  test("that is compressed, changed, cut or empty", async () => {
    expect(await refusal(zipSync(unzipped(bytes), { level: 9 }))).toMatch(/compressed/);
    const changed = bytes.slice();
    changed[Buffer.from(bytes).indexOf('{\n "format"') + 20]! ^= 1; // in the manifest
    expect(await refusal(changed)).toMatch(/not what was saved/);
    expect(await refusal(bytes.subarray(0, bytes.length - 1))).toMatch(/not a whole zip/);
    expect(await refusal(new Uint8Array())).toMatch(/not a whole zip/);
  });

  test("that names a file twice, or a size other than the bytes it has", async () => {
    const twice = { ...unzipped(bytes), "weightz.safetensors": new Uint8Array(3) };
    expect(await refusal(renamed(zipped(twice), "weightz.safetensors", "weights.safetensors"))).toMatch(
      /same name/,
    );
    const lies = bytes.slice();
    const view = new DataView(lies.buffer);
    const entry = view.getUint32(lies.length - 6, true);
    for (const field of [20, 24]) view.setUint32(entry + field, 0xffffffff, true);
    expect(await refusal(lies)).toMatch(/cut short/);
  });

  test("whose many files are the same few bytes", async () => {
    const shared = overlapping(new Uint8Array(2 ** 20), 10_000); // 10 GB to look at, in 1.7 MB
    const began = performance.now();
    expect(await refusal(shared)).toMatch(/overlap/);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

/** The archive with `from` called `to`, where that is listed and where it lies. Lengths need not be the same. */
function renamed(file: Uint8Array, from: string, to: string): Uint8Array {
  const files = Object.entries(unzipped(file));
  const wanted = strToU8(to);
  const placeholder = "z".repeat(wanted.length); // so that all offsets are right
  const text = strFromU8(
    zipped(Object.fromEntries(files.map(([name, content]) => [name === from ? placeholder : name, content]))),
    true,
  );
  return strToU8(text.replaceAll(placeholder, strFromU8(wanted, true)), true);
}

/** A zip of one file's bytes under many names. */
function overlapping(content: Uint8Array, count: number): Uint8Array {
  const one = zipSync({ a00000: content }, { level: 0 });
  const directory = new DataView(one.buffer).getUint32(one.length - 6, true);
  const entry = one.subarray(directory, one.length - 22);
  const all = new Uint8Array(directory + entry.length * count + 22);
  all.set(one.subarray(0, directory));
  for (let i = 0; i < count; i++) {
    all.set(entry, directory + i * entry.length);
    all.set(strToU8(`a${String(i).padStart(5, "0")}`), directory + i * entry.length + 46);
  }
  const end = directory + entry.length * count;
  all.set(one.subarray(one.length - 22), end);
  const view = new DataView(all.buffer);
  for (const field of [8, 10]) view.setUint16(end + field, count, true);
  view.setUint32(end + 12, entry.length * count, true);
  return all;
}
