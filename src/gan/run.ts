// A run: two networks, the average of G, their optimizer, and where they stand. It owns every tensor of theirs.

import { paceAt, type Pace } from "./adam.ts";
import { drawAugmentation } from "./augment.ts";
import { batchAt, checkValue, type Config, type Key, rules, type Value } from "./config.ts";
import { Trouble } from "./errors.ts";
import type { FlipEvent } from "./events.ts";
import { activeLayers, discriminatorLayers, generatorLayers, type Layer } from "./layers.ts";
import { fadeReals, generate, type Weights } from "./networks.ts";
import {
  averageName,
  createLayer,
  foldEqualizedLr,
  foldSpectralNorm,
  parameterNames,
  resetMoments,
  scaledWeights,
} from "./parameters.ts";
import { createStream, type Stream } from "./random.ts";
import { type Stage, stageAt } from "./schedule.ts";
import type { Batches, ImageSource } from "./source.ts";
import { createStore, type Store } from "./state.ts";
import { type StatName, statNames, type StatsRow, type Summary } from "./stats.ts";
import { discriminatorStep, generatorStep, type Plan, tallyNames, usesPenalty } from "./step.ts";
import * as tf from "./tf.ts";
import type { Images, Latents } from "./tf.ts";

type Network = "D" | "G";

export class Run {
  /** Settings as they are now. Change them by `flip`. */
  config: Config;
  /** Real images shown to D. */
  images = 0;
  /** Steps taken. */
  step = 0;
  /** Changes made so far. */
  readonly events: FlipEvent[] = [];
  readonly store: Store = createStore();
  readonly channels: 1 | 3;

  readonly #batches: Batches;
  readonly #layers: Record<Network, Layer[]> = { G: [], D: [] };
  /** Steps that Adam has taken with each parameter. */
  readonly #ages = new Map<string, number>();
  readonly #streams: Record<"zD" | "zG" | "mix" | "augment", Stream>;
  /** Steps of each network since their statistics were last read, those with a penalty among them. */
  #tallied = { D: 0, G: 0, penalised: 0 };
  #stepsOfD = 0;
  /** Whether the newest resolution fades in; settled when it was born. */
  #fadesIn: boolean;

  /**
   * Sets up the first layers.
   * @param config a checked config
   * @throws Trouble when the data set can't serve this config
   */
  constructor(
    config: Config,
    source: Pick<ImageSource, "channels" | "resolution" | "name">,
    batches: Batches,
  ) {
    if (config.to > source.resolution)
      throw new Trouble(
        `Data set ${source.name} has images of ${source.resolution} px, not ${config.to}.`,
        `Set "to" to ${source.resolution} or less.`,
      );
    this.config = { ...config };
    this.channels = source.channels;
    this.#batches = batches;
    this.#fadesIn = config.fadeIn;
    const stream = (purpose: string) => createStream(config.seed, purpose);
    this.#streams = { zD: stream("z/D"), zG: stream("z/G"), mix: stream("mix"), augment: stream("augment") };
    for (let resolution = 4; resolution <= config.from; resolution *= 2) this.#bear(resolution);
    this.#clearTally();
  }

