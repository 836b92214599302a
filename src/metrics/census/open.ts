// A census for a data set, by templates where its modes have them. A data set without known modes has none.

import { Trouble } from "../../gan/errors.ts";
import type { ImageSource } from "../../gan/source.ts";
import { type CensusTaker, openCensus } from "./census.ts";
import { createShapeReader, type Templates } from "./shapes.ts";

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
