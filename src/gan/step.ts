// One step of D and one of G, as pure functions of tensors: what varies from step to step comes in as a tensor, what
// stays is written to named state. No random draw, no reading back, no JavaScript number that changes.
//
// That is what lets an engine record a step once and replay it. What decides the shape of the computation is the plan.

import { adamStep, movedAverages, type Pace } from "./adam.ts";
import { augment, type Augmentation } from "./networks/augment.ts";
import type { Config } from "./settings/config.ts";
import type { Layer } from "./networks/layers.ts";
import { discriminatorLoss, generatorLoss, gradientPenalty, r1Penalty } from "./losses.ts";
import { type Depth, fadeReals, type Networks, networks, type Weights } from "./networks/networks.ts";
import {
  averageName,
  constantOf,
  momentNames,
  normalisedWeights,
  parameterNames,
  scaledWeights,
  timesConstants,
  updateSpectralNorm,
} from "./networks/parameters.ts";
import type { Store } from "./state.ts";
import { tally } from "./statistics/tally.ts";
import * as tf from "./tf.ts";
import type { Images, Latents, Scores } from "./tf.ts";

/** What decides the shape of a step. A recorded step serves as long as its plan stays the same. */
export interface Plan {
  depth: Depth;
  config: Config;
  /** Layers that take part. */
  g: readonly Layer[];
  d: readonly Layer[];
  /** Whether this D step computes its gradient penalty. */
  penalised: boolean;
}

interface SharedInputs {
  /** [N,Z] from N(0,1). */
  z: Latents;
  /** Weight of the newest resolution, one number. */
  alpha: tf.Tensor;
  /** Adam's pace for each parameter. */
  paces: ReadonlyMap<string, Pace>;
  /** The random change of this minibatch, where augmentation is on. */
  augmentation?: Augmentation;
}

export interface DiscriminatorInputs extends SharedInputs {
  /** [N,R,R,C] in [-1,1], not yet faded. */
  real: Images;
  /** Where between real and fake the gradient is penalised, [N,1,1,1] in [0,1). */
  mix: tf.Tensor4D;
  /** Weights of the penalties and of the drift term, one number each. */
  gpWeight: tf.Tensor;
  r1Gamma: tf.Tensor;
  drift: tf.Tensor;
}

export interface GeneratorInputs extends SharedInputs {
  /** Share of the new G in the average of G, one number. */
  averageRate: tf.Tensor;
}

/** Takes steps: as they are written below, or on an engine's shorter way to the very same numbers. */
export interface Steps {
  discriminator(store: Store, plan: Plan, inputs: DiscriminatorInputs): void;
  generator(store: Store, plan: Plan, inputs: GeneratorInputs): void;
  /** Is told the plans of the steps to come, so that they need not be waited for. Replaces what it was told before. */
  expect(plans: readonly Plan[]): void;
  /**
   * Makes ready for steps of these plans.
   * @returns resolves once they can be taken the shorter way; nothing where they can, or there is none
   */
  prepare(plans: readonly Plan[]): Promise<void> | undefined;
  /** Frees what is kept from step to step, once the store is disposed. */
  dispose(): void;
}

/** Teaches D to score reals up and fakes down. */
export function discriminatorStep(
  store: Store,
  plan: Plan,
  inputs: DiscriminatorInputs,
  { generate, discriminate }: Networks = networks,
): void {
  tf.tidy(() => {
    const { config, depth } = plan;
    const { alpha, mix } = inputs;
    const change = changer(plan, inputs);
    if (config.spectralNorm) updateSpectralNorm(store, plan.d);

    const g = scaledWeights(store, plan.g, readAll(store, parameterNames(plan.g)), config);
    const fake = change(generate(g, inputs.z, depth, alpha, config)); // [N,R,R,C], a constant below
    const real = change(fadeReals(inputs.real, depth, alpha)); // [N,R,R,C]
    const [N] = real.shape;
    const seen: { real?: Scores; fake?: Scores; penalty?: tf.Tensor } = {};

    const objective = (scaled: Weights): tf.Scalar => {
      const weights = normalisedWeights(store, plan.d, scaled, config);
      const critic = (images: Images, sets = 1) => discriminate(weights, images, depth, alpha, config, sets);
      // One pass over both minibatches; their statistics stay apart.
      const scores = critic(tf.concat([real, fake]), 2); // [2N]
      seen.real = tf.keep(tf.slice(scores, 0, N));
      seen.fake = tf.keep(tf.slice(scores, N, N));
      const loss = discriminatorLoss(config.loss, seen.real, seen.fake, inputs.drift);
      const penalty = plan.penalised ? penaltyOf(config, critic, real, fake, mix, inputs) : undefined;
      if (!penalty) return loss;
      seen.penalty = tf.keep(penalty);
      return loss.add(penalty).asScalar();
    };

    const { loss, gradNorm } = descend(store, plan.d, objective, inputs.paces, config);
    tally(store, "D", [loss, seen.real!, seen.fake!, seen.penalty ?? tf.fill([1], 0), gradNorm]);
    tf.dispose([seen.real!, seen.fake!, ...(seen.penalty ? [seen.penalty] : [])]);
  });
}

