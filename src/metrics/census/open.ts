// A census for a data set, by templates or a classifier of its modes. A data set without known modes has none.

import { Trouble } from "../../gan/errors.ts";
import type { ImageSource } from "../../gan/source.ts";
import { censusBy, type CensusTaker, openCensus } from "./census.ts";
import { checkDigitWeights, createDigitReader, heldOut } from "./digits.ts";
import { createShapeReader, type Templates } from "./shapes.ts";
import { calibrateStacked, createStackedReader } from "./stacked.ts";

/** A set of shapes as src/data has it. */
export type ShapeSet = Templates & { open(seed: number): ImageSource };

/** Seed of the real images behind a census. They are the same for every run. */
const seed = 20_261_125;

/**
 * A census of shapes × colours at `resolution`, a power of two from 4 to 64.
 * @param set nothing where the data set has no templates
 * @throws Trouble when there is no set
 */
export function openShapeCensus(set: ShapeSet | undefined, name: string, resolution: number): CensusTaker {
  if (!set)
    throw new Trouble(
      `The modes of data set ${name} are not known, so they can't be counted.`,
      "Look at coverage and density, which need no modes, or train on one of the built-in data sets.",
    );
  return openCensus(createShapeReader(set, resolution), set.open(seed));
}

/** Where the weights of the classifier of digits lie, under datasets/. */
export const classifierPack = "digits/pack/classifier.safetensors";

/**
 * A census of grey digits at `resolution`, a power of two from 4 to 64. It is calibrated on images that the classifier was
 * not trained on.
 * @param source the digits
 * @param tensors of the file `classifierPack`
 * @throws Trouble when the classifier is damaged
 */
export function openDigitCensus(
  source: ImageSource,
  tensors: ReadonlyMap<string, { values: Float32Array }>,
  resolution: number,
): CensusTaker {
  const reader = createDigitReader(checkDigitWeights(tensors), resolution);
  return openCensus(reader, heldOut(source), digitFrequencies(source));
}

/**
 * A census of stacked digits at `resolution`, a power of two from 8 to 64, by the same classifier in each channel. All
 * held-out digits are known from calibration; those of the self-test are stacked anew.
 * @param digits grey
 * @param stack stacks digits in colour, drawn by a seed
 * @param tensors of the file `classifierPack`
 * @throws Trouble when the classifier is damaged, or the resolution too low
 */
export function openStackedCensus(
  digits: ImageSource,
  stack: (digits: ImageSource, seed: number) => ImageSource,
  tensors: ReadonlyMap<string, { values: Float32Array }>,
  resolution: number,
): CensusTaker {
  if (resolution < 8)
    throw new Trouble(
      `Digits can't be told apart at ${resolution} px, so their modes can't be counted.`,
      "Take the census from 8 px on.",
    );
  const reader = createDigitReader(checkDigitWeights(tensors), resolution);
  const known = heldOut(digits);
  const stacked = stack(known, seed);
  const calibration = calibrateStacked(reader, known, digitFrequencies(digits), stacked);
  return censusBy(createStackedReader(reader), calibration, stacked);
}

function digitFrequencies(digits: ImageSource): number[] {
  const frequencies = new Array<number>(10).fill(0);
  for (let index = 0; index < digits.count; index++) frequencies[digits.modeOf!(index)]! += 1 / digits.count;
  return frequencies;
}
