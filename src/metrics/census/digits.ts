// Tells handwritten digits apart by a small network that this project trained (npm run classifier), in plain arithmetic.

import { Trouble } from "../../gan/errors.ts";
import { permutation } from "../../gan/random.ts";
import type { ImageSource } from "../../gan/source.ts";
import { type ModeReader, rejections } from "./reader.ts";
import { shrink } from "./shrink.ts";

/** Pixels a side that the network sees: larger images are shrunk, the pixels of smaller ones repeated. */
export const seen = 16;

/** Its layers: 3×3 convolution, leaky ReLU and 2×2 mean, twice; then ten digits and "no digit". */
export const layers = { first: 12, second: 24, classes: 11 } as const;
export const noDigit = 10;

/** An image whose likeliest digit is less likely than this is no digit. */
export const leastConfidence = 0.5;

/** An image with less between its darkest and its lightest pixel has nothing drawn on it. */
const leastContrast = 0.25;

/** Its weights by name, as `shapes` has them. */
export type DigitWeights = Readonly<Record<keyof typeof shapes, Float32Array>>;

const quarter = seen / 4;
export const shapes = {
  "conv1/weight": [3, 3, 1, layers.first],
  "conv1/bias": [layers.first],
  "conv2/weight": [3, 3, layers.first, layers.second],
  "conv2/bias": [layers.second],
  "dense/weight": [quarter ** 2 * layers.second, layers.classes],
  "dense/bias": [layers.classes],
} as const;

/**
 * Weights as they were read from a file.
 * @throws Trouble when one is missing or of another size
 */
export function checkDigitWeights(tensors: ReadonlyMap<string, { values: Float32Array }>): DigitWeights {
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const size = shape.reduce((product: number, length) => product * length, 1);
    const got = tensors.get(name)?.values.length ?? 0;
    if (got !== size)
      throw new Trouble(
        `The classifier of digits is damaged: ${name} has ${got} numbers, not ${size}.`,
        "Restore the datasets folder of the repository.",
      );
    return [name, tensors.get(name)!.values];
  });
  return Object.fromEntries(entries) as DigitWeights;
}

/** The images that the network was not trained on, as a source of their own. */
export function heldOut(source: ImageSource): ImageSource {
  const { test } = split(source.count);
  return {
    ...source,
    count: test.length,
    bytes: undefined,
    modeOf: (index) => source.modeOf!(test[index]!),
    write: (index, resolution, out, offset) => source.write(test[index]!, resolution, out, offset),
  };
}

/** Which images of `count` the network is trained and tested on: four fifths, and the rest. */
export function split(count: number): { train: Uint32Array; test: Uint32Array } {
  const order = permutation(count, 0, "digit classifier");
  const cut = Math.floor(0.8 * count);
  return { train: order.subarray(0, cut), test: order.subarray(cut) };
}

/**
 * A reader of grey digits at `resolution`, a power of two from 4 to 64.
 * @param forced counts every image for its likeliest digit, as Karras et al. 2018 did: noise covers modes then
 */
export function createDigitReader(weights: DigitWeights, resolution: number, forced = false): ModeReader {
  const classify = createClassifier(weights);
  const view = new Float32Array(seen ** 2);
  const size = resolution ** 2;
  const modes = Array.from({ length: 10 }, (_, digit) => String(digit));
  return {
    resolution,
    channels: 1,
    modes,
    factors: [{ name: "digit", values: modes }],
    read: (images, count) =>
      Int16Array.from({ length: count }, (_, n) => {
        toSeen(images, n * size, resolution, view);
        if (forced) return likeliest(classify(view));
        return isBlank(view) ? rejections.stray : digitOf(classify(view));
      }),
    nearest(images, index) {
      toSeen(images, index * size, resolution, view);
      const likelihoods = classify(view);
      const mode = likeliest(likelihoods);
      if (isBlank(view) || mode < 0) return undefined;
      return { mode, measure: "likelihood", value: likelihoods[mode]!, limit: leastConfidence };
    },
  };
}

