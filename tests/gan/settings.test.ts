// Settings: what they take, what they refuse and in which words, and what must fit together.

import { describe, expect, test } from "vitest";
import { defaults, presets } from "../../src/gan/settings/config.ts";
import { Trouble } from "../../src/gan/errors.ts";
import {
  batchAt,
  checkConfig,
  checkValue,
  differences,
  isKey,
  type Key,
  keys,
  parseSetting,
  rules,
} from "../../src/gan/settings/settings.ts";

test("every setting has a default, a rule, and a default that its rule allows", () => {
  expect(keys).toEqual(Object.keys(defaults));
  for (const preset of Object.values(presets)) expect(checkConfig(preset)).toEqual(preset);
});

describe("what a person types", () => {
  test.each([
    ["fadeIn", "off", false],
    ["fadeIn", " ON ", true],
    ["augment", "true", true],
    ["r1Gamma", "0.5", 0.5],
    ["r1Gamma", "1e-1", 0.1],
    ["gpWeight", "0", 0],
    ["batch", "512", 512],
    ["seed", "4294967295", 2 ** 32 - 1],
    ["to", "64", 64],
    ["loss", "hinge", "hinge"],
    ["data", "shapes-64", "shapes-64"],
    ["batchPerResolution", "32:8,64:4", "32:8,64:4"],
    ["batchPerResolution", "", ""],
  ])("%s %j is %j", (key, text, value) => {
    expect(parseSetting(key, text)).toEqual({ key, value });
  });

  test.each([
    ["fadeIn", "maybe", 'Setting fadeIn can\'t be "maybe".', "It takes on or off."],
    ["fadeIn", "1", 'Setting fadeIn can\'t be "1".', "It takes on or off."],
    ["fadeIn", "constructor", 'Setting fadeIn can\'t be "constructor".', "It takes on or off."],
    ["batch", "0", "Setting batch can't be 0.", "It takes a whole number from 1 to 512."],
    ["batch", "7.5", "Setting batch can't be 7.5.", "It takes a whole number from 1 to 512."],
    ["batch", "", 'Setting batch can\'t be "".', "It takes a whole number from 1 to 512."],
    ["batch", "many", 'Setting batch can\'t be "many".', "It takes a whole number from 1 to 512."],
    ["r1Gamma", "-1", "Setting r1Gamma can't be -1.", "It takes a number from 0 to 1000."],
    ["r1Gamma", "Infinity", 'Setting r1Gamma can\'t be "Infinity".', "It takes a number from 0 to 1000."],
    ["learningRateG", "NaN", 'Setting learningRateG can\'t be "NaN".', "It takes a number from 0 to 1."],
    ["to", "48", "Setting to can't be 48.", "It takes 4, 8, 16, 32 or 64."],
    ["loss", "wgan", 'Setting loss can\'t be "wgan".', "It takes wgan-gp, logistic, hinge or least-squares."],
  ])("%s %j is refused: %s", (key, text, message, remedy) => {
    expect(troubleOf(() => parseSetting(key, text))).toEqual({ message, remedy });
  });

  test("a name that is no setting is refused, and those that begin alike are named", () => {
    expect(troubleOf(() => parseSetting("learningrate", "0.1"))).toEqual({
      message: 'There is no setting "learningrate".',
      remedy: "Did you mean learningRateG or learningRateD?",
    });
    expect(troubleOf(() => parseSetting("xyz", "1")).remedy).toBe(`The settings are ${keys.join(", ")}.`);
    for (const inherited of ["constructor", "__proto__", "toString"]) {
      expect(isKey(inherited)).toBe(false);
      expect(troubleOf(() => parseSetting(inherited, "1")).message).toContain(inherited);
    }
  });
});

test("a value of the wrong type is refused, whatever it is", () => {
  for (const key of keys) {
    for (const wrong of [undefined, null, {}, [], Number.NaN, () => 1])
      expect(troubleOf(() => checkValue(key, wrong)).message).toContain(key);
    if (rules[key].kind !== "text") expect(() => checkValue(key, "")).toThrow(Trouble);
  }
});

