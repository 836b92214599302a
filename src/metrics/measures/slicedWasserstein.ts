// The sliced Wasserstein distance of the PGGAN paper (Karras et al. 2018, §5): patches of reals and fakes, scale by scale.

import { Trouble } from "../../gan/errors.ts";
import { createStream } from "../../gan/random.ts";
import { type ImageSet, needAtLeast, needSameShape } from "../samples.ts";
import { laplacianPyramid, type Level } from "./pyramid.ts";

/** Vectors of one length, such as patches laid out in a row. */
export interface Descriptors {
  /** [N,L] */
  values: Float32Array;
  count: number;
  length: number;
}

export interface SlicedWasserstein {
  /** From the finest to the coarsest level; distances are × 1000, as in the paper. */
  levels: { size: number; distance: number }[];
  /** The plain mean of the levels. */
  average: number;
  /** Images of each set that were used. */
  count: number;
  /** Patches of each set, at each level. */
  descriptors: number;
  directions: number;
}

export interface SlicedWassersteinOptions {
  /** 128 in the paper. */
  patchesPerImage?: number;
  /** 4 × 128 in the paper. Fewer are as right on average, and cost less. */
  directions?: number;
  seed?: number;
}

const patchSize = 7;

/**
 * The distance of each level, × 1000. Grey images have patches of 49 numbers, where the paper repeats grey to 147. Both
 * sets are used up to the smaller count. Each level of each set is normalised by itself, so that a shift of colour or of
 * contrast goes unseen, as in the paper. With few patches, equal distributions are still apart: 14 at 16,384 independent
 * descriptors, falling with 1 / √N. Compare with reals at the same count.
 *
 * @throws Trouble when images are smaller than a patch, or there are fewer than 16 of either
 */
export function slicedWasserstein(
  reals: ImageSet,
  fakes: ImageSet,
  { patchesPerImage = 128, directions = 512, seed = 0 }: SlicedWassersteinOptions = {},
): SlicedWasserstein {
  needSameShape(reals, fakes);
  const count = Math.min(reals.count, fakes.count);
  needAtLeast(16, count, "images of each set", "The sliced Wasserstein distance");
  if (reals.size < patchSize)
    throw new Trouble(
      `Patches of ${patchSize} × ${patchSize} do not fit into images of ${reals.size} px.`,
      "Measure this distance from 8 px on.",
    );

  const realLevels = laplacianPyramid(asLevel(reals, count));
  const fakeLevels = laplacianPyramid(asLevel(fakes, count));
  const levels = realLevels.map((real, i) => {
    const [a, b] = [real, fakeLevels[i]!].map((level, set) => {
      const patches = takePatches(level, patchOrigins(level, patchesPerImage, seed, set));
      return normalise(patches, level.channels);
    });
    const unit = unitDirections(directions, a!.length, seed, real.size);
    return { size: real.size, distance: 1000 * slicedDistance(a!, b!, unit) };
  });
  const average = levels.reduce((sum, { distance }) => sum + distance, 0) / levels.length;
  return { levels, average, count, descriptors: count * patchesPerImage, directions };
}

/**
 * The patches of 7×7 whose upper left corners are given, each a row of [7,7,C].
 * @param origins [N,P,2] as y, x
 */
export function takePatches(level: Level, origins: Uint32Array): Descriptors {
  const { size, channels, values } = level;
  const row = patchSize * channels;
  const patches = new Float32Array((origins.length / 2) * patchSize * row);
  const perImage = origins.length / 2 / level.count;
  let at = 0;
  for (let p = 0; p < origins.length / 2; p++) {
    const image = Math.floor(p / perImage);
    for (let dy = 0; dy < patchSize; dy++, at += row) {
      const from = ((image * size + origins[2 * p]! + dy) * size + origins[2 * p + 1]!) * channels;
      patches.set(values.subarray(from, from + row), at);
    }
  }
  return { values: patches, count: origins.length / 2, length: patchSize * row };
}

