// Reports: what real data score, what faults do to figures, and that every bad input has an answer.

import { describe, expect, test } from "vitest";
import { shapes16 } from "../../src/data/shapes16.ts";
import { createStream, permutation } from "../../src/gan/random.ts";
import { bandOf, measureFloor, studentT } from "../../src/metrics/floor.ts";
import {
  fitGaussian,
  frechetBias,
  frechetDistance,
  klBias,
  klDivergence,
} from "../../src/metrics/measures/gaussian.ts";
import { type Figure, meanings, type MetricName, metricNames } from "../../src/metrics/figures.ts";
import { kernelDistance } from "../../src/metrics/measures/kid.ts";
import { meanSimilarity, scalesFor } from "../../src/metrics/measures/msSsim.ts";
import { ballsAround, coverageAndDensity, expectedCoverage } from "../../src/metrics/measures/neighbours.ts";
import { createEvaluator, pauseAfter, type Report, type SampleInput } from "../../src/metrics/report.ts";
import { featureSet, imageSet } from "../../src/metrics/samples.ts";

const count = 96;
const cheap = { featureWidth: 16, gaussianWidth: 8, directions: 16, patchesPerImage: 16 };
const reals = shapes(0, count);
const fakes = shapes(1000, count);
const evaluator = createEvaluator(reals, cheap);

describe("fakes that are real", () => {
  const floors = evaluator.measureFloors(metricNames, count, shapes(2000, 4 * count), 6);
  const report = evaluator.report(fakes, metricNames, floors);

  test.each(metricNames)("%s lies inside the widened band of its floor", (metric) => {
    const outcome = report.outcomes.find((outcome) => outcome.metric === metric)!;
    const { bands, ...counts } = outcome.floor!;
    expect(counts).toEqual({ reals: count, fakes: count, splits: 6 });
    for (const { name, value } of figuresOf(report, metric)) {
      const { mean, low, high } = bands[name]!;
      const half = Math.max(high - mean, 1e-12);
      // The band is to hold 95 of 100; of the seed tested here all lie within one and a half.
      expect.soft(Math.abs(value - mean) / half, name).toBeLessThan(1.5);
      expect(low).toBeLessThanOrEqual(high);
    }
  });

  test("counts stand beside every figure, and every figure has a meaning", () => {
    expect(report).toMatchObject({ reals: count, fakes: count, size: 8, features: { width: 16 } });
    for (const metric of metricNames)
      for (const { name, value } of figuresOf(report, metric)) {
        const { range } = meanings[name.split("/")[0]!]!;
        expect.soft(value, name).toBeGreaterThanOrEqual(range[0]);
        expect.soft(value, name).toBeLessThanOrEqual(range[1]);
      }
  });

  test("half of the modes missing leaves every band but that of quality", () => {
    const half = evaluator.report(
      shapes(5000, count, (mode) => mode % 4 < 2),
      metricNames,
      floors,
    );
    const outside = half.outcomes.flatMap((outcome) =>
      figuresOf(half, outcome.metric)
        .filter(({ name, value }) => {
          const { low, high } = outcome.floor!.bands[name]!;
          return value < low || value > high;
        })
        .map(({ name }) => name),
    );
    for (const name of ["coverage", "ndb", "jsd", "kid", "klFakesReals", "frechet"])
      expect(outside).toContain(name);
  });
});

test("a floor with too few reals says how many it used", () => {
  const floor = measureFloor(
    "coverage",
    { images: imageSet(reals.pixels, reals.shape) },
    { reals: 96, fakes: 192 },
  );
  expect(floor).toMatchObject({ reals: 32, fakes: 64, splits: 8 });
});

