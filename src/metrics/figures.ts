// The metrics by name: each turns reals and fakes into one or more figures.

import { compareBins } from "./measures/bins.ts";
import { frechetBias, frechetDistance, klBias, klDivergence } from "./measures/gaussian.ts";
import { kernelDistance } from "./measures/kid.ts";
import { meanSimilarity } from "./measures/msSsim.ts";
import { coverageAndDensity, expectedCoverage } from "./measures/neighbours.ts";
import { slicedWasserstein } from "./measures/slicedWasserstein.ts";
import { gaussianOf, type Reference, type Samples } from "./reference.ts";
import { needSameShape } from "./samples.ts";

/** One number. What it means is in `meanings`, under the part of its name before a slash. */
export interface Figure {
  /** e.g. "kid", or "slicedWasserstein/16" for the level of 16 px */
  name: string;
  value: number;
  standardError?: number;
  /** What theory says real data score at these counts, where it says anything; the floor is measured. */
  expected?: number;
}

export interface Meaning {
  title: string;
  unit: string;
  /** Values it can take; Infinity when there is no bound. */
  range: readonly [number, number];
  /** Which way good samples move it. `near`: to where real data are, since beyond that is no better. */
  good: "high" | "low" | "near";
  source: string;
}

const naeem = "Naeem et al. 2020";
const richardson = "Richardson & Weiss 2018";
const nats = "nats";

export const meanings: Record<string, Meaning> = {
  coverage: { title: "Coverage", unit: "share of reals", range: [0, 1], good: "high", source: naeem },
  density: {
    title: "Density",
    unit: "balls per fake, over k",
    range: [0, Infinity],
    good: "near",
    source: naeem,
  },
  ndb: {
    title: "Bins that differ (NDB / K)",
    unit: "share of bins",
    range: [0, 1],
    good: "low",
    source: richardson,
  },
  jsd: { title: "JSD over bins", unit: nats, range: [0, Math.LN2], good: "low", source: richardson },
  kid: {
    title: "Kernel distance (KID's estimator)",
    unit: "squared MMD",
    range: [-Infinity, Infinity],
    good: "low",
    source: "Bińkowski et al. 2018, on features that are not Inception's",
  },
  klFakesReals: {
    title: "KL(fakes ‖ reals) of Gaussians",
    unit: nats,
    range: [0, Infinity],
    good: "low",
    source: "closed form; covariances by Ledoit & Wolf 2004",
  },
  klRealsFakes: {
    title: "KL(reals ‖ fakes) of Gaussians",
    unit: nats,
    range: [0, Infinity],
    good: "low",
    source: "closed form; covariances by Ledoit & Wolf 2004",
  },
  frechet: {
    title: "Fréchet distance of Gaussians",
    unit: "mean squares of a real's feature",
    range: [0, Infinity],
    good: "low",
    source: "Dowson & Landau 1982; covariances by Ledoit & Wolf 2004. Not FID",
  },
  slicedWasserstein: {
    title: "Sliced Wasserstein distance",
    unit: "× 1000",
    range: [0, Infinity],
    good: "low",
    source: "Karras et al. 2018, §5",
  },
  msSsim: {
    title: "MS-SSIM of pairs of fakes",
    unit: "similarity",
    range: [0, 1],
    good: "near",
    source: "Wang et al. 2003; Odena et al. 2017",
  },
};

/** Each throws Trouble where it has no answer. */
export const metrics = {
  coverage(reals, fakes) {
    const balls = reals.balls();
    const { coverage, density } = coverageAndDensity(balls, reals.featuresOf(fakes));
    const expected = expectedCoverage(balls.centres.count, fakes.images.count, balls.k);
    return [
      { name: "coverage", value: coverage, expected },
      { name: "density", value: density, expected: 1 },
    ];
  },

  bins(reals, fakes) {
    const bins = reals.bins();
    const { ndb, jsd } = compareBins(bins, reals.featuresOf(fakes));
    return [
      { name: "ndb", value: ndb, expected: 0.05 },
      { name: "jsd", value: jsd },
    ];
  },

  kid(reals, fakes) {
    const { kid, standardError } = kernelDistance(reals.features(), reals.featuresOf(fakes));
    return [{ name: "kid", value: kid, standardError, expected: 0 }];
  },

  kl(reals, fakes) {
    const p = reals.gaussian();
    const q = gaussianOf(reals.featuresOf(fakes), reals.options);
    const expected = klBias(p.width, p.count, q.count);
    return [
      { name: "klFakesReals", value: klDivergence(q, p), expected },
      { name: "klRealsFakes", value: klDivergence(p, q), expected },
    ];
  },

  frechet(reals, fakes) {
    const p = reals.gaussian();
    const q = gaussianOf(reals.featuresOf(fakes), reals.options);
    return [{ name: "frechet", value: frechetDistance(p, q), expected: frechetBias(p, p.count, q.count) }];
  },

  slicedWasserstein(reals, fakes) {
    const { levels, average } = slicedWasserstein(reals.samples.images, fakes.images, reals.options);
    const each = levels.map(({ size, distance }) => ({ name: `slicedWasserstein/${size}`, value: distance }));
    return [...each, { name: "slicedWasserstein/mean", value: average }];
  },

  msSsim(reals, fakes) {
    needSameShape(reals.samples.images, fakes.images);
    const { msSsim, standardError } = meanSimilarity(fakes.images, reals.options.seed);
    return [{ name: "msSsim", value: msSsim, standardError }];
  },
} satisfies Record<string, (reals: Reference, fakes: Samples) => Figure[]>;

export type MetricName = keyof typeof metrics;

export const metricNames = Object.keys(metrics) as MetricName[];
