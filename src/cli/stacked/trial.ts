// One run of the discrete mode test: a column with a seed, and the census at its end.

import fs from "node:fs";
import path from "node:path";
import { createBatches } from "../../data/sampler.ts";
import { nextPaces } from "../../gan/adam.ts";
import type { Config } from "../../gan/settings/config.ts";
import { freeze } from "../../gan/networks/frozen.ts";
import { createLayer, parameterNames } from "../../gan/networks/parameters.ts";
import { createStream } from "../../gan/random.ts";
import { type Stage, stageAt } from "../../gan/settings/schedule.ts";
import type { ImageSource } from "../../gan/source.ts";
import { createStore, type Store } from "../../gan/state.ts";
import { discriminatorStep, generatorStep, type Plan, usesPenalty } from "../../gan/step.ts";
import { clearTally, readTally } from "../../gan/statistics/tally.ts";
import * as tf from "../../gan/tf.ts";
import { drawFrom } from "../fakes.ts";
import { type Column, configOf, rampImages } from "./columns.ts";
import { activeAt, latent, layersOf, smallNetworks } from "./networks.ts";

/** What decides a run. */
export interface Trial {
  column: Column;
  K: number;
  seed: number;
  /** Shown by columns that do not grow. */
  images: number;
}

/** Where it is kept. */
export const fileOf = ({ column, K, seed, images }: Trial, samples: number, out: string): string =>
  path.join(out, "runs", `${column.name}-k${K}-n${images}-s${seed}-samples${samples}.json`);

/** Trains a run, and draws from it before and after. */
export async function trainTrial(
  { column, K, seed, images }: Trial,
  source: ImageSource,
  samples: number,
): Promise<{
  config: Config;
  seconds: number;
  losses: object;
  /** Of the average of G at the end, and of G before its first step. */
  fakes: Float32Array;
  untrained: Float32Array;
}> {
  const config = configOf(column, images, seed);
  const layers = layersOf({ K, grows: config.from < config.to, minibatchStddev: config.minibatchStddev });
  const store = createStore();
  try {
    for (const layer of [...layers.G, ...layers.D]) createLayer(store, layer, config);
    let counts = clearTally(store);
    const batches = createBatches(source, seed);
    const streams = {
      D: createStream(seed, "z/D"),
      G: createStream(seed, "z/G"),
      mix: createStream(seed, "mix"),
    };
    const ages: Record<string, number> = {};
    const penalised = usesPenalty(config);
    const N = config.batch;
    const planAt = (stage: Stage): Plan => ({ ...activeAt(layers, stage), depth: stage, config, penalised });
    const lastPlan = planAt(stageAt(config.images - 1, config));
    const untrained = await draw(store, lastPlan, samples, seed);
    const began = performance.now();
    let shown = 0;

    /** What both steps are given. The learning rate rises at first. */
    const inputs = (stage: Stage, network: "D" | "G", plan: Plan) => ({
      z: tf.tensor2d(streams[network].normal(new Float32Array(N * latent)), [N, latent]),
      alpha: tf.tensor1d([stage.alpha]),
      paces: nextPaces(
        parameterNames(network === "D" ? plan.d : plan.g),
        ages,
        0.001 * Math.min(1, (shown + N) / rampImages(images)),
        config,
      ),
    });

    while (shown < config.images) {
      const stage = stageAt(shown, config);
      const [plan, R] = [planAt(stage), stage.resolution];
      for (let i = 0; i < config.stepsD && shown < config.images; i++) {
        tf.tidy(() =>
          discriminatorStep(
            store,
            plan,
            {
              ...inputs(stage, "D", plan),
              real: tf.tensor4d(batches.next(R, N), [N, R, R, 3]),
              mix: tf.tensor4d(streams.mix.uniform(new Float32Array(N)), [N, 1, 1, 1]),
              gpWeight: tf.tensor1d([config.gpWeight]),
              r1Gamma: tf.tensor1d([0]),
              drift: tf.tensor1d([config.drift]),
            },
            smallNetworks,
          ),
        );
        shown += N;
        counts.D++;
        if (penalised) counts.penalised++;
      }
      const rate = 1 - 0.5 ** ((N * config.stepsD) / config.emaHalfLifeImages);
      tf.tidy(() =>
        generatorStep(
          store,
          plan,
          { ...inputs(stage, "G", plan), averageRate: tf.tensor1d([rate]) },
          smallNetworks,
        ),
      );
      counts.G++;
      if (counts.G % 100 === 0 && shown < 0.9 * config.images) counts = clearTally(store); // the end is kept
    }
    const losses = await readTally(store, counts);
    const seconds = (performance.now() - began) / 1000;
    return { config, seconds, losses, fakes: await draw(store, lastPlan, samples, seed), untrained };
  } finally {
    store.dispose();
  }
}

/** `count` images [N,R,R,3] of the average of G. z depends on the seed alone. */
const draw = (store: Store, plan: Plan, count: number, seed: number): Promise<Float32Array> =>
  drawFrom(freeze(store, plan, 1, true, smallNetworks), count, { seed, latent, channels: 3 });

/** Writes a file whole. */
export function writeWhole(file: string, content: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.part`, content);
  fs.renameSync(`${file}.part`, file);
}
