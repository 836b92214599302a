// Every recipe that a run could have, for properties that hold of all.

import fc from "fast-check";
import {
  checkConfig,
  type Config,
  type ForkState,
  type Key,
  keys,
  presets,
  type Recipe,
  rules,
  type Value,
} from "../../src/worker/protocol.ts";

/** Settings that hold together, over any preset, and changes that can be made. */
export function recipes(): fc.Arbitrary<Recipe> {
  const settings = Object.fromEntries(keys.map((key) => [key, valuesOf(key)]));
  const config = fc
    .record(settings, { requiredKeys: [] })
    .map((some) => ({ ...presets.quick, ...some }) as Config)
    .filter(isSound);
  const change = fc
    .constantFrom(...keys.filter((key) => rules[key].when !== "start"))
    .chain((key) => fc.record({ images: fc.nat(1e9), key: fc.constant(key), to: valuesOf(key) }));
  const twin = fc.nat(1e9).chain((images) => {
    const later = change.map((each) => ({ ...each, images: images + each.images }));
    const fork = { images: fc.constant(images), planned: fc.array(later, { maxLength: 8 }) };
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 8, maxLength: 8 });
    const engine = fc.constantFrom("webgpu" as const, "wasm" as const);
    const sender = fc.tuple(engine, digits).map(([engine, hash]): ForkState => `${engine}:${hash}`);
    return fc.record({ ...fork, sender }, { requiredKeys: ["images", "planned"] });
  });
  return fc.record({
    preset: fc.constantFrom(...Object.keys(presets)),
    config,
    planned: fc.array(change, { maxLength: 8 }),
    twin: fc.option(twin, { nil: undefined }),
  });
}

function valuesOf(key: Key): fc.Arbitrary<Value> {
  const rule = rules[key];
  switch (rule.kind) {
    case "switch":
      return fc.boolean();
    case "choice":
      return fc.constantFrom(...rule.choices) as fc.Arbitrary<Value>;
    case "number": {
      const { min, max } = rule;
      const ends = fc.constantFrom(min, max);
      if (key === "batch")
        return fc.oneof(
          ends,
          fc.integer({ min: 1, max: 128 }).map((groups) => 4 * groups),
        );
      return fc.oneof(ends, rule.whole ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true }));
    }
    case "text":
      return fc.constantFrom("", "32:8,64:4", " 4:4,\t8 : 512 ", "\u00a016:12,", "8:3,32:8");
    default:
      return rule satisfies never;
  }
}

function isSound(config: Config): boolean {
  try {
    checkConfig(config);
    return true;
  } catch {
    return false;
  }
}
