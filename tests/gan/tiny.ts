// Runs small enough for tests, and their networks as plain functions.

import { type Config, defaults } from "../../src/gan/settings/config.ts";
import {
  activeLayers,
  discriminatorLayers,
  generatorLayers,
  type Layer,
} from "../../src/gan/networks/layers.ts";
import { type Depth, discriminate, generate, type Weights } from "../../src/gan/networks/networks.ts";
import { createLayer, parameterNames, scaledWeights } from "../../src/gan/networks/parameters.ts";
import { createStream } from "../../src/gan/random.ts";
import { Run } from "../../src/gan/run.ts";
import type { Batches } from "../../src/gan/source.ts";
import { createStore, type Store } from "../../src/gan/state.ts";
import type { Steps } from "../../src/gan/step.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images, Latents, Scores } from "../../src/gan/tf.ts";

/** A few channels, batches of four, and growth from 4 to 8 px within a few steps. */
export const tiny: Config = {
  ...defaults,
  to: 8,
  batch: 4,
  latent: 5,
  channelsMax: 3,
  imagesPerPhase: 8,
  imagesPerFade: 16,
  tickImages: 8,
};

export const source = { name: "shapes-16", channels: 3, resolution: 16 } as const;

/** Batches of noise, or of the images given (each [R,R,C]), drawn at random. */
export function batchesOf(images?: readonly Float32Array[]): Batches {
  return {
    place: 0,
    next(resolution, count) {
      const size = resolution ** 2 * source.channels;
      const batch = new Float32Array(count * size);
      for (let i = 0; i < count; i++, this.place++) {
        const draw = createStream(this.place, "test/image").uniform(new Float32Array(size));
        const image = images ? images[Math.floor(draw[0]! * images.length)]! : draw.map((u) => 2 * u - 1);
        batch.set(image, i * size);
      }
      return batch;
    },
  };
}

/** A run of the tiny config with `changes`, on noise. */
export function tinyRun(changes: Partial<Config> = {}, steps?: Steps): Run {
  return new Run({ ...tiny, ...changes }, source, batchesOf(), [], steps);
}

/** All layers of a network that starts at 4 px and has grown to `resolution`. */
export function layersUpTo(network: "G" | "D", resolution: number, config: Config): Layer[] {
  const layersAt = network === "G" ? generatorLayers : discriminatorLayers;
  const layers: Layer[] = [];
  for (let size = 4; size <= resolution; size *= 2) layers.push(...layersAt(size, config, source.channels));
  return layers;
}

/** A store that holds both networks as they are born, with biases that are not 0. */
export function createNetworks(config: Config): Store {
  const store = createStore();
  for (const network of ["G", "D"] as const)
    for (const layer of layersUpTo(network, config.to, config)) {
      createLayer(store, layer, config);
      const bias = createStream(config.seed, `test/${layer.name}`).normal(new Float32Array(layer.outputs));
      store.write(`${layer.name}/bias`, tf.tensor1d(bias));
    }
  return store;
}

/** The layers' weights as the network multiplies with them. */
function weightsIn(store: Store, layers: Layer[], config: Config): Weights {
  const names = parameterNames(layers);
  return scaledWeights(
    store,
    layers,
    Object.fromEntries(names.map((name) => [name, store.read(name)])),
    config,
  );
}

/** What D says of images, with the parameters in `store`. */
export function scoresOf(
  store: Store,
  images: Images,
  config: Config,
  depth: Depth = { resolution: images.shape[1], fading: false },
  alpha = 1,
  sets = 1,
): Scores {
  const layers = activeLayers(layersUpTo("D", depth.resolution, config), depth.resolution, depth.fading);
  const weights = weightsIn(store, layers, config);
  return discriminate(weights, images, depth, tf.tensor1d([alpha]), config, sets);
}

/** What G makes of latents, with the parameters in `store`. */
export function imagesOf(store: Store, z: Latents, config: Config, depth: Depth, alpha = 1): Images {
  const layers = activeLayers(layersUpTo("G", depth.resolution, config), depth.resolution, depth.fading);
  return generate(weightsIn(store, layers, config), z, depth, tf.tensor1d([alpha]), config);
}

/** Every tensor of a run, by name. */
export async function tensorsOf(run: Run, prefix = ""): Promise<Record<string, number[]>> {
  const names = run.store.names().filter((name) => name.startsWith(prefix));
  const values = await Promise.all(names.map((name) => run.store.read(name).data()));
  return Object.fromEntries(names.map((name, i) => [name, [...values[i]!]]));
}