  /** Where the run stands. At the very end of a phase it stays there until `grow`. */
  get stage(): Stage {
    const stage = this.#scheduled;
    if (stage.resolution <= this.resolution) return stage;
    return { ...stageAt(stage.phase.start - 1, this.config, this.#fadesIn), alpha: 1, fading: false };
  }

  get #scheduled(): Stage {
    return stageAt(this.images, this.config, this.#fadesIn);
  }

  /** Newest resolution that has layers. */
  get resolution(): number {
    return this.#layers.G.at(-1)!.resolution;
  }

  /** Adds the layers of the next resolution. True while the schedule is ahead of the networks. */
  grow(): boolean {
    if (this.#scheduled.resolution <= this.resolution) return false;
    this.#fadesIn = this.config.fadeIn;
    this.#bear(this.resolution * 2);
    if (this.config.resetMoments)
      for (const name of parameterNames([...this.#layers.G, ...this.#layers.D])) {
        resetMoments(this.store, [name]);
        this.#ages.set(name, 0);
      }
    return true;
  }

  /**
   * Takes one step: D as often as the config says, then G; or only one of them.
   * The networks must have grown to the stage.
   */
  advance(only?: Network): void {
    const stage = this.stage;
    if (only !== "G") for (let i = 0; i < this.config.stepsD; i++) this.#stepD(stage);
    if (only !== "D") this.#stepG(stage);
    this.step++;
  }

  /**
   * Changes a setting from the next step on, keeping what the networks compute but for the switch itself.
   * @returns the event, or nothing when the setting has that value already
   * @throws Trouble when the setting can't change while running, or takes no such value
   */
  flip(key: Key, value: Value): FlipEvent | undefined {
    const to = checkValue(key, value);
    if (rules[key].when === "start")
      throw new Trouble(`Setting ${key} can't change while a run goes on.`, "Start a new run with it.");
    const from = this.config[key];
    if (from === to) return undefined;

    if (key === "equalizedLr")
      foldEqualizedLr(this.store, [...this.#layers.G, ...this.#layers.D], to === true);
    if (key === "spectralNorm") foldSpectralNorm(this.store, this.#layers.D, to === true, this.config);
    this.config = { ...this.config, [key]: to };
    const event: FlipEvent = { images: this.images, step: this.step, key, from, to };
    this.events.push(event);
    return event;
  }

  /**
   * Images made from latents, at the run's resolution and α.
   * @param z [N,Z], left to the caller
   * @param average the average of G in place of G itself
   * @returns [N,R,R,C], nominally in [-1,1], for the caller to free
   */
  sample(z: Latents, average: boolean): Images {
    return tf.tidy(() => {
      const { depth, g } = this.#plan(this.stage);
      const raw: Record<string, tf.Tensor> = {};
      for (const name of parameterNames(g)) raw[name] = this.store.read(average ? averageName(name) : name);
      const weights: Weights = scaledWeights(this.store, g, raw, this.config);
      return generate(weights, z, depth, tf.tensor1d([this.stage.alpha]), this.config);
    });
  }

  /** Real images [N,R,R,C] as D sees them at the run's α, for the caller to free. */
  faded(reals: Images): Images {
    return tf.tidy(() =>
      fadeReals(reals, this.#plan(this.stage).depth, tf.tensor1d([this.stage.alpha])).clone(),
    );
  }

  /**
   * Statistics of all steps since they were last read. Not to be called while a step is being taken.
   * @param secPerStep measured by the caller
   */
  async readStats(secPerStep: number): Promise<StatsRow> {
    const { alpha, resolution } = this.stage;
    const row: StatsRow = { images: this.images, step: this.step, resolution, alpha, secPerStep, stats: {} };
    const tallied = this.#tallied;
    for (const network of ["D", "G"] as const) {
      const sums = await this.store.read(tallyNames[network]).data();
      const names: readonly StatName[] = statNames[network];
      names.forEach((name, i) => {
        const n = name === "penalty" ? tallied.penalised : tallied[network];
        if (n > 0) row.stats[name] = summary(sums[i]!, sums[names.length + i]!, n);
      });
    }
    this.#clearTally();
    return row;
  }

  /** Name of the first tensor that holds a number that is not finite, if any. Reads all of them. */
  async firstNonFinite(): Promise<string | undefined> {
    for (const name of this.store.names())
      if (!(await this.store.read(name).data()).every(Number.isFinite)) return name;
    return undefined;
  }

  /** Frees every tensor. */
  dispose(): void {
    this.store.dispose();
  }

  #bear(resolution: number): void {
    for (const [network, layersAt] of [
      ["G", generatorLayers],
      ["D", discriminatorLayers],
    ] as const)
      for (const layer of layersAt(resolution, this.config, this.channels)) {
        if (layer.rgb && resolution < this.config.from) continue; // no image was ever made at this size
        createLayer(this.store, layer, this.config);
        this.#layers[network].push(layer);
      }
  }

  #plan({ resolution, fading }: Stage, penalised = false): Plan {
    return {
      depth: { resolution, fading },
      config: this.config,
      g: activeLayers(this.#layers.G, resolution, fading),
      d: activeLayers(this.#layers.D, resolution, fading),
      penalised,
    };
  }

  #stepD(stage: Stage): void {
    const { config } = this;
    const N = batchAt(stage.resolution, config);
    const penalised = usesPenalty(config) && this.#stepsOfD % config.penaltyInterval === 0;
    const plan = this.#plan(stage, penalised);
    const R = stage.resolution;
    tf.tidy(() =>
      discriminatorStep(this.store, plan, {
        ...this.#sharedInputs(stage, N, this.#streams.zD, this.#paces(plan.d, config.learningRateD)),
        real: tf.tensor4d(this.#batches.next(R, N), [N, R, R, this.channels]),
        mix: tf.tensor4d(this.#streams.mix.uniform(new Float32Array(N)), [N, 1, 1, 1]),
        gpWeight: tf.tensor1d([config.gpWeight * config.penaltyInterval]),
        r1Gamma: tf.tensor1d([config.r1Gamma * config.penaltyInterval]),
        drift: tf.tensor1d([config.drift]),
      }),
    );
    this.images += N;
    this.#stepsOfD++;
    this.#tallied.D++;
    if (penalised) this.#tallied.penalised++;
  }

  #stepG(stage: Stage): void {
    const { config } = this;
    const N = batchAt(stage.resolution, config);
    const plan = this.#plan(stage);
    const halfLife =
      config.emaRampup > 0
        ? Math.min(config.emaHalfLifeImages, config.emaRampup * this.images)
        : config.emaHalfLifeImages;
    const shown = N * config.stepsD; // images between two G steps
    tf.tidy(() =>
      generatorStep(this.store, plan, {
        ...this.#sharedInputs(stage, N, this.#streams.zG, this.#paces(plan.g, config.learningRateG)),
        averageRate: tf.tensor1d([1 - 0.5 ** (shown / Math.max(halfLife, 1e-8))]),
      }),
    );
    this.#tallied.G++;
  }

  #sharedInputs(stage: Stage, N: number, stream: Stream, paces: Map<string, Pace>) {
    const { latent, augment } = this.config;
    return {
      z: tf.tensor2d(stream.normal(new Float32Array(N * latent)), [N, latent]),
      alpha: tf.tensor1d([stage.alpha]),
      paces,
      augmentation: augment ? drawAugmentation(this.#streams.augment, N, stage.resolution) : undefined,
    };
  }

  /** Ages the parameters by one step. Those of one age share their pace. */
  #paces(layers: readonly Layer[], learningRate: number): Map<string, Pace> {
    const byAge = new Map<number, Pace>();
    const paces = new Map<string, Pace>();
    for (const name of parameterNames(layers)) {
      const age = (this.#ages.get(name) ?? 0) + 1;
      this.#ages.set(name, age);
      let pace = byAge.get(age);
      if (!pace) {
        const { rate, correction } = paceAt(age, learningRate, this.config);
        pace = { rate: tf.tensor1d([rate]), correction: tf.tensor1d([correction]) };
        byAge.set(age, pace);
      }
      paces.set(name, pace);
    }
    return paces;
  }

  #clearTally(): void {
    for (const network of ["D", "G"] as const)
      this.store.write(tallyNames[network], tf.fill([2, statNames[network].length], 0));
    this.#tallied = { D: 0, G: 0, penalised: 0 };
  }
}

function summary(sum: number, sumOfSquares: number, n: number): Summary {
  const mean = sum / n;
  const variance = sumOfSquares / n - mean ** 2;
  // Rounding may take the variance just below zero; a value that is not finite must stay so.
  return { mean, std: variance < 0 ? 0 : Math.sqrt(variance), n };
}