/** Brings every channel of a set to mean 0 and deviation 1, in place. A constant channel becomes 0. */
export function normalise(patches: Descriptors, channels: number): Descriptors {
  const { values } = patches;
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = c; i < values.length; i += channels) sum += values[i]!;
    const mean = sum / (values.length / channels);
    let squares = 0;
    for (let i = c; i < values.length; i += channels) squares += (values[i]! - mean) ** 2;
    const deviation = Math.sqrt(squares / (values.length / channels));
    // Blurring leaves a constant level of bytes at about 1e-5 of rounding, which must not be blown up.
    const scale = deviation > 1e-3 ? 1 / deviation : 0;
    for (let i = c; i < values.length; i += channels) values[i] = (values[i]! - mean) * scale;
  }
  return patches;
}

/**
 * The mean over directions of the 1-Wasserstein distance between two sets of as many vectors, projected.
 * @param directions [D,L]
 */
export function slicedDistance(a: Descriptors, b: Descriptors, directions: Float32Array): number {
  const D = directions.length / a.length;
  const together = 4; // directions at once: each vector is fetched from memory once for all of them
  let sum = 0;
  for (let first = 0; first < D; first += together) {
    const few = directions.subarray(first * a.length, Math.min(D, first + together) * a.length);
    const ours = project(a, few);
    const theirs = project(b, few);
    ours.forEach((line, d) => {
      line.sort();
      const other = theirs[d]!.sort();
      let difference = 0;
      for (let i = 0; i < a.count; i++) difference += Math.abs(line[i]! - other[i]!);
      sum += difference / a.count;
    });
  }
  return sum / D;
}

/** Where the vectors come to lie along each direction: a line [N] for each. */
function project({ values, count, length }: Descriptors, directions: Float32Array): Float32Array[] {
  const D = directions.length / length;
  const lines = Array.from({ length: D }, () => new Float32Array(count));
  if (D < 4) {
    for (let i = 0; i < count; i++)
      lines.forEach((line, d) => {
        let sum = 0;
        for (let l = 0; l < length; l++) sum += values[i * length + l]! * directions[d * length + l]!;
        line[i] = sum;
      });
    return lines;
  }
  const [line0, line1, line2, line3] = lines as [Float32Array, Float32Array, Float32Array, Float32Array];
  for (let i = 0; i < count; i++) {
    let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
    for (let l = 0; l < length; l++) {
      const value = values[i * length + l]!;
      sum0 += value * directions[l]!;
      sum1 += value * directions[length + l]!;
      sum2 += value * directions[2 * length + l]!;
      sum3 += value * directions[3 * length + l]!;
    }
    line0[i] = sum0;
    line1[i] = sum1;
    line2[i] = sum2;
    line3[i] = sum3;
  }
  return lines;
}

/** Corners of patches fully inside, drawn evenly, [N,P,2]. Reals (set 0) and fakes (set 1) have draws of their own. */
function patchOrigins({ count, size }: Level, perImage: number, seed: number, set: number): Uint32Array {
  const draws = createStream(seed, `metrics/patches/${size}/${set}`);
  const origins = draws.bits(new Uint32Array(count * perImage * 2));
  return origins.map((bits) => Math.floor(bits * 2 ** -32 * (size - patchSize + 1)));
}

/** Directions even over the sphere, of length 1, [D,L]. */
function unitDirections(count: number, length: number, seed: number, size: number): Float32Array {
  const out = createStream(seed, `metrics/directions/${size}`).normal(new Float32Array(count * length));
  for (let d = 0; d < count; d++) {
    const direction = out.subarray(d * length, (d + 1) * length);
    const norm = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
    for (let l = 0; l < length; l++) direction[l]! /= norm;
  }
  return out;
}

/** The first `count` images as numbers in [0,255]. */
function asLevel({ pixels, size, channels }: ImageSet, count: number): Level {
  return {
    values: Float32Array.from(pixels.subarray(0, count * size * size * channels)),
    count,
    size,
    channels,
  };
}
