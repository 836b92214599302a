// Whether a state that comes from outside is one that a run of its settings can have.

import type { Layer } from "../gan/networks/layers.ts";
import { checkTensors } from "../gan/networks/parameters.ts";
import { layersAt } from "../gan/plans.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Looks at names and shapes, before anything is made of them.
 * @param channels colour channels of the data set's images
 * @throws Trouble naming the first tensor that is missing, of another shape, or of no layer
 */
export function checkState({ place, tensors }: Snapshot, channels: number): void {
  const { config, resolution } = place;
  const layers: Layer[] = [];
  for (let size = 4; size <= resolution; size *= 2) {
    const { G, D } = layersAt(size, config, channels);
    layers.push(...G, ...D);
  }
  checkTensors(layers, Object.fromEntries(tensors), config);
}