/** The network has seen no empty images, and takes them for digits. */
function isBlank(view: Float32Array): boolean {
  let [low, high] = [Infinity, -Infinity];
  for (const value of view) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return high - low < leastContrast; // false where one is not a number
}

/** The digit that likelihoods [11] speak for, or why none. */
function digitOf(likelihoods: Float64Array): number {
  if (Number.isNaN(likelihoods[0])) return rejections.broken;
  const best = likelihoods.indexOf(Math.max(...likelihoods));
  return best === noDigit || likelihoods[best]! < leastConfidence ? rejections.stray : best;
}

/** The digit that likelihoods [11] speak for most, be it little. */
function likeliest(likelihoods: Float64Array): number {
  if (Number.isNaN(likelihoods[0])) return rejections.broken;
  const digits = likelihoods.subarray(0, noDigit);
  return digits.indexOf(Math.max(...digits));
}

/** The grey image [R,R] at `offset` at the size that the network sees. */
export function toSeen(images: Float32Array, offset: number, resolution: number, out: Float32Array): void {
  if (resolution >= seen) return shrink(images, offset, resolution, seen, 1, out);
  const times = seen / resolution;
  for (let y = 0; y < seen; y++)
    for (let x = 0; x < seen; x++)
      out[y * seen + x] = images[offset + Math.floor(y / times) * resolution + Math.floor(x / times)]!;
}

/** The network: an image [16,16] in [-1,1] to likelihoods [11]. The array is read before the next call. */
export function createClassifier(weights: DigitWeights): (image: Float32Array) => Float64Array {
  const half = seen / 2;
  const first = new Float32Array(half ** 2 * layers.first);
  const second = new Float32Array(quarter ** 2 * layers.second);
  const likelihoods = new Float64Array(layers.classes);
  return (image) => {
    convolve(image, seen, 1, weights["conv1/weight"], weights["conv1/bias"], first); // [8,8,12]
    convolve(first, half, layers.first, weights["conv2/weight"], weights["conv2/bias"], second); // [4,4,24]
    likelihoods.set(weights["dense/bias"]);
    const dense = weights["dense/weight"];
    for (let i = 0; i < second.length; i++)
      for (let k = 0; k < layers.classes; k++)
        likelihoods[k] = likelihoods[k]! + second[i]! * dense[i * layers.classes + k]!;
    const most = Math.max(...likelihoods);
    let sum = 0;
    for (let k = 0; k < layers.classes; k++) sum += likelihoods[k] = Math.exp(likelihoods[k]! - most);
    for (let k = 0; k < layers.classes; k++) likelihoods[k] = likelihoods[k]! / sum;
    return likelihoods; // [11]
  };
}

/** 3×3 convolution with zeros around, bias, leaky ReLU of slope 0.2, then means of 2×2: [R,R,in] to [R/2,R/2,out]. */
function convolve(
  x: Float32Array,
  R: number,
  inputs: number,
  weight: Float32Array,
  bias: Float32Array,
  out: Float32Array,
): void {
  const outputs = bias.length;
  const sums = new Float64Array(outputs);
  out.fill(0);
  for (let row = 0; row < R; row++)
    for (let column = 0; column < R; column++) {
      sums.set(bias);
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const [y, from] = [row + dy, column + dx];
          if (y < 0 || y >= R || from < 0 || from >= R) continue;
          const at = (y * R + from) * inputs;
          const tap = ((dy + 1) * 3 + dx + 1) * inputs * outputs;
          for (let i = 0; i < inputs; i++) {
            const value = x[at + i]!;
            const filter = tap + i * outputs;
            for (let o = 0; o < outputs; o++) sums[o] = sums[o]! + value * weight[filter + o]!;
          }
        }
      const place = ((row >> 1) * (R >> 1) + (column >> 1)) * outputs;
      for (let o = 0; o < outputs; o++)
        out[place + o] = out[place + o]! + Math.max(sums[o]!, 0.2 * sums[o]!) / 4;
    }
}
