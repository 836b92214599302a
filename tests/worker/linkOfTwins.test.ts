// A twin in a share link: where it is forked off and what it does from there on, written, read, and made good where it is wrong.

import { expect, test } from "vitest";
import { type PlannedFlip, presets, readLink, writeLink } from "../../src/worker/protocol.ts";

const quick = presets.quick!;

test("a twin is where it is forked off, and what it does from there on", () => {
  const off: PlannedFlip = { images: 800, key: "minibatchStddev", to: false };
  const on: PlannedFlip = { images: 5_200, key: "minibatchStddev", to: true };
  const recipe = { preset: "quick", config: quick, planned: [], twin: { images: 800, planned: [off, on] } };
  const link = writeLink(recipe);
  expect(link).toBe("#v=1&preset=quick&fork=800&evB=800:minibatchStddev=off,5200:minibatchStddev=on");
  expect(readLink(link)).toEqual({ ...recipe, notices: [] });
  const told = { ...recipe, twin: { ...recipe.twin, sender: "wasm:1a2b3c4d" as const } };
  expect(writeLink(told)).toContain("&fork=800&forkState=wasm:1a2b3c4d&evB=");
  expect(readLink(writeLink(told))).toEqual({ ...told, notices: [] });
  const same = { ...recipe, twin: { images: 0, planned: [] } };
  expect(readLink(writeLink(same))).toEqual({ ...same, notices: [] });
  const many = (count: number) => ({
    ...recipe,
    planned: Array(999).fill(on),
    twin: { images: 0, planned: Array(count).fill(on) },
  });
  expect(readLink(writeLink(many(1)))).toEqual({ ...many(1), notices: [] });
  expect(() => writeLink(many(2))).toThrow(/1000 changes.* 1001/);
});

test.each<[string, object | undefined, string]>([
  ["fork=soon&evB=9:augment=on", undefined, "fork “soon” is no number of images, so there is no twin."],
  ["fork=-1", undefined, "fork “-1” is no number of images, so there is no twin."],
  [
    `fork=${"9".repeat(16)}`,
    undefined,
    "fork “9999999999999999” is no number of images, so there is no twin.",
  ],
  ["evB=9:augment=on", undefined, "There is no fork, so the changes of B were left out."],
  [
    "fork=80&evB=9:augment=on",
    { images: 80, planned: [{ images: 80, key: "augment", to: true }] },
    "B: the change of augment at 9 images came before the fork, and is made there.",
  ],
  [
    "fork=80&evB=90:r1Gamma=5000",
    { images: 80, planned: [{ images: 90, key: "r1Gamma", to: 1_000 }] },
    "B: r1Gamma at 90 images: 5000 was too large and became 1000.",
  ],
  [
    "fork=80&evB=90:seed=3",
    { images: 80, planned: [] },
    "B: seed can't change while a run goes on, so its change at 90 images was left out.",
  ],
  [
    "fork=80&forkState=cuda:1a2b3c4d",
    { images: 80, planned: [] },
    "forkState “cuda:1a2b3c4d” is no engine and hash, so nothing is compared at the fork.",
  ],
  [
    "fork=80&forkState=wasm:1A2B3C4D0",
    { images: 80, planned: [] },
    "forkState “wasm:1A2B3C4D0” is no engine and hash, so nothing is compared at the fork.",
  ],
  ["forkState=wasm:1a2b3c4d", undefined, "There is no fork, so its state was left out."],
])("of twins, %s is told", (part, twin, notice) => {
  const read = readLink(`#v=1&preset=quick&${part}`)!;
  expect([read.twin, read.notices]).toEqual([twin, [notice]]);
});
