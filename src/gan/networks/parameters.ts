// The tensors behind the layers: how they are named, born, scaled for use, and rescaled when a switch flips.

import type { Config } from "../settings/config.ts";
import { Trouble } from "../errors.ts";
import type { Layer } from "./layers.ts";
import type { Weights } from "./networks.ts";
import { scale } from "../ops/index.ts";
import { createStream } from "../random.ts";
import { iterationsAtBirth, powerIteration, singularValue } from "./spectral.ts";
import type { Store } from "../state.ts";
import { tallyNames } from "../statistics/tally.ts";
import * as tf from "../tf.ts";
import { quoted } from "../untrusted.ts";

/** Names of what Adam trains: a weight and a bias for each layer. */
export function parameterNames(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ name }) => [`${name}/weight`, `${name}/bias`]);
}

/** Adam's moments of a parameter, the vector u of spectral normalisation, and the gain that goes with it. */
export const momentNames = (parameter: string) => ({ m: `${parameter}:m`, v: `${parameter}:v` });
const spectralNames = (layer: Layer) => ({ u: `${layer.name}/weight:u`, gain: `${layer.name}/weight:gain` });

/** Name of a parameter of G in the average of G's past selves. */
export const averageName = (parameter: string) => parameter.replace(/^G\//, "Gs/");

type Scaling = Pick<Config, "equalizedLr" | "spectralNorm" | "seed">;

/** Draws the weights of a new layer from N(0,1), or at He's scale without equalized learning rate; biases are 0. */
export function createLayer(store: Store, layer: Layer, config: Scaling): void {
  const weight = `${layer.name}/weight`;
  const values = createStream(config.seed, `init/${weight}`).normal(
    new Float32Array(layer.shape.reduce((product, size) => product * size)),
  );
  if (!config.equalizedLr) values.forEach((value, i) => (values[i] = value * layer.he));
  store.write(weight, tf.tensor(values, [...layer.shape]));
  store.write(`${layer.name}/bias`, tf.fill([layer.outputs], 0));
  resetMoments(store, parameterNames([layer]));
  if (layer.name.startsWith("G/"))
    for (const name of parameterNames([layer])) store.write(averageName(name), store.read(name).clone());
  else if (config.spectralNorm) beginSpectralNorm(store, layer, config.seed, () => tf.fill([1], 1));
}

/**
 * Whether the tensors are those of some layers, with the sums of statistics, and no others.
 * @throws Trouble naming the first that is missing, of another shape, or of no layer
 */
export function checkTensors(
  layers: readonly Layer[],
  tensors: Readonly<Record<string, { shape: readonly number[] }>>,
  config: Scaling,
): void {
  const known = new Set<string>(Object.values(tallyNames));
  for (const layer of layers) {
    // What spectral normalisation left behind stays with the run.
    for (const name of Object.values(spectralNames(layer))) known.add(name);
    for (const [name, shape] of tensorShapes(layer, config)) {
      known.add(name);
      const got = tensors[name]?.shape.join();
      if (got !== shape.join())
        throw new Trouble(
          `The checkpoint's tensor ${name} is ${got === undefined ? "missing" : `[${got}]`}, not [${shape.join()}].`,
          "Use the version of the program that made it.",
        );
    }
  }
  const stranger = Object.keys(tensors).find((name) => !known.has(name));
  if (stranger !== undefined)
    throw new Trouble(
      `The checkpoint's tensor ${quoted(stranger)} belongs to no layer of its networks.`,
      "Use the version of the program that made it.",
    );
}

/** Every tensor of a layer, by name. */
export function tensorShapes(
  layer: Layer,
  { spectralNorm }: Pick<Config, "spectralNorm">,
): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const name of parameterNames([layer])) {
    const shape = name.endsWith("/weight") ? layer.shape : [layer.outputs];
    for (const each of [name, ...Object.values(momentNames(name))]) shapes.set(each, shape);
    if (layer.name.startsWith("G/")) shapes.set(averageName(name), shape);
  }
  if (spectralNorm && layer.name.startsWith("D/")) {
    const { u, gain } = spectralNames(layer);
    shapes.set(u, [layer.shape.at(-1)!, 1]);
    shapes.set(gain, [1]);
  }
  return shapes;
}

/** Sets Adam's moments to 0. */
export function resetMoments(store: Store, parameters: readonly string[]): void {
  for (const parameter of parameters)
    for (const name of Object.values(momentNames(parameter)))
      store.write(name, tf.fill(store.read(parameter).shape, 0));
}

/**
 * Weights as the networks multiply with them: He's constant and spectral normalisation applied to `raw`.
 * @param raw parameters by name, of which gradients may be taken
 */
