// One hash for all that decides how a run goes on: two runs that share it take the same steps from there.

import type { Place } from "../../gan/place.ts";
import { keptConfig } from "../../gan/settings/settings.ts";
import { tallyNames } from "../../gan/statistics/tally.ts";
import type { NamedTensor } from "./safetensors.ts";
import { sha256, sha256OfText } from "./sha256.ts";

type Hashes = ReadonlyMap<string, string>;

/** A state is saved without its proof, with it, and as a mark: its tensors, which nobody changes, are hashed once. */
const known = new WeakMap<ReadonlyMap<string, NamedTensor>, Promise<Hashes>>();

/** The hash of each tensor's numbers, as they lie in a safetensors file. */
export function hashTensors(tensors: ReadonlyMap<string, NamedTensor>): Promise<Hashes> {
  const hashes = known.get(tensors) ?? hashEach(tensors);
  known.set(tensors, hashes);
  return hashes;
}

async function hashEach(tensors: ReadonlyMap<string, NamedTensor>): Promise<Hashes> {
  const hash = ({ values }: NamedTensor) =>
    sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return new Map(
    await Promise.all([...tensors].map(async ([name, tensor]) => [name, await hash(tensor)] as const)),
  );
}

/**
 * Sums of statistics don't count: they are cleared whenever someone looks, and no step reads them. Nor do the changes
 * that led here, or are planned: two ways to the same state go on alike.
 * @param hashes of all tensors of the run
 */
export function fingerprint(place: Place, hashes: Hashes): Promise<string> {
  const { config, images, step, stepsOfD, resolution, fadesIn, ages, streams, data } = place;
  const watched: readonly string[] = Object.values(tallyNames);
  const tensors = [...hashes].filter(([name]) => !watched.includes(name));
  const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256OfText(
    JSON.stringify([
      sorted(keptConfig(config)),
      [images, step, stepsOfD, resolution, fadesIn, data],
      sorted(ages),
      sorted(streams),
      tensors.sort(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  );
}
