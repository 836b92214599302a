// A run that is taken up again is told to be the same run, or what makes it another, on the engines of this machine.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readPack } from "../../src/cli/readPack.ts";
import { openSource } from "../../src/data/catalogue.ts";
import type { Config } from "../../src/gan/settings/config.ts";
import { ahead } from "../../src/gan/replay.ts";
import type { ImageSource } from "../../src/gan/source.ts";
import * as tf from "../../src/gan/tf.ts";
import { hashOfData } from "../../src/store/dataHash.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../src/store/pgan/checkpoint.ts";
import { fingerprint, hashTensors } from "../../src/store/pgan/fingerprint.ts";
import { fingerprintOf, takeSnapshot } from "../../src/store/snapshot.ts";
import { type Candidate, type Claim, proofSteps, prove, verify } from "../../src/store/verify.ts";
import { engines } from "../engines.ts";
import { exampleCheckpoint, takeUp } from "./pgan/example.ts";

describe.each(engines)("on $name", ({ open, close }) => {
  let checkpoint: Checkpoint;
  let claim: Claim;
  let here: Parameters<typeof verify>[1];
  let before = 0;
  beforeAll(async () => {
    await open();
    before = tf.memory().numTensors;
    checkpoint = await exampleCheckpoint();
    const { place, tensors, maker, proof, dataHash } = checkpoint;
    claim = { state: await fingerprint(place, await hashTensors(tensors)), proof, maker, dataHash };
    here = { maker, dataHash: dataHash! };
  });
  afterAll(close);
  afterEach(() => expect(tf.memory().numTensors, "every tensor was freed").toBe(before));

  const again = () => takeUp(checkpoint);
  const of = (claim: Claim): Candidate => ({ claim, takeUp: again });
  const other = "0".repeat(64);

  test("a snapshot is taken up as it was, and goes on as if nothing had been", async () => {
    const [first, second] = [again(), again()];
    for (const _ of ahead(first, 2));
    const snapshot = await takeSnapshot(first);
    for (const _ of ahead(first, 3));
    const later = takeUp(snapshot);
    expect(await takeSnapshot(later)).toEqual(snapshot);
    for (const _ of ahead(later, 3));
    for (const _ of ahead(second, 5));
    const fingerprints = await Promise.all([first, later, second].map(fingerprintOf));
    expect(new Set(fingerprints).size).toBe(1);
    for (const run of [first, second, later]) run.dispose();
  });

  test("the same run is exact, after as many steps as were proven", async () => {
    const verdict = await verify(of(claim), here);
    expect(verdict).toEqual({ kind: "exact", state: claim.state, steps: proofSteps, because: [] });
  });

  test("so it is as a file that was written and read", async () => {
    const { bytes, state } = await writeCheckpoint(checkpoint);
    const read = await readCheckpoint(bytes);
    expect(state).toBe(claim.state);
    expect(await verify({ claim: read, takeUp: () => takeUp(read) }, here)).toMatchObject({ kind: "exact" });
  });

  test("where the numbers agree, it does not matter who made them", async () => {
    const maker = { ...here.maker, engine: "another", app: "0.0.1", agent: "a browser" };
    expect(await verify(of({ ...claim, maker }), here)).toMatchObject({ kind: "exact", because: [] });
  });

  test("where they don't, all that is another is told", async () => {
    const differs = async (maker: object, more: Partial<Claim> = {}) => {
      const proof = { steps: 2, sha256: other };
      const made = { ...claim, maker: { ...here.maker, ...maker }, proof, ...more };
      const { kind, steps, because } = await verify(of(made), here);
      expect({ kind, steps }).toEqual({ kind: "differs", steps: 2 });
      return because;
    };
    const { engine, device, app, tfjs, agent } = here.maker;
    expect(await differs({})).toEqual(["this device does not repeat its own numbers"]);
    expect(await differs({ engine: "abacus", device: "wood" })).toEqual([
      `another engine: ${engine}, not abacus`,
    ]);
    expect(await differs({ device: "wood" })).toEqual([`another device: ${device}, not wood`]);
    expect(await differs({ app: "9.9.9", tfjs: "1.0.0", agent: "Lynx" })).toEqual([
      `another version of the playground: ${app}, not 9.9.9`,
      `another version of tfjs: ${tfjs}, not 1.0.0`,
      `another browser or system: ${agent}, not Lynx`,
    ]);
    expect(await differs({}, { dataHash: other })).toEqual(["other images in the data set"]);
    expect(await differs({}, { dataHash: undefined })).toEqual([
      "this device does not repeat its own numbers",
    ]);
  });

  test("a state that is not even stored as it was is told before any step", async () => {
    expect(await verify(of({ ...claim, state: other }), here)).toEqual({
      kind: "differs",
      state: other,
      steps: 0,
      because: ["this device changes numbers that are only stored"],
    });
  });

  test("without a proof nothing is claimed", async () => {
    const verdict = await verify(of({ ...claim, proof: undefined }), here);
    expect(verdict).toEqual({ kind: "unchecked", state: claim.state, steps: 0, because: [] });
  });

  test("without one of its own, the steps after the checkpoint before it are taken", async () => {
    const unproven = of({ ...claim, state: claim.state, proof: undefined });
    const wrong = of({ ...claim, proof: { steps: 2, sha256: other } });
    expect(await verify(unproven, here, undefined, of(claim))).toMatchObject({
      kind: "exact",
      steps: proofSteps,
    });
    expect(await verify(unproven, here, undefined, wrong)).toMatchObject({ kind: "differs", steps: 2 });
    expect(await verify(unproven, here, undefined, unproven)).toMatchObject({ kind: "unchecked" });
  });

  test("giving up in between leaves nothing behind", async () => {
    const giveUp = () => Promise.reject(new Error("enough"));
    await expect(verify(of(claim), here, giveUp)).rejects.toThrow("enough");
    await expect(prove(again(), giveUp)).rejects.toThrow("enough");
  });
});

describe("the hash of a data set", () => {
  const open = (name: Config["data"], seed: number) => openSource(name, seed, readPack);

  // Other hashes mean other images: every checkpoint there is then goes on with data that are not its own.
  test.each<[Config["data"], number, string]>([
    ["digits", 7, "d5ac6c15820fb326a06c8abc7a5a74e671cdbba9bbc99c95d53d951ec2b3bbfa"],
    ["stacked-mnist", 7, "4be30720d3752b32fc314d468f4d84ea35ea96ea7f06de64ee65549e137974e6"],
    ["shapes-16", 7, "339114c28bf5ebfe3fc7e1749fda25a992d29252ddb6c64ff4f4f49dff511e4e"],
    ["shapes-16", 8, "7e9ff3c91eb20f1b85783696fcbfb2fa20c02f902ac54ff08a6697c54927596e"],
    ["shapes-64", 7, "e1c532770c2a617d5dc7eca7a9478a2eb358d1aa070c5c3822f1388700d5462d"],
  ])("of %s, seed %d, is what it was", async (name, seed, expected) => {
    expect(await hashOfData(await open(name, seed))).toBe(expected);
  });

  test("is another where a single pixel is", async () => {
    const digits = await open("digits", 7);
    const bytes = digits.bytes!.slice();
    bytes[bytes.length - 500]! += 1;
    const spoilt: ImageSource = { ...digits, bytes };
    expect(await hashOfData(spoilt)).not.toBe(await hashOfData(digits));
    expect(await hashOfData({ ...digits, bytes: undefined })).toBe(await hashOfData(digits)); // drawn one by one
  });
});
