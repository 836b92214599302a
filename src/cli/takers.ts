// The census that belongs to a data set, with what it reads from disk.

import { shapeSets } from "../data/catalogue.ts";
import type { Config } from "../gan/config.ts";
import type { ImageSource } from "../gan/source.ts";
import type { CensusTaker } from "../metrics/census/census.ts";
import { classifierPack, openDigitCensus, openShapeCensus } from "../metrics/census/open.ts";
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
  if (data !== "digits") return openShapeCensus(shapeSets[data], data, resolution);
  return openDigitCensus(source, readSafetensors(await readPack(classifierPack)), resolution);
}
