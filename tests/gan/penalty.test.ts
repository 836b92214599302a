// The gradient of both penalties with respect to every parameter of the real D, by the tape and by finite differences,
// with every switch of D on and off: all combinations on CPU and WASM, all pairs on WebGPU.
//
// A penalty is made of D's slope, which jumps wherever a pre-activation of a leaky ReLU crosses zero; on D as it is
// born, a finite difference across a few thousand of them means nothing. So D is given biases of alternating sign that
// grow threefold from layer to layer, more than a layer's weights can undo: half of the channels then work on one side
// of the kink and half on the other. On the CPU the test also looks at every pre-activation of every point it
// evaluates, and fails if a single one changes sides.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { augment, drawAugmentation } from "../../src/gan/networks/augment.ts";
import type { Config } from "../../src/gan/settings/config.ts";
import { activeLayers, type Layer } from "../../src/gan/networks/layers.ts";
import { gradientPenalty, r1Penalty } from "../../src/gan/losses.ts";
import { discriminate, fadeReals } from "../../src/gan/networks/networks.ts";
import { createLayer, parameterNames, scaledWeights } from "../../src/gan/networks/parameters.ts";
import { createStream } from "../../src/gan/random.ts";
import { createStore, type Store } from "../../src/gan/state.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images } from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";
import { gradientError, numbers, type ScalarField } from "./finiteDifferences.ts";
import { layersUpTo, tiny } from "./tiny.ts";

/** Of the gradient's length. Rounding comes to a quarter of it. */
const tolerance = 3e-4;

const switches = ["minibatchStddev", "spectralNorm", "equalizedLr", "strided", "fading", "augment"] as const;
type Switch = (typeof switches)[number];

/** Every combination, as the switches that are on. */
const combinations = Array.from({ length: 2 ** switches.length }, (_, bits) =>
  switches.filter((_, i) => (bits >> i) & 1),
);

/** Six of them, in which every two switches meet in all four ways. */
const pairs: Switch[][] = [
  [],
  [...switches],
  ["minibatchStddev", "spectralNorm", "equalizedLr"],
  ["minibatchStddev", "strided", "fading"],
  ["spectralNorm", "strided", "augment"],
  ["equalizedLr", "fading", "augment"],
];

describe.each(engines)("on $name", ({ name, open, close }) => {
  beforeAll(open);
  afterAll(close);

  const tried = name === "webgpu" ? pairs : combinations; // software GPUs take a second for each
  test.each(tried.map((on) => [on.join(", ") || "all off", on] as const))("%s", async (_, on) => {
    const D = createCritic(on);
    const sides = new Set<string>();
    const penalty = name === "cpu" ? watched(D.penalty, sides) : D.penalty;
    const error = await gradientError(penalty, D.parameters);
    D.store.dispose();
    expect(error).toBeLessThan(tolerance);
    if (name === "cpu") expect(sides.size, "no pre-activation crosses zero").toBe(1);
  });
});

/** A small D at 8 px, its parameters, and the sum of WGAN-GP's penalty and R1's as a function of them. */
function createCritic(on: readonly Switch[]): {
  store: Store;
  parameters: tf.Tensor[];
  penalty: ScalarField;
} {
  const [minibatchStddev, spectralNorm, equalizedLr] = switches.map((name) => on.includes(name));
  const downsampling = on.includes("strided") ? "strided" : "pool";
  const config = { ...tiny, minibatchStddev, spectralNorm, equalizedLr, downsampling } as Config;
  const depth = { resolution: 8, fading: on.includes("fading") };
  const layers = activeLayers(layersUpTo("D", 8, config), 8, depth.fading);
  const store = createStore();
  for (const layer of layers) createLayerOffZero(store, layer, config);

  const penalty: ScalarField = (parameters) => {
    const raw = Object.fromEntries(parameterNames(layers).map((name, i) => [name, parameters[i]!]));
    const weights = scaledWeights(store, layers, raw, config);
    const alpha = tf.tensor1d([0.4]);
    const critic = (images: Images) => discriminate(weights, images, depth, alpha, config);
    const shown = (images: Images) => (on.includes("augment") ? augment(images, shifts()) : images);
    const real = shown(fadeReals(numbers([4, 8, 8, 3], 1) as Images, depth, alpha));
    const fake = shown(numbers([4, 8, 8, 3], 2) as Images);
    const mix = tf.tensor4d([0.1, 0.4, 0.6, 0.9], [4, 1, 1, 1]);
    // Most biases are not on the penalties' path, where the tape wants to see all parameters.
    const nothing = tf
      .stack(parameters.map((parameter) => parameter.sum()))
      .sum()
      .mul(0);
    return gradientPenalty(critic, real, fake, mix).add(r1Penalty(critic, real)).add(nothing);
  };
  return { store, parameters: parameterNames(layers).map((name) => store.read(name)), penalty };
}

const shifts = () => drawAugmentation(createStream(1, "augment"), 4, 8);

/** In the order of the data: layers of one step see the same images. */
const order = ["b8/rgb", "b8/conv0 b4/rgb", "b8/conv1", "b4/conv", "b4/dense", "b4/score"];

/** A layer whose pre-activations are far from zero. */
function createLayerOffZero(store: Store, layer: Layer, config: Config): void {
  createLayer(store, layer, config);
  const step = order.findIndex((names) => names.includes(layer.name.slice(2)));
  const bias = Array.from({ length: layer.outputs }, (_, i) => (i % 2 === 0 ? 1 : -1) * 3 ** (step + 1));
  store.write(`${layer.name}/bias`, tf.tensor1d(bias));
  if (layer.name !== "D/b4/conv" || config.spectralNorm) return;
  // One channel of a mean over all places counts for little; here it is to count. (Spectral normalisation would
  // answer by making all others count for nothing.)
  const louder = tf.tensor1d(Array.from({ length: layer.shape[2]! }, (_, i) => (i === 3 ? 20 : 1)));
  const weight = store.read("D/b4/conv/weight");
  store.write("D/b4/conv/weight", weight.mul(louder.reshape([1, 1, -1, 1])));
}

/** f, which also notes on which side of zero each pre-activation lies. For the CPU, which can be read at once. */
function watched(f: ScalarField, sides: Set<string>): ScalarField {
  const kernel = tf.getKernel("PggBiasLeakyRelu", "cpu")!;
  const put = (kernelFunc: typeof kernel.kernelFunc) => {
    tf.unregisterKernel(kernel.kernelName, "cpu");
    tf.registerKernel({ ...kernel, kernelFunc });
  };
  return (inputs) => {
    const seen: string[] = [];
    put((run) => {
      const [x, bias] = [run.inputs.x, run.inputs.bias].map((input) => (input as tf.Tensor).dataSync());
      seen.push(Array.from(x!, (value, i) => (value + bias![i % bias!.length]! > 0 ? "+" : "-")).join(""));
      return kernel.kernelFunc(run);
    });
    try {
      return f(inputs);
    } finally {
      put(kernel.kernelFunc);
      sides.add(seen.join(" "));
    }
  };
}
