// A data set narrowed to a few images of each mode: what learns from it collapses within its modes by construction.

import { Trouble } from "../gan/errors.ts";
import { permutation } from "../gan/random.ts";
import type { ImageSource } from "../gan/source.ts";

/** Images of an endless set that are looked through for some of each mode. */
const searched = 65_536;

/**
 * `perMode` images of each mode of `source`, and no others, mode by mode. Which ones depends on the seed where the set is
 * finite; an endless set has its order from its own seed.
 * @throws Trouble when the modes of the set are not known, or one has fewer images
 */
export function fewOfEach(source: ImageSource, perMode: number, seed: number): ImageSource {
  const { modes, modeOf } = source;
  if (!modes || !modeOf)
    throw new Trouble(
      `The modes of data set ${source.name} are not known, so it can't be narrowed to a few images of each.`,
      "Choose one of the built-in data sets, or leave it whole.",
    );
  const order = source.count === Infinity ? undefined : permutation(source.count, seed, "few of each mode");
  const found = modes.map(() => [] as number[]);
  let missing = modes.length * perMode;
  for (let place = 0; missing > 0 && place < (order?.length ?? searched); place++) {
    const index = order ? order[place]! : place;
    const own = found[modeOf(index)]!;
    if (own.length === perMode) continue;
    own.push(index);
    missing--;
  }
  if (missing > 0)
    throw new Trouble(
      `Data set ${source.name} doesn't have ${perMode} images of each mode.`,
      "Ask for fewer of each.",
    );
  const chosen = found.flat();
  return {
    ...source,
    count: chosen.length,
    bytes: undefined,
    modeOf: (index) => modeOf(chosen[index]!),
    write: (index, resolution, out, offset) => source.write(chosen[index]!, resolution, out, offset),
  };
}
