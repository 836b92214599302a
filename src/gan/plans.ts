// What the steps of a stage are made of, and which steps come next.

import type { Config } from "./settings/config.ts";
import { activeLayers, discriminatorLayers, generatorLayers, type Layer } from "./networks/layers.ts";
import type { Depth } from "./networks/networks.ts";
import { flipsDue, type Place } from "./place.ts";
import { scheduledAt } from "./settings/schedule.ts";
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

/**
 * The plans of the next step: one of D, or two where some of its steps have a penalty and some not.
 * @param layers all that the run has
 */
export function nextPlans(place: Place, layers: Layers, channels: number): Plan[] {
  const flips = flipsDue(place).map(({ key, to }) => [key, to] as const);
  const config: Config = flips.length > 0 ? { ...place.config, ...Object.fromEntries(flips) } : place.config;
  const { resolution } = scheduledAt(place);
  const grows = resolution > place.resolution;
  const { fading } = scheduledAt({ ...place, fadesIn: grows ? config.fadeIn : place.fadesIn });
  const grown = grows ? grownTo(resolution, layers, config, channels) : layers;
  const penalties = Array.from(
    { length: config.stepsD },
    (_, i) => usesPenalty(config) && (place.stepsOfD + i) % config.penaltyInterval === 0,
  );
  return [...new Set(penalties)].map((penalised) =>
    planFor(grown, { resolution, fading }, config, penalised),
  );
}

/** The layers of a run once it has those of all resolutions up to one. */
function grownTo(resolution: number, { G, D }: Layers, config: Config, channels: number): Layers {
  const grown = { G: [...G], D: [...D] };
  for (let born = 2 * newest(G); born <= resolution; born *= 2) {
    const layers = layersAt(born, config, channels);
    grown.G.push(...layers.G);
    grown.D.push(...layers.D);
  }
  return grown;
}

const newest = (layers: readonly Layer[]) => Math.max(...layers.map(({ resolution }) => resolution));

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
  const grown = grownTo(2 * resolution, layers, config, channels);
  return [...now, ...plans({ resolution: 2 * resolution, fading: config.fadeIn }, grown)];
}
