// What a checkpoint must not hold is refused in one sentence that names it.

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
  manifestWith,
  numbersIn,
  refusal,
  rehashed,
  textIn,
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
afterAll(() => {
  expect(tf.memory().numTensors).toBe(0);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBe(undefined);
});

describe("a manifest is refused:", () => {
  test.each<[string, unknown, RegExp]>([
    ["", null, /manifest is null, not an object/],
    ["", [], /manifest is a list, not an object/],
    ["format", "1", /format is "1", not a whole number/],
    ["format", 3, /has format 3, and this version reads up to format 2/],
    ["format", -1, /has format -1/],
    ["saved", "yesterday", /saved is "yesterday", not a time/],
    ["saved", "2026-11-25 12:00 (\u001b[2J)", /saved is .*, not a time/],
    ["maker", undefined, /maker is missing/],
    ["maker.engine", 3, /maker.engine is 3/],
    ["maker.device", "\u001b[2J", /maker.device is .*, not 1 to 200 printable characters/],
    ["maker.agent", "a".repeat(401), /maker.agent is "a{40}", not 1 to 400/],
    ["run.id", "../evil", /run.id is "..\/evil", not an id/],
    ["run.id", "__proto__", /run.id is "__proto__"/],
    ["run.id", "", /run.id is ""/],
    ["run.name", "a\u202eb", /run.name is .*, not 1 to 120 printable/],
    ["run.parent", [], /run.parent is a list/],
    ["run.parent.id", "..", /run.parent.id is ".."/],
    ["run.parent.step", -1, /run.parent.step is -1/],
    ["hashes", 1, /hashes is 1/],
    ["hashes.state", "abc", /hashes.state is "abc", not a SHA-256 hash/],
    ["hashes.state", "0".repeat(64), /where the run stands is not what was saved/],
    ["hashes.data", "0".repeat(63), /hashes.data is/],
    ["hashes.tensors", {}, /tensor ".*" is not what was saved/],
    ["proof.steps", 101, /proof.steps is 101, not from 1 to 100/],
    ["proof.steps", 0, /proof.steps is 0/],
    ["frames", Array(1001).fill({}), /frames is 1001, not at most 1000/],
    ["frames.0.resolution", 7, /frames\[0\].resolution is 7/],
    ["frames.0.columns", 65, /columns is 65, not 1 to 64/],
    ["frames.0.alpha", 1.5, /alpha is 1.5/],
    ["frames.0.step", 5.5, /step is 5.5/],
    ["frames.1.step", 6, /pictures are not in the order of the run/],
    ["frames.1.step", 3, /pictures are not in the order of the run/],
    ["frames.0.images", 10 ** 6, /pictures are not in the order of the run/],
    ["frames.0.eventsMade", 3, /pictures are not in the order of the run/],
    ["place", null, /place is null, not an object/],
    ["place.config", undefined, /config is missing, not an object/],
    ["place.config.batch", undefined, /config.batch is missing/],
    ["place.config.batch", "4", /batch can't be "4"/],
    ["place.config.latent", [[]], /config.latent is a list/],
    ["place.config.fun", 1, /no setting "fun"/],
    ["place.config.\u009b2J", 1, /no setting "\ufffd2J"/],
    ["place.config.batchPerResolution", "\u0001".repeat(200), /has no meaning for/],
    ["place.started", 1, /started is 1, not an object/],
    ["place.images", -1, /images is -1, not a whole number/],
    ["place.images", 2 ** 53, /images is 9007199254740992, not a whole number/],
    ["place.step", 1.5, /step is 1.5/],
    ["place.stepsOfD", "3", /stepsOfD is "3"/],
    ["place.resolution", 6, /resolution is 6, not a power of two from 4 to 8/],
    ["place.resolution", 16, /resolution is 16/],
    ["place.fadesIn", 1, /fadesIn is 1, not true or false/],
    ["place.config.batch", 8, /config.batch is 8, not 4/],
    ["place.planned.0.key", "latent", /latent can't change while a run goes on/],
    ["place.planned.0.images", null, /planned\[0\].images is null/],
    ["place.lone.0.only", "E", /lone\[0\].only is "E", not D or G/],
    ["place.lone.0.count", 0.5, /lone\[0\].count is 0.5/],
    ["place.lone.0.count", 3, /lone.step is 5, not 6 or more, as the order of the run has it/],
    ["place.ages", [], /ages is a list/],
    ["place.ages.x", -1, /ages.x is -1/],
    ["place.tallied.D", undefined, /tallied.D is missing/],
    ["place.tallied.E", 1, /tallied is "E", not D, G, penalised/],
    ["place.streams.mix", 0.5, /streams.mix is 0.5/],
    ["place.streams.other", 1, /streams is "other"/],
    ["place.data", true, /data is true/],
  ])("%s as %j", async (path, value, message) => {
    expect(await refusal(manifestWith(bytes, path, value))).toMatch(message);
  });

  test("numbers that JSON can't hold, and keys that JavaScript means otherwise", async () => {
    const text = textIn(bytes, "manifest.json");
    const with_ = (from: string, to: string) => archiveWith(bytes, "manifest.json", text.replace(from, to));
    expect(await refusal(with_('"stepsOfD": 5', '"stepsOfD": 1e999'))).toMatch(/is Infinity/);
    expect(await refusal(with_('"stepsOfD": 5', '"stepsOfD": NaN'))).toMatch(/not JSON/);
    expect(await refusal(with_('"ages": {', '"ages": {"__proto__": 1,'))).toMatch(/__proto__/);
    expect(await refusal(with_('"config": {', '"config": {"__proto__": {"polluted": 1},'))).toMatch(
      /__proto__/,
    );
    const harmless = await readCheckpoint(with_("{", '{"__proto__": {"polluted": 1},'));
    expect((harmless as unknown as Record<string, unknown>).polluted).toBe(undefined);
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    for (const field of ["stepsOfD", "data"])
      expect(await refusal(with_(`"${field}": `, `"${field}": ${deep}, "x": `))).toMatch(/is a list/);
  });

  test("more text than any run has", async () => {
    const long = `${textIn(bytes, "manifest.json")}${" ".repeat(16 * 2 ** 20)}`;
    expect(await refusal(archiveWith(bytes, "manifest.json", long))).toMatch(/manifest.json is too long/);
    expect(await refusal(archiveWith(bytes, "events.jsonl", "\n".repeat(16 * 2 ** 20 + 1)))).toMatch(
      /events.jsonl is too long/,
    );
    const notText = Uint8Array.of(0xff, 0xfe);
    expect(await refusal(archiveWith(bytes, "manifest.json", notText))).toMatch(/manifest.json is not text/);
  });
});

describe("changes are refused:", () => {
  const event = { images: 8, step: 2, key: "loss", from: "wgan-gp", to: "hinge" };
  const second = { images: 16, step: 4, key: "equalizedLr", from: true, to: false };
  test.each<[string, unknown[], RegExp]>([
    ["none", [], /config.equalizedLr is false, not true/],
    ["of an unknown setting", [{ ...event, key: "fun" }, second], /no setting "fun"/],
    ["to no value", [{ ...event, to: "fun" }, second], /loss can't be "fun"/],
    ["to a long word", [{ ...event, to: "x".repeat(10_000) }, second], /loss can't be "x{40}"/],
    ["from no value", [{ ...event, from: 3 }, second], /loss can't be 3/],
    [
      "from another",
      [{ ...event, from: "logistic" }, second],
      /events\[0\].from is "logistic", not "wgan-gp"/,
    ],
    [
      "of nothing",
      [event, { ...second, to: true }, second],
      /events\[1\].to is true, not another value than before/,
    ],
    [
      "out of order",
      [{ ...event, step: 5, images: 20 }, second],
      /events.images is 16, not 20 or more, as the order of the run has it/,
    ],
    ["from after the checkpoint", [event, { ...second, step: 6 }], /events.step is 5, not 6 or more/],
    ["a list", [[]], /events\[0\] is a list/],
  ])("%s", async (_, events, message) => {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    expect(await refusal(archiveWith(bytes, "events.jsonl", lines))).toMatch(message);
  });

  test("that are not JSON, or missing", async () => {
    expect(await refusal(archiveWith(bytes, "events.jsonl", "{\n"))).toMatch(/list of changes is not JSON/);
    const { "events.jsonl": _, ...others } = unzipped(bytes);
    expect(await refusal(zipped(others))).toMatch(/it holds no events.jsonl/);
  });
});

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
    changed[changed.indexOf(0x7b) + 20]! ^= 1; // in the manifest
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
    expect(performance.now() - began).toBeLessThan(2_000);
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
