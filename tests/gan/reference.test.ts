// Our networks, losses and steps against PyTorch, which is not ours: ../fixtures/reference.py says how its numbers were
// made. They are float64's, so each tolerance is what float32 loses on the way.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adamStep, paceAt } from "../../src/gan/adam.ts";
import { type Config, losses } from "../../src/gan/settings/config.ts";
import type { Layer } from "../../src/gan/networks/layers.ts";
import { discriminatorLoss, generatorLoss, gradientPenalty, r1Penalty } from "../../src/gan/losses.ts";
import { discriminate, fadeReals, generate } from "../../src/gan/networks/networks.ts";
import {
  momentNames,
  parameterNames,
  scaledWeights,
  updateSpectralNorm,
} from "../../src/gan/networks/parameters.ts";
import type { Store } from "../../src/gan/state.ts";
import { discriminatorStep, generatorStep } from "../../src/gan/step.ts";
import { statNames } from "../../src/gan/statistics/stats.ts";
import { clearTally, readTally } from "../../src/gan/statistics/tally.ts";
import * as tf from "../../src/gan/tf.ts";
import type { Images } from "../../src/gan/tf.ts";
import { engines } from "../engines.ts";
import {
  converge,
  fixture,
  type Inputs,
  openScenario,
  planOf,
  readParameters,
  type Scenario,
} from "./reference.ts";

type Loss = Config["loss"];

// Tolerances, as shares of the largest number of a tensor.
/** Ten layers of sums, each right to about 1e-7. We measure up to 3e-6. */
const forward = 1e-5;
/**
 * Gradients add up over the batch and all pixels, those of penalties are of second order, and Adam brings small ones
 * to the size of large ones, their rounding with them. We measure up to 4e-5, and PyTorch's own float32 2e-5.
 */
const backward = 1e-4;

test.each(fixture.scenarios)("the layers are those of table 2: $name", (scenario) => {
  const { g, d } = planOf(scenario);
  const ours = [...g, ...d].flatMap(({ name, shape, outputs }) => [
    [`${name}/weight`, shape],
    [`${name}/bias`, [outputs]],
  ]);
  const theirs = scenario.draws.filter(([name]) => /^[GD]\/.*(weight|bias)$/.test(name));
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
});