test("a band holds one more draw in 95 of 100 cases", () => {
  // Student's t at 97.5 %, from tables.
  for (const [freedom, t] of [
    [4, 2.776],
    [7, 2.365],
    [19, 2.093],
  ] as const)
    expect(Math.abs(studentT(freedom) - t)).toBeLessThan(0.01);
  const normal = createStream(3, "band").normal(new Float32Array(9 * 2000));
  let inside = 0;
  for (let i = 0; i < normal.length; i += 9) {
    const { low, high } = bandOf([...normal.subarray(i, i + 8)]);
    if (normal[i + 8]! > low && normal[i + 8]! < high) inside++;
  }
  expect(inside / 2000).toBeCloseTo(0.95, 1.5);
});

describe("two samples of one Gaussian score what theory says", () => {
  const trials = 12;
  const [N, F] = [200, 8];
  const pairs = Array.from(
    { length: trials },
    (_, i) => [gaussian(2 * i, N, F), gaussian(2 * i + 1, N, F)] as const,
  );
  const mean = (value: (pair: (typeof pairs)[number]) => number) =>
    pairs.reduce((sum, pair) => sum + value(pair), 0) / trials;

  test("coverage and density", () => {
    const scores = pairs.map(([a, b]) => coverageAndDensity(ballsAround(a), b));
    expect(scores.reduce((sum, { coverage }) => sum + coverage, 0) / trials).toBeCloseTo(
      expectedCoverage(N, N),
      1.7,
    );
    expect(scores.reduce((sum, { density }) => sum + density, 0) / trials).toBeCloseTo(1, 1);
    expect(expectedCoverage(1000, 1000)).toBeCloseTo(0.969, 3);
  });

  test("KL and Fréchet distance without shrinkage", () => {
    const fits = pairs.map((pair) => pair.map((features) => fitGaussian(features, false)));
    const kl = fits.reduce((sum, [p, q]) => sum + klDivergence(p!, q!), 0) / trials;
    const frechet = fits.reduce((sum, [p, q]) => sum + frechetDistance(p!, q!), 0) / trials;
    expect(Math.abs(kl / klBias(F, N, N) - 1)).toBeLessThan(0.15);
    expect(Math.abs(frechet / frechetBias(fits[0]![0]!, N, N) - 1)).toBeLessThan(0.15);
  });

  test("KID is 0 within three of its standard errors", () => {
    const scores = pairs.map(([a, b]) => kernelDistance(a, b));
    const spread = Math.sqrt(scores.reduce((sum, { kid }) => sum + kid ** 2, 0) / trials);
    const claimed = Math.sqrt(
      scores.reduce((sum, { standardError }) => sum + standardError ** 2, 0) / trials,
    );
    expect(Math.abs(mean(([a, b]) => kernelDistance(a, b).kid))).toBeLessThan(
      (3 * spread) / Math.sqrt(trials),
    );
    expect(claimed / spread).toBeGreaterThan(0.8);
    expect(claimed / spread).toBeLessThan(2.5);
  });
});

test("a report is the same each time, and KID apart from its error, coverage, bins and Gaussians know no order", () => {
  const names: MetricName[] = ["coverage", "bins", "kid", "kl", "frechet"];
  const values = (report: Report) =>
    names.flatMap((name) => figuresOf(report, name).map(({ value }) => value));
  const once = values(evaluator.report(fakes, names));
  expect(values(createEvaluator(reals, cheap).report(fakes, names))).toEqual(once);

  const shuffled = values(evaluator.report(take(fakes, permutation(count, 5, "shuffle")), names));
  shuffled.forEach((value, i) => expect(value).toBeCloseTo(once[i]!, 9));
});

test("KID of a set to itself is that to its copy", () => {
  const a = gaussian(1, 60, 4);
  expect(kernelDistance(a, a)).toEqual(kernelDistance(a, { ...a }));
});

test("KL is 0 from a set to itself, and the Fréchet distance of shifted sets is the shift squared", () => {
  const a = gaussian(1, 60, 4);
  const b = { ...a, values: a.values.map((value, i) => value + (i % 4 === 0 ? 3 : 0)) };
  const [p, q] = [fitGaussian(a), fitGaussian(b)];
  expect(klDivergence(p, p)).toBeCloseTo(0, 12);
  expect(frechetDistance(p, q)).toBeCloseTo(9, 9);
});

