// Whether a run fits a device, before it starts: an estimate from its layers, and a sentence where it does not.

import type { Config } from "../gan/settings/config.ts";
import { Trouble } from "../gan/errors.ts";
import { discriminatorLayers, featureMaps, featureMapsOfD, generatorLayers } from "../gan/networks/layers.ts";
import { batchAt } from "../gan/settings/settings.ts";

/** Bytes a run holds at the resolution where it needs most. */
export interface MemoryNeed {
  resolution: number;
  /** All buffers together, to about a quarter. */
  total: number;
  /** The largest single one. */
  largest: number;
}

/**
 * What a step allocates, as multiples of the bytes of one activation of every 3×3 conv of each network and of all
 * weights. tfjs keeps whatever a step has touched until the step ends, and then for the next one. Measured as the pool of
 * buffers on WebGPU, and the heap on WASM, after two D and G steps of the paper's preset from 4 to 64 px, with 1 to
 * 64 images and 16 to 256 channels: 38 to 50 times the activations, the most while a resolution fades in, and 6 to 13
 * times the weights (them, their average, Adam's moments, gradients, and Adam's intermediate results). D's activations are four in five of
 * them: with a D of 1/4, 1/2, 2 and 4 times the width of G, the pool at 16 px held 41, 49, 176 and 432 MB against 83.
 */
const perActivation = { G: 10, D: 40 };
const perWeight = 12;

/**
 * Estimates the memory of a run.
 * @param config a checked config
 * @param channels colour channels of its images
 */
export function estimateMemory(config: Config, channels: 1 | 3): MemoryNeed {
  const needs: MemoryNeed[] = [];
  const pixels = { G: 0, D: 0 }; // of all feature maps up to here, for one image
  let weights = 0;
  let widest = 0;
  for (let resolution = 4; resolution <= config.to; resolution *= 2) {
    const area = resolution ** 2;
    const maps = { G: featureMaps(resolution, config), D: featureMapsOfD(resolution, config) };
    pixels.G += 2 * area * maps.G;
    pixels.D += 2 * area * maps.D;
    for (const layersOf of [generatorLayers, discriminatorLayers])
      for (const { shape } of layersOf(resolution, config, channels)) {
        const size = shape.reduce((product, length) => product * length);
        weights += size;
        widest = Math.max(widest, size);
      }
    if (resolution < config.from) continue;
    const batch = batchAt(resolution, config);
    const below = resolution === 4 ? 4 : resolution / 2;
    const ofG = Math.max(maps.G, featureMaps(below, config));
    const ofD = 2 * Math.max(maps.D, featureMapsOfD(below, config)); // it sees reals and fakes as one batch
    const largest = 4 * Math.max(widest, batch * area * Math.max(ofG, ofD));
    const activations = perActivation.G * pixels.G + perActivation.D * pixels.D;
    needs.push({ resolution, total: 4 * (batch * activations + perWeight * weights), largest });
  }
  return needs.reduce((most, need) => (need.total > most.total ? need : most));
}

interface Limits {
  /** Bytes that one buffer may hold. */
  maxBufferSize: number;
  /**
   * Bytes that all together may hold. WebGPU does not tell; four of the largest buffers is little for a desktop GPU, and
   * about what a phone gives a page.
   */
  maxBytes?: number;
}

/**
 * @param channels colour channels of the images
 * @param runs how many such runs there are to be at once
 * @throws Trouble saying what is too big, and what would fit
 */
export function checkFits(config: Config, channels: 1 | 3, device: Limits, runs = 1): void {
  const { maxBufferSize } = device;
  const maxBytes = (device.maxBytes ?? 4 * maxBufferSize) / runs;
  const limits = { maxBufferSize, maxBytes };
  if (fits(config, channels, limits)) return;
  const { resolution, total, largest } = estimateMemory(config, channels);
  const batch = batchAt(resolution, config);
  const room = `room for ${inWords(maxBytes)}${runs > 1 ? ` for each of ${runs} runs` : ""}`;
  const widest = Math.max(featureMaps(resolution, config), featureMapsOfD(resolution, config));
  const what = `A batch of ${batch} with ${widest} channels at ${resolution}×${resolution}`;
  const message =
    largest > maxBufferSize
      ? `${what} needs a buffer of ${inWords(largest)}; this device allows ${inWords(maxBufferSize)}.`
      : `${what} needs about ${inWords(total)}; this device has ${room}.`;
  throw new Trouble(message, remedy(config, channels, limits));
}

function fits(
  config: Config,
  channels: 1 | 3,
  { maxBufferSize, maxBytes = 4 * maxBufferSize }: Limits,
): boolean {
  const { total, largest } = estimateMemory(config, channels);
  return largest <= maxBufferSize && total <= maxBytes;
}

/** The largest batch, and the most channels, that fit. */
function remedy(config: Config, channels: 1 | 3, limits: Limits): string {
  const sizes = [256, 128, 64, 32, 16, 8, 4];
  const batch = sizes.find((batch) => fits({ ...config, batch, batchPerResolution: "" }, channels, limits));
  const channelsMax = sizes.find((channelsMax) => fits({ ...config, channelsMax }, channels, limits));
  const ways = [
    ...(batch ? [`a batch of ${batch}`] : []),
    ...(channelsMax ? [`channelsMax ${channelsMax}`] : []),
    "a lower resolution",
  ];
  return `Use ${ways.join(", or ")}.`;
}

const inWords = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toPrecision(2)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
