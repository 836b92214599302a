// MS-SSIM (Wang, Simoncelli & Bovik 2003) between random pairs of one set: how alike its images are (Odena et al. 2017,
// §4.3). Lower is more varied. It says nothing about being like the data.

import { permutation } from "../../gan/random.ts";
import { type ImageSet, needAtLeast } from "../samples.ts";

export interface Similarity {
  /** Mean over pairs, in [0,1]; 1 when all images are the same. */
  msSsim: number;
  /** Standard deviation over pairs divided by the root of their number. */
  standardError: number;
  pairs: number;
  /** Sides of the scales that were used. */
  scales: number[];
}

const weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
const leastSide = 4;

/**
 * Scales for images of `size` px: halved at most four times, down to 4 px. From 64 px on these are the paper's five. Below,
 * PGGAN's code goes on to 2 and 1 px, where one window sees the whole image; we leave those out, and the weights of the
 * scales that are left are brought to a sum of 1. So compare values at one size only.
 */
export function scalesFor(size: number): number[] {
  return weights.map((_, scale) => size / 2 ** scale).filter((side) => side >= Math.min(leastSide, size));
}

/**
 * The mean MS-SSIM of ⌊N/2⌋ pairs that share no image, drawn by `seed`.
 * @throws Trouble when there are fewer than four images
 */
export function meanSimilarity(images: ImageSet, seed = 0): Similarity {
  needAtLeast(4, images.count, "images", "MS-SSIM");
  const order = permutation(images.count, seed, "metrics/pairs");
  const pairs = Math.floor(images.count / 2);
  const length = images.size * images.size * images.channels;
  const image = (i: number) => images.pixels.subarray(order[i]! * length, (order[i]! + 1) * length);

  const values = Float64Array.from({ length: pairs }, (_, pair) =>
    msSsim(image(2 * pair), image(2 * pair + 1), images.size, images.channels),
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / pairs;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (pairs - 1);
  return {
    msSsim: mean,
    standardError: Math.sqrt(variance / pairs),
    pairs,
    scales: scalesFor(images.size),
  };
}

/**
 * The MS-SSIM of two images, in [0,1]: contrast and structure at every scale, luminance at the coarsest, each a mean over
 * windows and channels; below 0 counts as 0. Scales are halved by a 2×2 box.
 * @param a [R,R,C] in [0,255]; `b` likewise
 */
export function msSsim(a: ArrayLike<number>, b: ArrayLike<number>, size: number, channels: number): number {
  const sides = scalesFor(size);
  const used = weights.slice(0, sides.length);
  const sum = used.reduce((total, weight) => total + weight, 0);
  let x: Float64Array = Float64Array.from(a);
  let y: Float64Array = Float64Array.from(b);
  let product = 1;
  sides.forEach((side, scale) => {
    const last = scale === sides.length - 1;
    const { ssim, contrast } = similarity(x, y, side, channels);
    product *= Math.max(0, last ? ssim : contrast) ** (used[scale]! / sum);
    if (!last) [x, y] = [halve(x, side, channels), halve(y, side, channels)];
  });
  return product;
}

/** SSIM and its part without luminance, averaged over all places of a window inside the image, and channels. */
function similarity(x: Float64Array, y: Float64Array, side: number, channels: number) {
  const window = gaussianWindow(side);
  const places = side - window.length + 1;
  let [ssim, contrast] = [0, 0];
  const smooth = (values: Float64Array) => convolve(values, window, side, channels);
  const [mx, my] = [smooth(x), smooth(y)];
  const [xx, yy, xy] = [
    smooth(x.map((v) => v * v)),
    smooth(y.map((v) => v * v)),
    smooth(x.map((v, i) => v * y[i]!)),
  ];
  for (let i = 0; i < mx.length; i++) {
    const [a, b] = [mx[i]!, my[i]!];
    const structure = (2 * (xy[i]! - a * b) + c2) / (xx[i]! - a * a + (yy[i]! - b * b) + c2);
    contrast += structure;
    ssim += (structure * (2 * a * b + c1)) / (a * a + b * b + c1);
  }
  const count = places * places * channels;
  return { ssim: ssim / count, contrast: contrast / count };
}

/** 11 numbers with σ 1.5, adding up to 1. In a smaller image window and σ shrink alike. */
function gaussianWindow(side: number): Float64Array {
  const width = Math.min(11, side);
  const sigma = (1.5 * width) / 11;
  const window = Float64Array.from({ length: width }, (_, i) =>
    Math.exp(-((i - (width - 1) / 2) ** 2) / (2 * sigma * sigma)),
  );
  const sum = window.reduce((total, value) => total + value, 0);
  return window.map((value) => value / sum);
}

/** Both ways, where the window lies inside: [R,R,C] to [P,P,C]. */
function convolve(values: Float64Array, window: Float64Array, side: number, channels: number): Float64Array {
  const places = side - window.length + 1;
  const across = new Float64Array(side * places * channels);
  for (let y = 0, at = 0; y < side; y++)
    for (let x = 0; x < places; x++)
      for (let c = 0; c < channels; c++, at++)
        for (let k = 0; k < window.length; k++)
          across[at]! += window[k]! * values[(y * side + x + k) * channels + c]!;

  const row = places * channels;
  const out = new Float64Array(places * row);
  for (let at = 0; at < out.length; at++)
    for (let k = 0; k < window.length; k++) out[at]! += window[k]! * across[at + k * row]!;
  return out;
}

/** The mean of every 2×2 block. */
function halve(values: Float64Array, side: number, channels: number): Float64Array {
  const half = side / 2;
  const out = new Float64Array(half * half * channels);
  for (let y = 0, at = 0; y < half; y++)
    for (let x = 0; x < half; x++)
      for (let c = 0; c < channels; c++) {
        const corner = (2 * y * side + 2 * x) * channels + c;
        const below = corner + side * channels;
        out[at++] =
          (values[corner]! + values[corner + channels]! + values[below]! + values[below + channels]!) / 4;
      }
  return out;
}