/** Teaches G to be scored up, then moves the average of G towards it. */
export function generatorStep(
  store: Store,
  plan: Plan,
  inputs: GeneratorInputs,
  { generate, discriminate }: Networks = networks,
): void {
  tf.tidy(() => {
    const { config, depth } = plan;
    const { alpha } = inputs;
    const change = changer(plan, inputs);
    const parameters = parameterNames(plan.g);
    const d = scaledWeights(store, plan.d, readAll(store, parameterNames(plan.d)), config);

    const objective = (weights: Weights): tf.Scalar => {
      const fake = change(generate(weights, inputs.z, depth, alpha, config)); // [N,R,R,C]
      return generatorLoss(config.loss, discriminate(d, fake, depth, alpha, config));
    };

    const { loss, gradNorm } = descend(store, plan.g, objective, inputs.paces, config);
    const averages = parameters.map(averageName);
    movedAverages(
      averages.map((name) => store.read(name)),
      parameters.map((name) => store.read(name)),
      inputs.averageRate,
    ).forEach((average, i) => store.write(averages[i]!, average));
    tally(store, "G", [loss, gradNorm]);
  });
}

export const plainSteps: Steps = {
  discriminator: (store, plan, inputs) => discriminatorStep(store, plan, inputs),
  generator: (store, plan, inputs) => generatorStep(store, plan, inputs),
  expect() {},
  prepare: () => undefined,
  dispose() {},
};

/** The penalties that the config asks for, weighted and added up. */
function penaltyOf(
  config: Config,
  critic: (images: Images) => Scores,
  real: Images,
  fake: Images,
  mix: tf.Tensor4D,
  { gpWeight, r1Gamma }: DiscriminatorInputs,
): tf.Tensor | undefined {
  const gp = usesGradientPenalty(config) ? gradientPenalty(critic, real, fake, mix).mul(gpWeight) : undefined;
  const r1 = config.r1Gamma > 0 ? r1Penalty(critic, real).mul(r1Gamma) : undefined;
  return gp && r1 ? gp.add(r1) : (gp ?? r1);
}

const usesGradientPenalty = ({ loss, gpWeight }: Config) => loss === "wgan-gp" && gpWeight > 0;

/** Whether any D step of this config has a penalty. */
export const usesPenalty = (config: Config) => usesGradientPenalty(config) || config.r1Gamma > 0;

/**
 * One Adam step on the parameters of some layers: the objective's value, and the norm of its gradient over all of them.
 * @param objective of the parameters, weights times their constants
 */
function descend(
  store: Store,
  layers: readonly Layer[],
  objective: (scaled: Weights) => tf.Scalar,
  paces: ReadonlyMap<string, Pace>,
  config: Config,
): { loss: tf.Tensor; gradNorm: tf.Tensor } {
  const names = parameterNames(layers);
  const toRecord = (tensors: tf.Tensor[]): Weights =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
  const scaled = timesConstants(layers, readAll(store, names), config);
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => objective(toRecord(tensors)))(
    names.map((name) => scaled[name]!),
  );
  const constants = new Map(layers.map((layer) => [`${layer.name}/weight`, constantOf(layer, config)]));
  const squares = names.map((name, i) => {
    const { m, v } = momentNames(name);
    const before = { m: store.read(m), v: store.read(v) };
    // The gradient of the stored weight is its constant times that of the weight as it is used.
    const constant = constants.get(name);
    const after = adamStep(store.read(name), before, grads[i]!, paces.get(name)!, config, constant);
    store.write(name, after.w);
    store.write(m, after.m);
    store.write(v, after.v);
    return after.squares;
  });
  return { loss: value, gradNorm: tf.concat(squares).sum().sqrt() };
}

function changer({ config }: Plan, { augmentation }: SharedInputs): (images: Images) => Images {
  return (images) => (config.augment && augmentation ? augment(images, augmentation) : images);
}

function readAll(store: Store, names: readonly string[]): Weights {
  return Object.fromEntries(names.map((name) => [name, store.read(name)]));
}
