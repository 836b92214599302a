// The census that belongs to a data set, with what it reads from disk.

import { openSource, shapeSets } from "../data/catalogue.ts";
import { createStackedMnist } from "../data/stackedMnist.ts";
import type { Config } from "../gan/settings/config.ts";
import type { ImageSource } from "../gan/source.ts";
import type { CensusTaker } from "../metrics/census/census.ts";
import {
  classifierPack,
  openDigitCensus,
  openShapeCensus,
  openStackedCensus,
} from "../metrics/census/open.ts";
import { readSafetensors } from "../store/pgan/safetensors.ts";
import { readPack } from "./readPack.ts";

/**
 * Opens the census for samples of `data` at `resolution`.
 * @param source the data set, opened
 * @throws Trouble when the modes of the data set are not known, or its classifier can't be read
 */
export async function openTaker(
  data: Config["data"],
  source: ImageSource,
  resolution: number,
): Promise<CensusTaker> {
  if (data !== "digits" && data !== "stacked-mnist")
    return openShapeCensus(shapeSets[data], data, resolution);
  const tensors = readSafetensors(await readPack(classifierPack));
  if (data === "digits") return openDigitCensus(source, tensors, resolution);
  const digits = await openSource("digits", 0, readPack, resolution);
  return openStackedCensus(digits, createStackedMnist, tensors, resolution);
}