test("every number is refused just outside its range and taken at both ends", () => {
  for (const key of keys) {
    const rule = rules[key];
    if (rule.kind !== "number") continue;
    const step = rule.whole ? 1 : (rule.max - rule.min) * 1e-9;
    expect([checkValue(key, rule.min), checkValue(key, rule.max)]).toEqual([rule.min, rule.max]);
    for (const outside of [rule.min - step, rule.max + step])
      expect(() => checkValue(key, outside), `${key} ${outside}`).toThrow(Trouble);
  }
});

describe("a config", () => {
  test("is the base with what was given", () => {
    expect(checkConfig({ to: 8, loss: "hinge" })).toEqual({ ...defaults, to: 8, loss: "hinge" });
    expect(checkConfig({ batch: 8 }, presets.quick)).toEqual({ ...presets.quick, batch: 8 });
  });

  test("comes back from the settings in which it differs", () => {
    expect(differences(presets.quick!)).toMatchObject({ loss: "logistic", r1Gamma: 1 });
    expect(checkConfig(differences(presets.quick!))).toEqual(presets.quick);
    expect(differences(defaults)).toEqual({});
  });

  test.each<[Record<string, unknown>, message: string, remedy: string]>([
    [
      { from: 16, to: 8 },
      "A run can't grow from 16 px down to 8 px.",
      'Set "from" to 8 or less, or "to" to 16 or more.',
    ],
    [
      { batch: 18 },
      "A batch of 18 at 4 px does not divide into groups of 4, which minibatch standard deviation needs.",
      "Use 4 or less, or a multiple of 4 such as 16.",
    ],
    [
      { batchPerResolution: "16:8, 32:7" },
      "A batch of 7 at 32 px does not divide into groups of 4, which minibatch standard deviation needs.",
      "Use 4 or less, or a multiple of 4 such as 4.",
    ],
    [
      { batchPerResolution: "48:8" },
      'Setting batchPerResolution has no meaning for "48:8".',
      'Write resolution:batch pairs such as "32:8,64:4", resolutions 4, 8, 16, 32 or 64, batches 1 to 512.',
    ],
    [{ Batch: 8 }, 'There is no setting "Batch".', "Did you mean batch or batchPerResolution?"],
    [{ batch: "8" }, 'Setting batch can\'t be "8".', "It takes a whole number from 1 to 512."],
  ])("of %j is refused: %s", (loose, message, remedy) => {
    expect(troubleOf(() => checkConfig(loose))).toEqual({ message, remedy });
  });

  test.each(["32", "32:", ":8", "32:8:4", "32:0", "32:513", "32:1.5", "32;8", "a:b", "0x20:8", "32:1e1"])(
    "with batchPerResolution %j is refused",
    (batchPerResolution) => {
      expect(() => checkConfig({ batchPerResolution })).toThrow(/batchPerResolution has no meaning/);
    },
  );

  test("with a batch given twice is refused", () => {
    expect(() => checkConfig({ batchPerResolution: "32:8, 32:4" })).toThrow(/names 32 px twice/);
  });

  test("has groups at every resolution it passes, and only there", () => {
    expect(checkConfig({ batch: 3 }).batch).toBe(3);
    expect(checkConfig({ to: 16, batchPerResolution: "32:7" }).to).toBe(16);
  });
});

test("a batch per resolution counts there, and the batch elsewhere", () => {
  const config = { batch: 16, batchPerResolution: " 32:8,64:4 " };
  expect([4, 16, 32, 64].map((resolution) => batchAt(resolution, config))).toEqual([16, 16, 8, 4]);
});

test("what may change while running is what the design says", () => {
  const atStart: Key[] = [
    ...(["data", "seed", "tickImages", "from", "to", "imagesPerPhase", "imagesPerFade"] as const),
    ...(["batch", "batchPerResolution", "latent", "channelsBase", "channelsMax", "widthD"] as const),
    ...(["upsampling", "downsampling", "beta1", "beta2", "adamEpsilon"] as const),
  ];
  expect(keys.filter((key) => rules[key].when === "start")).toEqual(atStart);
  expect(keys.filter((key) => rules[key].when === "next-transition")).toEqual(["fadeIn"]);
});

/** What a refusal says. */
function troubleOf(refused: () => unknown): { message: string; remedy: string } {
  try {
    refused();
  } catch (error) {
    if (error instanceof Trouble) return { message: error.message, remedy: error.remedy };
    throw error;
  }
  throw new Error("it was not refused");
}
