// Reads the reference numbers, and draws the networks and inputs that they belong to.

import fs from "node:fs";
import { type Config, presets } from "../../src/gan/settings/config.ts";
import {
  activeLayers,
  discriminatorLayers,
  generatorLayers,
  type Layer,
} from "../../src/gan/networks/layers.ts";
import type { Weights } from "../../src/gan/networks/networks.ts";
import { parameterNames, resetMoments } from "../../src/gan/networks/parameters.ts";
import { createStore, type Store } from "../../src/gan/state.ts";
import { type Plan, usesPenalty } from "../../src/gan/step.ts";
import { clearTally } from "../../src/gan/statistics/tally.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images, Latents } from "../../src/gan/tf.ts";

/** What reference.py writes. */
export interface Fixture {
  /** Share of the new G in the average of G. */
  averageRate: number;
  scenarios: Scenario[];
  /** Where gradients take six numbers at a learning rate of 1/64. */
  adam: { betas: [number, number]; start: number[]; gradients: number[][]; path: number[][] }[];
}

export interface Scenario {
  name: string;
  resolution: number;
  alpha: number;
  colors: number;
  config: Partial<Config>;
  /** What is drawn, in this order, from this seed. */
  seed: number;
  draws: [name: string, shape: number[], scale: number][];
  /** G's images, and D's scores of the (faded) reals and of those images. */
  images: number[];
  scores: { real: number[]; fake: number[] };
  lossesD: Record<Config["loss"], number>;
  lossesG: Record<Config["loss"], number>;
  gradientPenalty: number;
  r1: number;
  spectral: Spectral | null;
  /** Statistics of each round, a step of D and then one of G, in the order of `statNames`. */
  stats: { D: number[]; G: number[] }[];
  /** Gradients of the first round. */
  gradients: Record<string, number[]>;
  /** How far the last round left each parameter from where it was. */
  moved: Record<string, number[]>;
}

/** Vectors u of spectral normalisation. */
interface Spectral {
  gain: number;
  /** After one iteration from those drawn. */
  once: Record<string, number[]>;
  /** After thousands, before the first step and after each step of D. */
  converged: Record<string, number[]>[];
}

/** What both rounds are given. */
export interface Inputs {
  zD: Latents;
  zG: Latents;
  real: Images;
  mix: tf.Tensor4D;
  alpha: tf.Tensor;
  drift: tf.Tensor;
  gpWeight: tf.Tensor;
  r1Gamma: tf.Tensor;
  averageRate: tf.Tensor;
}

const file = new URL("../fixtures/reference.json", import.meta.url);
export const fixture = JSON.parse(fs.readFileSync(file, "utf8")) as Fixture;

/** The generator of reference.py: a congruential one, whose top byte becomes a multiple of 1/64 in (-2,2). */
function createDraws(seed: number): (count: number, scale?: number) => Float32Array {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  return (count, scale = 1) =>
    Float32Array.from({ length: count }, () => (((next() >>> 24) - 127.5) / 64) * scale);
}

export function planOf({ config: settings, resolution, alpha, colors }: Scenario): Plan {
  const config: Config = { ...presets.paper!, ...settings };
  const fading = alpha < 1;
  const layers = (layersAt: typeof generatorLayers) =>
    activeLayers(
      [4, 8, 16].flatMap((size) => layersAt(size, config, colors)),
      resolution,
      fading,
    );
  const [g, d] = [layers(generatorLayers), layers(discriminatorLayers)];
  return { depth: { resolution, fading }, config, g, d, penalised: usesPenalty(config) };
}

/** The scenario's tensors, as yet untrained. */
export function openScenario(scenario: Scenario, plan: Plan): { store: Store; inputs: Inputs } {
  const store = createStore();
  const draw = createDraws(scenario.seed);
  const drawn = new Map<string, tf.Tensor>();
  for (const [name, shape, scale] of scenario.draws) {
    const tensor = tf.tensor(draw(tf.util.sizeFromShape(shape), scale), shape);
    if (/^(G|D|Gs)\//.test(name)) store.write(name, name.endsWith(":u") ? tensor.reshape([-1, 1]) : tensor);
    else drawn.set(name, tensor);
  }
  resetMoments(store, parameterNames([...plan.g, ...plan.d]));
  clearTally(store);

  const { drift, gpWeight, r1Gamma } = plan.config;
  const inputs: Inputs = {
    zD: drawn.get("z/D") as Latents,
    zG: drawn.get("z/G") as Latents,
    real: drawn.get("real") as Images,
    mix: drawn.get("mix")!.add(0.5),
    alpha: tf.tensor1d([scenario.alpha]),
    drift: tf.tensor1d([drift]),
    gpWeight: tf.tensor1d([gpWeight]),
    r1Gamma: tf.tensor1d([r1Gamma]),
    averageRate: tf.tensor1d([fixture.averageRate]),
  };
  return { store, inputs };
}

/** Lets every u be what it converges to after `steps` steps of D: there, implementations agree. */
export function converge(store: Store, { spectral }: Scenario, steps = 0): void {
  if (!spectral) return;
  for (const [name, u] of Object.entries(spectral.converged[steps]!)) {
    store.write(name, tf.tensor2d(u, [u.length, 1]));
    store.write(name.replace(/u$/, "gain"), tf.tensor1d([spectral.gain]));
  }
}

export function readParameters(store: Store, layers: readonly Layer[]): Weights {
  return Object.fromEntries(parameterNames(layers).map((name) => [name, store.read(name)]));
}
