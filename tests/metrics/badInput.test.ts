// Whatever reals and fakes are, each metric answers with finite figures or with two sentences.

import { describe, expect, test } from "vitest";
import { metricNames } from "../../src/metrics/figures.ts";
import { createEvaluator, type SampleInput } from "../../src/metrics/report.ts";
import { featureSet } from "../../src/metrics/samples.ts";
import { answers, cheap, count, figuresOf, filled, gaussian, repeat, shapes, take } from "./inputs.ts";

const reals = shapes(0, count);
const fakes = shapes(1000, count);
const evaluator = createEvaluator(reals, cheap);

describe("bad input has an answer", () => {
  const constant = filled(count, 0);
  const broken = { ...fakes, pixels: (fakes.pixels as Float32Array).map((v, i) => (i === 500 ? NaN : v)) };

  test.each([
    ["one image repeated", repeat(fakes, 1)],
    ["constant images", constant],
    ["images beyond the range shown", filled(count, 1e30)],
    ["two images", take(fakes, [0, 1])],
    ["no images", take(fakes, [])],
    ["a hole of NaN", broken],
    ["another resolution", shapes(0, count, undefined, 4)],
  ])("%s among fakes", (_, bad) => answers(evaluator.report(bad, metricNames)));

  test.each([
    ["constant", constant],
    ["one image repeated", repeat(reals, 1)],
    ["two", take(reals, [0, 1])],
    ["of 4 px, with many copies", shapes(0, count, (mode) => mode === 3, 4)],
  ])("reals that are %s", (_, bad) => {
    const lacking = createEvaluator(bad, cheap);
    answers(lacking.report(bad, metricNames));
    answers(lacking.report(bad, metricNames, lacking.measureFloors(metricNames, count, bad, 5)));
  });

  test("a collapsed generator: KL is infinite and says so, the Fréchet distance and coverage are numbers", () => {
    const report = evaluator.report(repeat(fakes, 1), metricNames);
    expect(report.outcomes.find(({ metric }) => metric === "kl")).toMatchObject({
      trouble: { message: expect.stringContaining("KL is infinite") },
    });
    expect(figuresOf(report, "frechet")[0]!.value).toBeGreaterThan(1);
    expect(figuresOf(report, "coverage")[0]!.value).toBeLessThan(0.3);
  });

  test("NaN names the number of images", () => {
    expect(evaluator.report(broken, ["kid"]).outcomes[0]).toMatchObject({
      trouble: { message: "1 of 96 images hold numbers that are not finite, so nothing can be measured." },
    });
    expect(() => featureSet([1, Infinity], [2, 1])).toThrow("1 of 2 feature vectors");
  });
});

test("features too large to be squared have an answer", () => {
  const given = (input: SampleInput, scale: number): SampleInput => {
    const values = gaussian(1, count, 6).values.map((value) => value * scale);
    return { ...input, features: { values, shape: [count, 6] } };
  };
  const report = createEvaluator(given(reals, 1), cheap).report(given(fakes, 1e200), metricNames);
  answers(report);
  expect(report.outcomes.find(({ metric }) => metric === "kid")).toHaveProperty("trouble");
  answers(createEvaluator(given(reals, 1e200), cheap).report(given(fakes, 1), metricNames));
});