test("MS-SSIM of one image repeated is 1; scales stop at 4 px", () => {
  expect(meanSimilarity(imageSet(repeat(fakes, 1).pixels, fakes.shape)).msSsim).toBeCloseTo(1, 12);
  expect([4, 8, 16, 64, 128].map(scalesFor)).toEqual([
    [4],
    [8, 4],
    [16, 8, 4],
    [64, 32, 16, 8, 4],
    [128, 64, 32, 16, 8],
  ]);
});

test("every bin has its shares and a picture of its reals", () => {
  const { bins, thumbnails } = evaluator.bins(fakes);
  expect(thumbnails.count).toBe(bins.length);
  expect(thumbnails.pixels).toHaveLength(bins.length * 8 * 8 * 3);
  for (const share of ["realShare", "fakeShare"] as const)
    expect(bins.reduce((sum, bin) => sum + bin[share], 0)).toBeCloseTo(1, 12);
});

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

test("features that a network hands in are used as they are, on both sides", () => {
  const given = (input: SampleInput, stream: number): SampleInput => {
    const { values } = gaussian(stream, count, 6);
    return { ...input, features: { values, shape: [count, 6] } };
  };
  const byNetwork = createEvaluator(given(reals, 1), cheap);
  const report = byNetwork.report(given(fakes, 2), ["coverage", "kid"]);
  expect(report.features).toEqual({ kind: "given", width: 6 });
  answers(report);
  expect(figuresOf(report, "coverage")[0]!.value).toBeGreaterThan(0.9);
  expect(byNetwork.report(fakes, ["kid"]).outcomes[0]).toHaveProperty("trouble");
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

test("evaluations every 20 times as long as they take cost 5 %", () =>
  expect(pauseAfter(100)).toBeCloseTo(1900));

/** Images of shapes-16 in [-1,1]. */
function shapes(from: number, count: number, wanted = (_mode: number) => true, size = 8): SampleInput {
  const source = shapes16.open(3);
  const pixels = new Float32Array(count * size * size * 3);
  for (let i = 0, index = from; i < count; index++)
    if (wanted(source.modeOf!(index))) source.write(index, size, pixels, i++ * size * size * 3);
  return { pixels, shape: [count, size, size, 3] };
}

function take({ pixels, shape: [N, H, W, C] }: SampleInput, indices: ArrayLike<number>): SampleInput {
  const length = pixels.length / N;
  const taken = new Float32Array(indices.length * length);
  for (let i = 0; i < indices.length; i++)
    taken.set(pixels.subarray(indices[i]! * length, (indices[i]! + 1) * length), i * length);
  return { pixels: taken, shape: [indices.length, H, W, C] };
}

function repeat(input: SampleInput, different: number): SampleInput {
  return take(
    input,
    Array.from({ length: input.shape[0] }, (_, i) => i % different),
  );
}

function filled(count: number, value: number): SampleInput {
  return { pixels: new Float32Array(count * 8 * 8 * 3).fill(value), shape: [count, 8, 8, 3] };
}

function gaussian(stream: number, N: number, F: number) {
  return featureSet(createStream(stream, "test").normal(new Float32Array(N * F)), [N, F]);
}

function figuresOf(report: Report, metric: MetricName): Figure[] {
  const outcome = report.outcomes.find((outcome) => outcome.metric === metric)!;
  return "figures" in outcome ? outcome.figures : [];
}

/** Every metric has either finite figures or two sentences. */
function answers(report: Report): void {
  expect(report.outcomes.length).toBeGreaterThan(0);
  for (const outcome of report.outcomes)
    if ("figures" in outcome)
      for (const { name, value, standardError = 0 } of outcome.figures)
        expect(Number.isFinite(value + standardError), name).toBe(true);
    else
      for (const sentence of [outcome.trouble.message, outcome.trouble.remedy])
        expect(sentence).toMatch(/^[A-Z\d].*\.$/);
}
