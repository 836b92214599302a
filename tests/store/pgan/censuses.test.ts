// Censuses in a manifest: they come back as they were, and what no run could have left is refused.

import { expect, test } from "vitest";
import { addCensus, censusLimit, type PastCensus } from "../../../src/store/history/censuses.ts";
import { checkCensuses, keepCensus } from "../../../src/store/pgan/censuses.ts";

const range = { low: 0, median: 1.5, high: 3 };
const census: PastCensus = {
  images: 1_600,
  step: 100,
  weights: "average",
  resolution: 8,
  samples: 512,
  modes: 4,
  covered: 3,
  strict: 2,
  rejects: 12,
  counts: [400, 90, 10, 0],
  distance: 0.98,
  within: null,
  rejected: { broken: 0 },
  band: { covered: range, distance: range, within: range },
};

test("they come back as they were", () => {
  const raw: PastCensus = { ...census, step: 101, weights: "raw", distance: null, within: 1 / 3 };
  const kept = JSON.parse(JSON.stringify([census, raw].map(keepCensus))) as unknown;
  expect(checkCensuses(kept)).toEqual([census, raw]);
});

test.for([
  ["no list", {}],
  ["too many", Array(1_001).fill(keepCensus(census))],
  ["another G", { weights: "ema" }],
  ["more modes covered than there are", { covered: 5 }],
  ["more rejects than samples", { rejects: 513 }],
  ["counts of other modes", { counts: "400 90 10" }],
  ["counts that are no numbers", { counts: "400 90 10 x" }],
  ["counts beyond what is exact", { counts: `400 90 10 ${"9".repeat(20)}` }],
  ["very many modes", { modes: 1e9 }],
  ["a size that no stage has", { resolution: 12 }],
  ["a distance below none", { distance: -1 }],
  ["no band", { band: undefined }],
  ["a band that is not finite", { band: { ...census.band, within: { ...range, high: null } } }],
] as const)("refused: %s", ([, wrong]) => {
  const value =
    Array.isArray(wrong) || Object.keys(wrong).length === 0 ? wrong : [{ ...keepCensus(census), ...wrong }];
  expect(() => checkCensuses(value)).toThrow(/censuses/);
});

test("steps that are taken again, once an engine was lost, are counted again", () => {
  const { images: _, step: __, weights: ___, ...taken } = census;
  const at = (step: number) => ({ images: 16 * step, step, weights: "average" as const });
  const past = [100, 200, 300].reduce<PastCensus[]>((past, step) => addCensus(past, at(step), taken), []);
  expect(addCensus(past, at(250), taken).map(({ step }) => step)).toEqual([100, 200, 250]);
});

test("memory is bounded", () => {
  const { images: _, step: __, weights: ___, ...taken } = census;
  let past: PastCensus[] = [];
  for (let step = 1; step <= 3 * censusLimit; step++)
    past = addCensus(past, { images: step, step, weights: "average" }, taken);
  expect(past.length).toBeLessThanOrEqual(censusLimit);
  expect(past.at(-1)!.step).toBe(3 * censusLimit);
});
