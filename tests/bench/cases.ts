// What all engines of the bench are given alike: sizes, weights, reals, latents. Drawn once, from our own streams.

import { type Config, presets } from "../../src/gan/settings/config.ts";
import type { Layer } from "../../src/gan/networks/layers.ts";
import { type Layers, layersAt } from "../../src/gan/plans.ts";
import { firstPlace, type Place } from "../../src/gan/place.ts";
import { createStream } from "../../src/gan/random.ts";
import { type Stage, stageAt } from "../../src/gan/settings/schedule.ts";
import { type NamedTensor, readSafetensors, writeSafetensors } from "../../src/store/pgan/safetensors.ts";

/** What one row of the table is about. */
export interface Case {
  /** Pixels a side. */
  resolution: number;
  /** Whether the resolution is half faded in, or stable. */
  fade: boolean;
  batch: number;
  /** Feature maps up to 16 px; they halve with each doubling after that. */
  channels: number;
}

/** Steps whose losses all engines must agree on. */
export const comparedSteps = 5;

/** Colour channels of the images. */
export const colors = 3;

/** Images of a fade: so many that α stays near one half for as long as a bench takes. */
const imagesPerFade = 2 ** 24;

/**
 * A tenth of the paper's. A step costs the same at any rate; but with β₁ = 0 Adam's first steps go by the sign of the
 * gradient, and at the paper's rate the roundings of float32 alone part losses by up to 3e-3 within five steps (PyTorch in
 * float32 against float64, 8 to 32 px, three seeds). At this one they stay within 2e-5 with the preset's seed.
 */
const learningRate = 1e-4;

/** The paper's method, set up so that a run can begin in the middle of a fade. */
export function configOf({ resolution, fade, batch, channels }: Case): Config {
  return {
    ...presets.paper!,
    learningRateG: learningRate,
    learningRateD: learningRate,
    from: fade ? resolution / 2 : resolution,
    to: resolution,
    images: 2 ** 40,
    imagesPerPhase: batch,
    imagesPerFade,
    batch,
    channelsMax: channels,
    emaRampup: 0,
  };
}

/** Where every engine begins. */
export function placeOf(of: Case): Place {
  const config = configOf(of);
  const images = of.fade ? config.imagesPerPhase + imagesPerFade / 2 : 0;
  return { ...firstPlace(config, []), resolution: of.resolution, fadesIn: of.fade, images };
}

/** The stage at an engine's step `step`, counted from 0. */
export function stageOf(of: Case, step: number): Stage {
  const { config, images } = placeOf(of);
  return stageAt(images + step * of.batch, config, of.fade);
}

/** All layers of both networks at the case's resolution, those at rest included. */
export function layersOf(of: Case): Layers {
  const config = configOf(of);
  const layers: Layers = { G: [], D: [] };
  for (let resolution = 4; resolution <= of.resolution; resolution *= 2) {
    const { G, D } = layersAt(resolution, config, colors);
    layers.G.push(...G);
    layers.D.push(...D);
  }
  return layers;
}

/** What one step takes in. Adam and the average are the same at every step but for their age. */
export interface Draw {
  /** Weight of the newest resolution. */
  alpha: number;
  /** [N,R,R,C] in [-1,1), not yet faded. */
  real: Float32Array<ArrayBuffer>;
  /** [N,Z] for the step of D, and for that of G. */
  zD: Float32Array<ArrayBuffer>;
  zG: Float32Array<ArrayBuffer>;
  /** [N] in [0,1). */
  mix: Float32Array<ArrayBuffer>;
}

export interface Inputs {
  /** Initial parameters, "G/b4/conv/weight" and so on; biases are 0. */
  weights: Map<string, NamedTensor>;
  /** Of the first steps; engines that are not ours begin again with the first after the last. */
  draws: Draw[];
}

/** Draws the inputs of a case: the same for the same case. */
export function drawInputs(of: Case): Inputs {
  const { seed, latent } = configOf(of);
  const { G, D } = layersOf(of);
  const weights: Inputs["weights"] = new Map();
  for (const { name, shape, outputs } of [...G, ...D] satisfies Layer[]) {
    const values = createStream(seed, `init/${name}/weight`).normal(new Float32Array(product(shape)));
    weights.set(`${name}/weight`, { shape, values });
    weights.set(`${name}/bias`, { shape: [outputs], values: new Float32Array(outputs) });
  }
  // The streams of a run, so that a run of ours draws the same.
  const [zD, zG, mix] = ["z/D", "z/G", "mix"].map((name) => createStream(seed, name));
  const reals = createStream(seed, "bench/reals");
  const N = of.batch;
  const draws = Array.from({ length: comparedSteps }, (_, step) => ({
    alpha: stageOf(of, step).alpha,
    real: Float32Array.from(
      reals.uniform(new Float32Array(N * of.resolution ** 2 * colors)),
      (u) => 2 * u - 1,
    ),
    zD: new Float32Array(zD!.normal(new Float32Array(N * latent))),
    zG: new Float32Array(zG!.normal(new Float32Array(N * latent))),
    mix: new Float32Array(mix!.uniform(new Float32Array(N))),
  }));
  return { weights, draws };
}

/** Inputs as a file that other programs read too: safetensors, with the draws under "draw/STEP/NAME". */
export function writeInputs({ weights, draws }: Inputs): Uint8Array {
  const tensors = new Map(weights);
  draws.forEach(({ alpha, ...draw }, step) => {
    const named = { alpha: new Float32Array([alpha]), ...draw };
    for (const [name, values] of Object.entries(named))
      tensors.set(`draw/${step}/${name}`, { shape: [values.length], values });
  });
  return writeSafetensors(tensors);
}

/** @throws Trouble when the file is damaged */
export function readInputs(file: Uint8Array): Inputs {
  const tensors = readSafetensors(file);
  const weights: Inputs["weights"] = new Map();
  for (const [name, tensor] of tensors) if (!name.startsWith("draw/")) weights.set(name, tensor);
  const draws = Array.from({ length: comparedSteps }, (_, step): Draw => {
    const of = (name: string) => new Float32Array(tensors.get(`draw/${step}/${name}`)!.values);
    return { alpha: of("alpha")[0]!, real: of("real"), zD: of("zD"), zG: of("zG"), mix: of("mix") };
  });
  return { weights, draws };
}

export const product = (shape: readonly number[]): number => shape.reduce((all, length) => all * length, 1);