export function scaledWeights(
  store: Store,
  layers: readonly Layer[],
  raw: Weights,
  config: Scaling,
): Weights {
  return normalisedWeights(store, layers, timesConstants(layers, raw, config), config);
}

/** What a layer's weight is multiplied with, where that is a constant. Spectral normalisation takes its place. */
export function constantOf(layer: Layer, { equalizedLr, spectralNorm }: Omit<Scaling, "seed">): number {
  return equalizedLr && !(spectralNorm && layer.name.startsWith("D/")) ? layer.he : 1;
}

/** Parameters with weights at the scale of their layers' constants. */
export function timesConstants(layers: readonly Layer[], raw: Weights, config: Scaling): Weights {
  const scaled = layers.filter((layer) => constantOf(layer, config) !== 1);
  const names = scaled.map(({ name }) => `${name}/weight`);
  const weights = scale(
    names.map((name) => raw[name]!),
    scaled.map((layer) => constantOf(layer, config)),
  );
  return { ...raw, ...Object.fromEntries(names.map((name, i) => [name, weights[i]!])) };
}

/** Parameters with spectral normalisation applied, where it is on. @param weights with their constants */
export function normalisedWeights(
  store: Store,
  layers: readonly Layer[],
  weights: Weights,
  { spectralNorm }: Scaling,
): Weights {
  const normalised: Record<string, tf.Tensor> = {};
  for (const layer of spectralNorm ? layers.filter(({ name }) => name.startsWith("D/")) : []) {
    const name = `${layer.name}/weight`;
    normalised[name] = spectrallyNormalised(store, layer, weights[name]!);
  }
  return { ...weights, ...normalised };
}

/** Moves every u by one power iteration, before the step that uses it. */
export function updateSpectralNorm(store: Store, layers: readonly Layer[]): void {
  for (const layer of layers) {
    const { u } = spectralNames(layer);
    store.write(u, powerIteration(store.read(`${layer.name}/weight`), store.read(u) as tf.Tensor2D));
  }
}

/**
 * Switches equalized learning rate, keeping what every layer computes: He's constant moves into the stored weight,
 * or out of it, and Adam's moments follow, as the gradient scales inversely.
 */
export function foldEqualizedLr(store: Store, layers: readonly Layer[], on: boolean): void {
  for (const layer of layers) {
    const factor = on ? 1 / layer.he : layer.he;
    rescale(store, layer, (x, power) => x.mul(factor ** power));
  }
}

/**
 * Switches spectral normalisation, keeping what every layer computes. Switched on, the singular value of the moment
 * becomes a constant gain, at which the layer is held from then on. Switched off, gain and singular value are folded
 * into the stored weight.
 */
export function foldSpectralNorm(store: Store, layers: readonly Layer[], on: boolean, config: Scaling): void {
  for (const layer of layers) {
    const he = config.equalizedLr ? layer.he : 1;
    const { u, gain } = spectralNames(layer);
    const sigma = () => singularValue(store.read(`${layer.name}/weight`), store.read(u) as tf.Tensor2D); // [1]
    tf.tidy(() => {
      if (on) return beginSpectralNorm(store, layer, config.seed, () => sigma().mul(he));
      const factor = store.read(gain).div(sigma().mul(he)); // [1]
      rescale(store, layer, (x, power) => x.mul(factor.pow(power)));
    });
  }
}

function beginSpectralNorm(store: Store, layer: Layer, seed: number, gainAtBirth: () => tf.Tensor): void {
  const { u, gain } = spectralNames(layer);
  const outputs = layer.shape.at(-1)!;
  const draw = createStream(seed, `init/${u}`).normal(new Float32Array(outputs));
  tf.tidy(() => {
    const start = tf.tensor2d(draw, [outputs, 1]);
    store.write(u, powerIteration(store.read(`${layer.name}/weight`), start, iterationsAtBirth));
    store.write(gain, gainAtBirth());
  });
}

function spectrallyNormalised(store: Store, layer: Layer, weight: tf.Tensor): tf.Tensor {
  const { u, gain } = spectralNames(layer);
  return weight.mul(store.read(gain).div(singularValue(weight, store.read(u) as tf.Tensor2D)));
}

/** Multiplies a weight (and its average) by a factor, and Adam's moments by its inverse and inverse square. */
function rescale(store: Store, layer: Layer, times: (x: tf.Tensor, power: number) => tf.Tensor): void {
  const weight = `${layer.name}/weight`;
  const { m, v } = momentNames(weight);
  const average = averageName(weight);
  tf.tidy(() => {
    for (const [name, power] of [
      [weight, 1],
      [m, -1],
      [v, -2],
      ...(average !== weight ? ([[average, 1]] as const) : []),
    ] as const)
      store.write(name, times(store.read(name), power));
  });
}
