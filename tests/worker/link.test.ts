// Share links come back as they were written, and whatever else stands after a # is made good or refused in one sentence.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Trouble } from "../../src/gan/errors.ts";
import { checkFlip } from "../../src/gan/settings/settings.ts";
import {
  checkConfig,
  type Config,
  keys,
  type PlannedFlip,
  presets,
  readLink,
  writeLink,
} from "../../src/worker/protocol.ts";
import { recipes } from "./recipes.ts";

const quick = presets.quick!;

test("what is written is what is read, whatever the settings", () => {
  fc.assert(
    fc.property(recipes(), (recipe) => {
      expect(readLink(writeLink(recipe))).toEqual({ ...recipe, notices: [] });
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("a link says what differs from its preset, in words a person reads", () => {
  const planned: PlannedFlip[] = [
    { images: 2_000, key: "minibatchStddev", to: false },
    { images: 5_200, key: "minibatchStddev", to: true },
  ];
  const config = { ...quick, seed: 9, r1Gamma: 0.5 };
  const link = writeLink({ preset: "quick", config, planned });
  expect(link).toBe(
    "#v=1&preset=quick&seed=9&r1Gamma=0.5&ev=2000:minibatchStddev=off,5200:minibatchStddev=on",
  );
  expect(readLink(link)).toEqual({ preset: "quick", config, planned, notices: [] });
  expect(readLink(link.slice(1))?.config).toEqual(config);

  const batches = writeLink({
    preset: "none",
    config: { ...quick, batchPerResolution: "32:8,64:4" },
    planned: [],
  });
  expect(batches).toMatch(/^#v=1&preset=browser&.*&batchPerResolution=32:8,64:4&/);
});

test("D is as wide as G in a link that says nothing of it, and in one that says otherwise it is not", () => {
  expect(readLink("#v=1&preset=quick&seed=9")?.config.widthD).toBe(1);
  expect(writeLink({ preset: "quick", config: quick, planned: [] })).not.toMatch("widthD");
  const narrow = "#v=1&preset=quick&widthD=0.25";
  expect(readLink(narrow)?.config.widthD).toBe(0.25);
  expect(writeLink({ preset: "quick", config: { ...quick, widthD: 0.25 }, planned: [] })).toBe(narrow);
  const live = readLink("#v=1&preset=quick&widthD=0&ev=800:widthD=0.5");
  expect(live).toMatchObject({ config: { widthD: 0.05 }, planned: [] });
  expect(live?.notices).toEqual([
    "widthD 0 was too small and became 0.05.",
    "widthD can't change while a run goes on, so its change at 800 images was left out.",
  ]);
});

test("a link of 1,000 changes is read, however long each is, and none is made of more", () => {
  const longest: PlannedFlip = { images: 1e15 - 1, key: "emaHalfLifeImages", to: 1_234_567.123456789 };
  const recipe = { preset: "quick", config: quick, planned: Array(1_000).fill(longest) };
  expect(readLink(writeLink(recipe))).toEqual({ ...recipe, notices: [] });
  expect(() => writeLink({ ...recipe, planned: [...recipe.planned, longest] })).toThrow(
    /1000 changes.* 1001/,
  );
});

test.each(["", "#", "#stage", "#preset=quick", "v", "#w=1&x=v"])("%j is no link of ours", (fragment) =>
  expect(readLink(fragment)).toBeUndefined(),
);

test.each<[string, RegExp]>([
  ["v=", /its version is “”/],
  ["v=two", /its version is “two”/],
  ["v=0", /its version is “0”/],
  ["v=%", /its version is “”/],
  [`v=1&seed=${"9".repeat(70_000)}`, /has 70009 characters, and 65536 are the most/],
  [`v=1&ev=${"9:augment=on,".repeat(1_001)}`, /can hold 1000 changes, and here are 1001/],
  [
    `v=1&fork=9&ev=9:augment=on&evB=${"9:augment=on,".repeat(1_000)}`,
    /can hold 1000 changes, and here are 1001/,
  ],
])("is refused: %.40s", (fragment, message) => expect(refused(fragment).message).toMatch(message));

test.each<[string, Partial<Config>, string]>([
  ["batch=9000", { batch: 512 }, "batch 9000 was too large and became 512."],
  ["latent=-3", { latent: 1 }, "latent -3 was too small and became 1."],
  ["latent=12.5", { latent: 13 }, "latent 12.5 is no whole number and became 13."],
  ["r1Gamma=1e300", { r1Gamma: 1_000 }, "r1Gamma 1e300 was too large and became 1000."],
  ["batch=18", { batch: 20 }, "batch 18 does not divide into groups of 4 and became 20."],
  ["from=32&to=16", { from: 16, to: 16 }, "from 32 was above to 16 and became 16."],
  ["to=7", {}, "to “7” makes no sense, so it was left out. It takes 4, 8, 16, 32 or 64."],
  ["fadeIn=perhaps", {}, "fadeIn “perhaps” makes no sense, so it was left out. It takes on or off."],
  ["seed=", {}, "seed “” makes no sense, so it was left out. It takes a whole number from 0 to 4294967295."],
  ["batchPerResolution=9:9", {}, "batchPerResolution “9:9” makes no sense here, so it was left out."],
  ["batchPerResolution=8:18", {}, "batchPerResolution “8:18” makes no sense here, so it was left out."],
  ["fun=1", {}, "There is no setting “fun”, so it was left out."],
  ["__proto__=1", {}, "There is no setting “__proto__”, so it was left out."],
  ["seed=1&seed=2", { seed: 2 }, "“seed” is there twice, and the last one counts."],
  ["seed=%E0%A4%A", {}, "“seed=%E0%A4%A” can't be read, so it was left out."],
  ["ev=soon:augment=on", {}, "The change “soon:augment=on” names no moment and setting, so it was left out."],
  ["ev=5:fun=on", {}, "There is no setting “fun” to change, so that was left out."],
  ["ev=5:batch=8", {}, "batch can't change while a run goes on, so its change at 5 images was left out."],
  ["ev=5:augment=3", {}, "augment at 5 images: “3” makes no sense, so it was left out. It takes on or off."],
])("%s is told", (part, config, notice) => {
  const base = { preset: "quick", planned: [] };
  expect(readLink(`#v=1&preset=quick&${part}`)).toEqual({
    ...base,
    config: { ...quick, ...config },
    notices: [notice],
  });
});

test("a change beyond its range is clamped as a setting is", () => {
  const { planned, notices } = readLink("#v=1&ev=10:r1Gamma=5000,20:loss=hinge")!;
  expect(planned).toEqual([
    { images: 10, key: "r1Gamma", to: 1_000 },
    { images: 20, key: "loss", to: "hinge" },
  ]);
  expect(notices).toEqual(["r1Gamma at 10 images: 5000 was too large and became 1000."]);
});

test("an unknown preset and a newer version are told, and the rest is read", () => {
  const { preset, config, notices } = readLink("#v=2&preset=constructor&seed=3")!;
  expect([preset, config]).toEqual(["browser", { ...presets.browser, seed: 3 }]);
  expect(notices).toEqual([
    "This link was made with a newer version; what was understood is shown.",
    "There is no preset “constructor”; browser is in its place.",
  ]);
});

test("what is quoted of a link is short and prints, and there is not too much of it", () => {
  const strange = encodeURIComponent("\u202e\u0007a\u2028b\u{1f600}".repeat(100));
  const { notices } = readLink(
    `#v=1&${strange}=1&${Array.from({ length: 100 }, (_, i) => `x${i}=`).join("&")}`,
  )!;
  expect(notices).toHaveLength(21);
  expect(notices.at(-1)).toBe("So it went with 81 more.");
  expect(notices[0]).toMatch(/^There is no setting “(ab\u{1f600})+.*…”, so it was left out\.$/u);
  for (const notice of notices) expectReadable(notice);
});

describe("whatever is done to a link, it is refused in one sentence or a run can start from it:", () => {
  const seed = 1;
  const names = [
    ...keys,
    "v",
    "preset",
    "ev",
    "fork",
    "forkState",
    "evB",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "",
  ];
  const word = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.double().map(String),
    fc.integer().map(String),
    fc.constantFrom(
      "on",
      "off",
      "quick",
      "hinge",
      "1e999",
      "-0",
      "0x10",
      "32:8,64:4",
      "32:9",
      "__proto__",
      "%",
      "%00",
    ),
    fc.tuple(fc.nat(9_999), fc.constantFrom(...names)).map(([images, key]) => `${images}:${key}=on`),
  );
  const escaped = fc.tuple(word, fc.boolean()).map(([word, escape]) => (escape ? escapeAll(word) : word));
  const written = recipes().map(writeLink);

  test("characters changed, or the end cut off", () => {
    fc.assert(
      fc.property(
        written,
        fc.nat(),
        fc.string({ unit: "binary", maxLength: 3 }),
        fc.nat(3),
        (link, at, put, cut) => {
          const place = at % link.length;
          tryReading(link.slice(0, place) + put + link.slice(place + cut));
          tryReading(link.slice(0, place));
        },
      ),
      { seed, numRuns: 1_000 },
    );
  });

  test("parameters added, doubled and replaced", () => {
    const parts = fc.array(fc.tuple(fc.constantFrom(...names), escaped), { maxLength: 12 });
    fc.assert(
      fc.property(written, parts, fc.boolean(), (link, parts, before) => {
        const more = parts.map((part) => part.join("=")).join("&");
        tryReading(before ? `#v=1&${more}&${link.slice(1)}` : `${link}&${more}`);
      }),
      { seed, numRuns: 2_000 },
    );
  });

  test("changes replaced", () => {
    fc.assert(
      fc.property(fc.array(escaped, { maxLength: 20 }), (changes) =>
        tryReading(`#v=1&ev=${changes.join(",")}&fork=${changes[0]}&evB=${changes.join(",")}`),
      ),
      { seed, numRuns: 500 },
    );
  });

  test("huge ones, at once", () => {
    const began = performance.now();
    for (const piece of [
      "&",
      ",",
      "=",
      "%",
      "v=1&",
      "a=b&",
      "&v=",
      "1:a=b,",
      "%F0%9F",
      "\u202e",
      "[",
      "batch=9&",
    ])
      for (const length of [60_000, 10_000_000])
        for (const start of ["#v=1&", "#v=1&ev=", "#v=1&fork=9&evB=", "#v=1&batchPerResolution="])
          tryReading(start + piece.repeat(Math.floor(length / piece.length)));
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

/** Reads a link from anyone, and sees that it did no harm. */
function tryReading(fragment: string): void {
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  try {
    const read = readLink(fragment);
    if (!read) return;
    const { preset, config, planned, twin, notices } = read;
    expect(Object.hasOwn(presets, preset)).toBe(true);
    expect(Object.keys(config).toSorted()).toEqual(keys.toSorted());
    checkConfig(config);
    for (const { images, key, to } of [...planned, ...(twin?.planned ?? [])]) {
      expect(Number.isSafeInteger(images)).toBe(true);
      checkFlip(key, to);
    }
    if (twin) expect(Number.isSafeInteger(twin.images)).toBe(true);
    for (const { images } of twin?.planned ?? []) expect(images).toBeGreaterThanOrEqual(twin!.images);
    expect(notices.length).toBeLessThan(25);
    notices.forEach(expectReadable);
    expect(readLink(writeLink(read))).toEqual({ preset, config, planned, twin, notices: [] });
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    expectReadable(error.message);
    expect(error.message).toMatch(/^This link |^A link /);
  } finally {
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  }
}

function refused(fragment: string): Trouble {
  try {
    readLink(fragment);
  } catch (error) {
    expect(error).toBeInstanceOf(Trouble);
    return error as Trouble;
  }
  throw new Error("nothing was refused");
}

function expectReadable(sentence: string): void {
  expect(sentence.length).toBeLessThan(250);
  expect(sentence).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  expect(sentence).toMatch(/\.$/);
}

const escapeAll = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
