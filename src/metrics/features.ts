// Features that need no training and no run: the same numbers for the same image, for ever, so that runs and moments of a
// run can be compared.

import { Trouble } from "../gan/errors.ts";
import { createStream } from "../gan/random.ts";
import { type Features, type ImageSet, needAtLeast } from "./samples.ts";

/**
 * - `random-conv`: layers of random 3×3 filters with stride 2 and a rectifier, from the image's size down to 4×4, then a
 *   random projection. Edges and colours in rough places; no notion of what is shown.
 * - `pixels`: a random projection of the pixels, which keeps distances between pixels, and nothing else.
 */
export type FeatureKind = "random-conv" | "pixels";

/** Turns images of one shape into feature vectors. */
export type FeatureMap = (images: ImageSet) => Features;

/**
 * A feature map whose weights come from a seed that never changes. Centred and scaled by one number each, so that the reals
 * it is made for have mean 0 and mean square 1: kernels and distances then mean the same on every data set.
 *
 * @param reals fix centre and scale; keep them for as long as values are to be compared
 * @param width F, the number of features
 * @throws Trouble when there are fewer than two reals, or all have the same features
 */
export function featuresOf(reals: ImageSet, kind: FeatureKind = "random-conv", width = 64): FeatureMap {
  needAtLeast(2, reals.count, "reals", "A feature map");
  const raw = rawFeatures(kind, reals.size, reals.channels, width);
  const normalise = standardiser(raw(reals));
  return (images) => normalise(raw(images));
}

/** Centres features by the mean of `reals`, each feature its own, and divides all by the root of their mean square. */
export function standardiser(reals: Features): (features: Features) => Features {
  const { count, width, values } = reals;
  const mean = new Float64Array(width);
  values.forEach((value, i) => (mean[i % width]! += value / count));
  let square = 0;
  values.forEach((value, i) => (square += (value - mean[i % width]!) ** 2));
  const scale = Math.sqrt(square / values.length);
  if (!(scale > 1e-9))
    throw new Trouble("All reals have the same features.", "Choose data whose images differ.");
  if (!Number.isFinite(scale))
    throw new Trouble(
      "Features of reals are too large to be squared.",
      "See whether the network they come from has diverged.",
    );
  return (features) => ({
    ...features,
    values: features.values.map((value, i) => (value - mean[i % width]!) / scale),
  });
}

/** A random projection to `width` features that keeps distances on average (Johnson & Lindenstrauss 1984). */
export function projectFeatures(features: Features, width: number, seed = 0): Features {
  const weights = gaussian(features.width, width, seed, `project/${width}`);
  return { ...features, values: multiply(features.values, weights, features.width, width), width };
}

function rawFeatures(kind: FeatureKind, size: number, channels: number, width: number): FeatureMap {
  const layers: { filters: Float64Array; side: number; from: number; to: number }[] = [];
  let [side, from] = [size, channels];
  // 16, 32, 64 … filters. Stride 2 halves the side.
  for (let to = 16; kind === "random-conv" && side > 4; to = Math.min(64, 2 * to)) {
    layers.push({ filters: gaussian(9 * from, to, 0, `conv/${side}/${from}`), side, from, to });
    [side, from] = [side / 2, to];
  }
  const length = side * side * from;
  const head = gaussian(length, width, 0, `head/${size}/${channels}/${width}`);

  return ({ pixels, count }) => {
    const values = new Float64Array(count * width);
    const imageLength = size * size * channels;
    for (let i = 0; i < count; i++) {
      let image: Float64Array = Float64Array.from(
        pixels.subarray(i * imageLength, (i + 1) * imageLength),
        (byte) => byte / 127.5 - 1,
      );
      for (const { filters, side, from, to } of layers) image = convolve(image, filters, side, from, to);
      values.set(multiply(image, head, length, width), i * width);
    }
    return { values, count, width };
  };
}

/** 3×3, stride 2, zeros beyond the edge, then a rectifier. [R,R,from] to [R/2,R/2,to]. */
function convolve(image: Float64Array, filters: Float64Array, side: number, from: number, to: number) {
  const half = side / 2;
  const out = new Float64Array(half * half * to);
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++) {
      const at = (y * half + x) * to;
      for (let dy = 0; dy < 3; dy++)
        for (let dx = 0; dx < 3; dx++) {
          const [py, px] = [2 * y + dy - 1, 2 * x + dx - 1];
          if (py < 0 || px < 0 || py >= side || px >= side) continue;
          for (let c = 0; c < from; c++) {
            const value = image[(py * side + px) * from + c]!;
            if (value === 0) continue; // half of what a rectifier leaves
            const row = ((dy * 3 + dx) * from + c) * to;
            for (let f = 0; f < to; f++) out[at + f]! += value * filters[row + f]!;
          }
        }
      for (let f = 0; f < to; f++) if (out[at + f]! < 0) out[at + f] = 0;
    }
  return out;
}

/** Rows of [N,L] times [L,F]. */
function multiply(rows: Float64Array, weights: Float64Array, length: number, width: number): Float64Array {
  const count = rows.length / length;
  const out = new Float64Array(count * width);
  for (let i = 0; i < count; i++)
    for (let l = 0; l < length; l++) {
      const value = rows[i * length + l]!;
      if (value === 0) continue;
      for (let f = 0; f < width; f++) out[i * width + f]! += value * weights[l * width + f]!;
    }
  return out;
}

/** Weights [inputs,outputs] from N(0, 2 / inputs). */
function gaussian(inputs: number, outputs: number, seed: number, purpose: string): Float64Array {
  const draws = createStream(seed, `metrics/features/${purpose}`).normal(new Float32Array(inputs * outputs));
  const scale = Math.sqrt(2 / inputs);
  return Float64Array.from(draws, (draw) => draw * scale);
}
