// What the steps of a stage are made of, and which steps come next.

import type { Config } from "./config.ts";
import { activeLayers, discriminatorLayers, generatorLayers, type Layer } from "./layers.ts";
import type { Depth } from "./networks.ts";
import { type Plan, type Steps, usesPenalty } from "./step.ts";

/** The layers of both networks. */
export type Layers = Record<"D" | "G", Layer[]>;

/** The layers that a run gets at `resolution`. */
export function layersAt(resolution: number, config: Config, channels: number): Layers {
  // Below the first resolution no image is ever made, and no layer for pixels is needed.
  const needed = ({ rgb }: Layer) => !rgb || resolution >= config.from;
  return {
    G: generatorLayers(resolution, config, channels).filter(needed),
    D: discriminatorLayers(resolution, config, channels).filter(needed),
  };
}

/** @param layers all that the run has */
export function planFor({ G, D }: Layers, depth: Depth, config: Config, penalised = false): Plan {
  const { resolution, fading } = depth;
  return {
    depth: { resolution, fading },
    config,
    g: activeLayers(G, resolution, fading),
    d: activeLayers(D, resolution, fading),
    penalised,
  };
}

/** Tells `steps` which plans come next, whenever that changes. */
export function foreteller(steps: Steps, channels: number) {
  let told: (Depth & { config: Config }) | undefined;
  return (layers: Layers, { resolution, fading }: Depth, config: Config): void => {
    if (told?.resolution === resolution && told.fading === fading && told.config === config) return;
    told = { resolution, fading, config };
    steps.expect(plansAhead(layers, told, config, channels));
  };
}

/** The plans of all steps that come now and in the next stage, as far as nobody flips a switch. */
function plansAhead(layers: Layers, depth: Depth, config: Config, channels: number): Plan[] {
  const plans = (at: Depth, layers: Layers) => {
    const penalties = !usesPenalty(config) ? [false] : config.penaltyInterval > 1 ? [true, false] : [true];
    return penalties.map((penalised) => planFor(layers, at, config, penalised));
  };
  const now = plans(depth, layers);
  const { resolution, fading } = depth;
  if (fading) return [...now, ...plans({ resolution, fading: false }, layers)];
  if (resolution >= config.to) return now;
  const born = layersAt(2 * resolution, config, channels);
  const grown = { G: [...layers.G, ...born.G], D: [...layers.D, ...born.D] };
  return [...now, ...plans({ resolution: 2 * resolution, fading: config.fadeIn }, grown)];
}
