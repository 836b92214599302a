// Our metrics against SciPy, scikit-learn and PyTorch: ../fixtures/metrics/reference.py says how its numbers were made.

import { expect, test } from "vitest";
import { cholesky, eigenvaluesSymmetric, solveLower } from "../../src/metrics/measures/algebra.ts";
import { compareBins, settle } from "../../src/metrics/measures/bins.ts";
import { fitGaussian, frechetDistance, klDivergence } from "../../src/metrics/measures/gaussian.ts";
import { kernelDistance } from "../../src/metrics/measures/kid.ts";
import { msSsim } from "../../src/metrics/measures/msSsim.ts";
import { ballsAround, coverageAndDensity } from "../../src/metrics/measures/neighbours.ts";
import { laplacianPyramid, type Level } from "../../src/metrics/measures/pyramid.ts";
import { featureSet, takeFeatures } from "../../src/metrics/samples.ts";
import { normalise, slicedDistance, takePatches } from "../../src/metrics/measures/slicedWasserstein.ts";
import fixture from "../fixtures/metrics/reference.json";

const real = matrix(fixture.real);
const fake = matrix(fixture.fake);

test("Cholesky factors, triangular solves and eigenvalues of a matrix of condition 1e10", () => {
  const { entries, eigenvalues } = fixture.matrix;
  const n = entries.length;
  // Both are right to rounding of the largest, 100.
  expectClose(eigenvaluesSymmetric(flat(entries), n), eigenvalues, 1e-13);

  const shifted = flat(entries).map((entry, i) => entry + (i % (n + 1) === 0 ? 1 : 0));
  const l = cholesky(shifted, n)!;
  expectClose(l, fixture.matrix.cholesky.flat(), 1e-13);
  const b = Float64Array.from({ length: n }, (_, i) => i - 3);
  const x = solveLower(l, b, n);
  expectClose(
    b.map((_, i) => x.reduce((sum, value, j) => sum + l[i * n + j]! * value, 0)),
    b,
    1e-13,
  );
});

test.each(fixture.neighbours)("coverage and density, k = $k", ({ k, coverage, density }) => {
  const ours = coverageAndDensity(ballsAround(real, k), fake);
  expect(ours.coverage).toBe(coverage);
  expect(ours.density).toBeCloseTo(density, 12);
});

test("k-means from given centres, NDB and JSD", () => {
  const { centres, labels, pValues, jsd, ndb } = fixture.bins;
  const K = centres.length;
  const bins = settle(real, takeFeatures(real, [...Array(K).keys()]));
  expectClose(bins.centres.values, centres.flat(), 1e-12);
  expect([...bins.assignment]).toEqual(labels);

  const ours = compareBins(bins, fake);
  expect(ours.bins.map(({ differs }) => differs)).toEqual(pValues.map((p) => p < 0.05));
  expect(ours.ndb).toBe(ndb / K);
  expect(ours.jsd).toBeCloseTo(jsd, 12);
});

test("KID and its standard error", () => {
  const { kid, standardError, blocks } = fixture.kid;
  const ours = kernelDistance(real, fake, blocks);
  expectClose([ours.kid, ours.standardError], [kid, standardError], 1e-12);
});

test.each(["bare", "shrunk"] as const)("Gaussians, %s", (kind) => {
  const { shrinkage, covariance, ...expected } = fixture.gaussians[kind];
  const [p, q] = [real, fake].map((features) => fitGaussian(features, kind === "shrunk"));
  expectClose([p!.shrinkage, q!.shrinkage], shrinkage, 1e-12);
  expectClose(p!.covariance, covariance.flat(), 1e-12);
  expectClose(
    [klDivergence(p!, q!), klDivergence(q!, p!), frechetDistance(p!, q!)],
    [expected.klRealsFakes, expected.klFakesReals, expected.frechet],
    1e-11,
  );
});

const [realLevels, fakeLevels] = [fixture.realImages, fixture.fakeImages].map((images) =>
  laplacianPyramid(level(images)),
);

test("the Laplacian pyramid", () => {
  expect(realLevels!.map(({ size }) => size)).toEqual(fixture.pyramid.map(({ size }) => size));
  fixture.pyramid.forEach(({ first }, i) => {
    const values = first.flat(2);
    expectClose(realLevels![i]!.values.subarray(0, values.length), values, 1e-6); // ours is float32
  });
});

test("the sliced Wasserstein distance of given patches and directions", () => {
  const directions = Float32Array.from(fixture.sliced.directions.flat());
  fixture.sliced.levels.forEach(({ origins, distance }, i) => {
    const corners = Uint32Array.from(origins.flat(2));
    const [a, b] = [realLevels![i]!, fakeLevels![i]!].map((images) =>
      normalise(takePatches(images, corners), 3),
    );
    expect(1000 * slicedDistance(a!, b!, directions)).toBeCloseTo(distance, 3);
  });
});

test.each(Object.entries(fixture.msSsim))("MS-SSIM at %s px", (size, expected) => {
  const [a, b] = [fixture.realImages, fixture.blends].map((images) => cut(images, Number(size)));
  expect(msSsim(a!, b!, Number(size), 3)).toBeCloseTo(expected, 12);
});

function matrix(rows: number[][]) {
  return featureSet(rows.flat(), [rows.length, rows[0]!.length]);
}

function flat(rows: number[][]): Float64Array {
  return Float64Array.from(rows.flat());
}

function level({ shape, base64 }: { shape: number[]; base64: string }): Level {
  const [count, size, , channels] = shape as [number, number, number, number];
  return { values: Float32Array.from(Buffer.from(base64, "base64")), count, size, channels };
}

/** The corner of the first image, or all four images side by side at 64 px. */
function cut(images: { shape: number[]; base64: string }, size: number): Float32Array {
  const { values, size: side, channels } = level(images);
  const out = new Float32Array(size * size * channels);
  for (let y = 0, at = 0; y < size; y++)
    for (let x = 0; x < size; x++, at += channels) {
      const image = 2 * Math.floor(y / side) + Math.floor(x / side);
      const from = ((image * side + (y % side)) * side + (x % side)) * channels;
      out.set(values.subarray(from, from + channels), at);
    }
  return out;
}

/** Equal within `tolerance`, as a share of the largest. */
function expectClose(ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance: number): void {
  expect(ours.length).toBe(theirs.length);
  const largest = Math.max(...Array.from(theirs, Math.abs));
  const furthest = Math.max(...Array.from(theirs, (value, i) => Math.abs(value - ours[i]!)));
  expect(furthest).toBeLessThanOrEqual(tolerance * largest);
}
