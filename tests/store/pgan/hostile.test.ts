// What the texts of a checkpoint must not say is refused in one sentence that names it.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as tf from "../../../src/gan/tf.ts";
import { readCheckpoint, writeCheckpoint } from "../../../src/store/pgan/checkpoint.ts";
import { engines } from "../../engines.ts";
import { exampleCheckpoint } from "./example.ts";
import { archiveWith, manifestWith, refusal, textIn, unzipped, zipped } from "./spoil.ts";

let bytes: Uint8Array;

beforeAll(async () => {
  await engines[0]!.open();
  ({ bytes } = await writeCheckpoint(await exampleCheckpoint()));
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
    ["run.pair", "A", /run.pair is "A"/],
    ["run.pair.side", "C", /run.pair.side is "C"/],
    ["run.pair.other", "../a", /run.pair.other is "..\/a"/],
    ["run.pair.images", 0.5, /run.pair.images is 0.5/],
    ["run.pair.sha256", "3f", /run.pair.sha256 is "3f"/],
    ["run.pair.engine", "\u001b[2J", /run.pair.engine is .*, not 1 to 40 printable characters/],
    ["run.pair.sender", "wasm:<b>", /run.pair.sender is "wasm:<b>", not an engine and a hash/],
    ["hashes", 1, /hashes is 1/],
    ["hashes.state", "abc", /hashes.state is "abc", not a SHA-256 hash/],
    ["hashes.state", "0".repeat(64), /where the run stands is not what was saved/],
    ["hashes.data", "0".repeat(63), /hashes.data is/],
    ["hashes.tensors", {}, /tensor ".*" is not what was saved/],
    ["proof.steps", 101, /proof.steps is 101, not from 1 to 100/],
    ["proof.steps", 0, /proof.steps is 0/],
    ["twin", [], /twin is a list/],
    ["twin.images", -1, /twin.images is -1/],
    ["twin.planned", null, /twin.planned is null, not a list/],
    ["twin.planned.0.key", "batch", /batch can't change while a run goes on/],
    ["twin.planned.0.to", [], /twin.planned\[0\].to is a list/],
    ["twin.planned.0.images", 0.5, /twin.planned\[0\].images is 0.5/],
    ["twin.sender", "wasm:1a2b3c4d\n", /twin.sender is .*, not an engine and a hash/],
    ["twin.sender", { engine: "wasm" }, /twin.sender is an object/],
    ["frames", Array(1001).fill({}), /frames is 1001, not at most 1000/],
    ["frames.0.resolution", 7, /frames\[0\].resolution is 7/],
    ["frames.0.columns", 65, /columns is 65, not 1 to 64/],
    ["frames.0.alpha", 1.5, /alpha is 1.5/],
    ["frames.0.step", 5.5, /step is 5.5/],
    ["frames.1.scores", 7, /frames\[1\].scores is 7, not an object/],
    ["frames.1.scores.high", -1.5, /scores.high is -1.5, not a number above low/],
    ["frames.1.scores.low", null, /scores.high is 2, not a number above low/],
    ["frames.1.scores.low", "-1", /scores.high is 2, not a number above low/],
    ["frames.1.scores.reals", Array(257).fill(0), /scores.reals is "257 bins", not 1 to 256 bins/],
    ["frames.1.scores.reals", [], /scores.reals is "0 bins"/],
    ["frames.1.scores.fakes", [1], /scores.fakes is "1 bins", not as many bins as reals, 2/],
    ["frames.1.scores.fakes.1", -1, /scores.fakes\[1\] is -1, not a whole number/],
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
    ["place.config.widthD", 0.5, /config.widthD is 0.5, not 1/],
    ["place.config.widthD", 1e9, /widthD can't be 1000000000/],
    ["place.started.widthD", null, /started.widthD is null/],
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
    ["place.planned.0.key", "widthD", /widthD can't change while a run goes on/],
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