describe.each(engines)("on $name", ({ open, close }) => {
  beforeAll(open);
  afterAll(close);
  // What a test makes goes with it, but for what the store keeps.
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  describe.each(fixture.scenarios)("$name", (scenario) => {
    const plan = planOf(scenario);
    const { config, depth } = plan;
    let store: Store;
    let inputs: Inputs;
    beforeEach(() => {
      ({ store, inputs } = openScenario(scenario, plan));
    });
    afterEach(() => store.dispose());

    const weights = (layers: readonly Layer[]) =>
      scaledWeights(store, layers, readParameters(store, layers), config);
    const critic = (images: Images) => discriminate(weights(plan.d), images, depth, inputs.alpha, config);
    const reals = () => fadeReals(inputs.real, depth, inputs.alpha);
    const fakes = () => generate(weights(plan.g), inputs.zD, depth, inputs.alpha, config);

    test("images, scores and losses are the same", async () => {
      converge(store, scenario);
      const images = fakes();
      const [real, fake] = [tf.tidy(() => critic(reals())), tf.tidy(() => critic(images))];
      await expectNear(images, scenario.images, forward, "images");
      await expectNear(fake, scenario.scores.fake, forward, "scores of fakes");
      await expectNear(real, scenario.scores.real, forward, "scores of reals");

      // Side by side, as WGAN-GP's is a difference that may be small beside the scores it is made of.
      const ofD = tf.stack(losses.map((loss) => discriminatorLoss(loss, real, fake, inputs.drift)));
      const ofG = tf.stack(losses.map((loss) => generatorLoss(loss, fake)));
      const byName = (values: Record<Loss, number>) => losses.map((loss) => values[loss]);
      await expectNear(ofD, byName(scenario.lossesD), forward, "losses of D");
      await expectNear(ofG, byName(scenario.lossesG), forward, "losses of G");
    });

    test("penalties are the same", async () => {
      converge(store, scenario);
      const penalty = gradientPenalty(critic, reals(), fakes(), inputs.mix);
      await expectNear(penalty, [scenario.gradientPenalty], backward, "gradient penalty");
      await expectNear(r1Penalty(critic, reals()), [scenario.r1], backward, "R1");
    });

    const { spectral } = scenario;
    if (spectral)
      test("one power iteration leads to the same u", async () => {
        updateSpectralNorm(store, plan.d);
        for (const [name, u] of Object.entries(spectral.once))
          await expectNear(store.read(name), u, forward, name);
      });

    test("steps follow the same gradients, report the same, and end in the same place", async () => {
      converge(store, scenario);
      const before = Object.keys(scenario.moved).map((name) => [name, store.read(name).clone()] as const);
      for (const [i, expected] of scenario.stats.entries()) {
        clearTally(store);
        takeRound(store, scenario, inputs, i + 1);
        const stats = await readTally(store, { D: 1, G: 1, penalised: 1 });
        for (const network of ["D", "G"] as const)
          for (const [k, name] of statNames[network].entries())
            await expectNear(
              [stats[name]!.mean],
              [expected[network][k]!],
              backward,
              `${name}, round ${i + 1}`,
            );
        if (i > 0) continue;
        for (const [name, gradient] of Object.entries(scenario.gradients)) {
          const firstMoment = store.read(momentNames(name).m); // It was 0.
          await expectNear(firstMoment.div(1 - config.beta1), gradient, backward, `gradient of ${name}`);
        }
      }
      for (const [name, start] of before)
        await expectNear(store.read(name).sub(start), scenario.moved[name]!, backward, `way of ${name}`);
    });
  });

  test.each(fixture.adam)("Adam takes the same path, β $betas", async ({ betas, start, gradients, path }) => {
    const options = { beta1: betas[0], beta2: betas[1], adamEpsilon: 1e-8 };
    let state = { w: tf.tensor(start), m: tf.zeros([start.length]), v: tf.zeros([start.length]) };
    for (const [i, g] of gradients.map((gradient) => tf.tensor(gradient)).entries()) {
      const { rate, correction } = paceAt(i + 1, 1 / 64, options);
      const pace = { rate: tf.tensor1d([rate]), correction: tf.tensor1d([correction]) };
      state = adamStep(state.w, state, g, pace, options);
      const moved = path[i]!.map((w, k) => w - start[k]!);
      await expectNear(state.w.sub(start), moved, forward, `after ${i + 1} steps`);
    }
  });
});

/** The `t`-th step of D, then of G. */
function takeRound(store: Store, scenario: Scenario, inputs: Inputs, t: number): void {
  const plan = planOf(scenario);
  const { learningRateD, learningRateG } = plan.config;
  const paces = (layers: readonly Layer[], learningRate: number) => {
    const { rate, correction } = paceAt(t, learningRate, plan.config);
    const pace = { rate: tf.tensor1d([rate]), correction: tf.tensor1d([correction]) };
    return new Map(parameterNames(layers).map((name) => [name, pace]));
  };
  discriminatorStep(store, plan, { ...inputs, z: inputs.zD, paces: paces(plan.d, learningRateD) });
  converge(store, scenario, t);
  generatorStep(store, plan, { ...inputs, z: inputs.zG, paces: paces(plan.g, learningRateG) });
}

/** Compares numbers with those expected, to a share of the largest of these. */
async function expectNear(
  actual: tf.Tensor | readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): Promise<void> {
  const values = actual instanceof tf.Tensor ? await actual.data() : actual;
  expect(values, what).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  const furthest = Math.max(...expected.map((value, i) => Math.abs(values[i]! - value)));
  expect(furthest, `${what}: furthest off`).toBeLessThanOrEqual(tolerance * largest);
}
