// A run: two networks, the average of G, their optimizer, and where they stand. It owns every tensor of theirs.

import { nextPaces } from "./adam.ts";
import { Trouble } from "./errors.ts";
import { drawAugmentation } from "./networks/augment.ts";
import {
  type FrozenDiscriminator,
  type FrozenGenerator,
  freeze,
  freezeDiscriminator,
} from "./networks/frozen.ts";
import type { Layer } from "./networks/layers.ts";
import {
  checkTensors,
  createLayer,
  foldEqualizedLr,
  foldSpectralNorm,
  parameterNames,
  resetMoments,
} from "./networks/parameters.ts";
import { byStream, copyOf, firstPlace, flipsDue, noteLone, type Place, type StreamName } from "./place.ts";
import { foreteller, type Layers, layersAt, nextPlans, planFor } from "./plans.ts";
import { createStream, type Stream } from "./random.ts";
import type { Config } from "./settings/config.ts";
import type { FlipEvent, PlannedFlip } from "./settings/events.ts";
import { scheduledAt, type Stage, stageOf } from "./settings/schedule.ts";
import { averageRateAt, batchAt, checkFlip, type Key, type Value } from "./settings/settings.ts";
import type { Batches, ImageSource } from "./source.ts";
import { createStore, type Store } from "./state.ts";
import type { StatsRow } from "./statistics/stats.ts";
import { clearTally, readTally, tallyNames } from "./statistics/tally.ts";
import { plainSteps, type Plan, type Steps, usesPenalty } from "./step.ts";
import * as tf from "./tf.ts";
import type { Images, Latents } from "./tf.ts";

export class Run {
  readonly store: Store = createStore();
  readonly channels: 1 | 3;
  readonly #place: Place;
  readonly #batches: Batches;
  readonly #streams: Record<StreamName, Stream>;
  readonly #layers: Layers = { G: [], D: [] };
  readonly #steps: Steps;
  readonly #foretell: ReturnType<typeof foreteller>;

  /**
   * Sets up a run at its first resolution, or takes one up again.
   * @param start a checked config, or the place of a run to continue, with its tensors by name;
   *   these become the run's unless it throws
   * @param steps how steps are taken; the run's own unless it throws
   * @throws Trouble when the data set can't serve the config, or a tensor is missing or of another shape
   */
  constructor(
    start: Config | { place: Place; tensors: Readonly<Record<string, tf.Tensor>> },
    source: Pick<ImageSource, "name" | "channels" | "resolution">,
    batches: Batches,
    planned: readonly PlannedFlip[] = [],
    steps: Steps = plainSteps,
  ) {
    this.#place = "place" in start ? copyOf(start.place) : firstPlace(start, planned);
    const { config, streams } = this.#place;
    if (config.to > source.resolution)
      throw new Trouble(
        `Data set ${source.name} has images of ${source.resolution} px, not ${config.to}.`,
        `Set "to" to ${source.resolution} or less.`,
      );
    this.channels = source.channels;
    this.#batches = batches;
    batches.place = this.#place.data;
    this.#streams = byStream((name) => createStream(config.seed, name, streams[name]));
    this.#steps = steps;
    this.#foretell = foreteller(steps, source.channels);

    for (let resolution = 4; resolution <= this.resolution; resolution *= 2) this.#addLayers(resolution);
    const layers = [...this.#layers.G, ...this.#layers.D];
    if ("place" in start) {
      checkTensors(layers, start.tensors, config);
      for (const [name, tensor] of Object.entries(start.tensors)) this.store.write(name, tensor);
    } else {
      for (const layer of layers) createLayer(this.store, layer, config);
      clearTally(this.store);
    }
  }

  /** Settings as they are now. Change them by `flip`. */
  get config(): Config {
    return this.#place.config;
  }

  /** Real images shown to D. */
  get images(): number {
    return this.#place.images;
  }

  /** Steps taken. */
  get step(): number {
    return this.#place.step;
  }

  /** Newest resolution that has layers. */
  get resolution(): number {
    return this.#place.resolution;
  }

  /** Changes made so far. */
  get events(): readonly FlipEvent[] {
    return this.#place.events;
  }

  /** Changes still to come. */
  get planned(): readonly PlannedFlip[] {
    return this.#place.planned;
  }

  /** Where the run stands. At the very end of a phase it stays there until `grow`. */
  get stage(): Stage {
    return stageOf(this.#place);
  }

  /** Where the run stands, all of it, as data of its own. Together with the store's tensors it is the whole run. */
  place(): Place {
    const streams = byStream((name) => this.#streams[name].position);
    return { ...copyOf(this.#place), streams, data: this.#batches.place };
  }

  /** Adds the layers of the next resolution. True while the schedule is ahead of the networks. */
  grow(): boolean {
    const place = this.#place;
    if (scheduledAt(place).resolution <= place.resolution) return false;
    place.fadesIn = place.config.fadeIn;
    place.resolution *= 2;
    for (const layer of this.#addLayers(place.resolution)) createLayer(this.store, layer, place.config);
    if (place.config.resetMoments) {
      resetMoments(this.store, parameterNames([...this.#layers.G, ...this.#layers.D]));
      place.ages = {};
    }
    return true;
  }

  /**
   * Has the engine make ready for the next step, with the growth and the planned changes that come before it. Without,
   * it takes that step all the same, by a longer way.
   * @returns resolves once it is ready; nothing where it is already. Rejects where the step can't be taken
   */
  prepare(): Promise<void> | undefined {
    return this.#steps.prepare(nextPlans(this.#place, this.#layers, this.channels));
  }

  /**
   * Takes one step: D as often as the config says, or until all images are shown, then G; or only one of them. α stays
   * the same throughout. The networks must have grown to the stage.
   */
  advance(only?: "D" | "G"): void {
    const stage = this.stage;
    const { stepsD, images } = this.config;
    this.#foretell(this.#layers, stage, this.config);
    if (only !== "G")
      for (let i = 0; i < stepsD && (i === 0 || this.images < images); i++) this.#stepD(stage);
    if (only !== "D") this.#stepG(stage);
    if (only) noteLone(this.#place, only);
    this.#place.step++;
  }

  /**
   * Changes a setting from the next step on, keeping what the networks compute but for the switch itself.
   * @returns the event, or nothing when the setting has that value already
   * @throws Trouble when the setting can't change while running, or takes no such value
   */
  flip(key: Key, value: Value): FlipEvent | undefined {
    const { to } = checkFlip(key, value);
    const { config, images, step } = this.#place;
    const from = config[key];
    if (from === to) return undefined;

    if (key === "equalizedLr")
      foldEqualizedLr(this.store, [...this.#layers.G, ...this.#layers.D], to === true);
    if (key === "spectralNorm") foldSpectralNorm(this.store, this.#layers.D, to === true, config);
    this.#place.config = { ...config, [key]: to };
    const event: FlipEvent = { images, step, key, from, to };
    this.#place.events.push(event);
    return event;
  }

  /** Puts other changes in the place of those still to come. */
  plan(planned: readonly PlannedFlip[]): void {
    this.#place.planned = planned.map(({ images, key, to }) => ({ images, ...checkFlip(key, to) }));
  }

  /** Makes the planned changes that are due. */
  flipPlanned(): FlipEvent[] {
    const due = flipsDue(this.#place);
    this.#place.planned = this.planned.filter((flip) => !due.includes(flip));
    return due.flatMap(({ key, to }) => this.flip(key, to) ?? []);
  }

  /**
   * Images made from latents, at the run's resolution and α.
   * @param z [N,Z], left to the caller
   * @param average the average of G in place of G itself
   * @returns [N,R,R,C], nominally in [-1,1], for the caller to free
   */
  sample(z: Latents, average: boolean): Images {
    const g = this.freeze(average);
    try {
      return g.sample(z);
    } finally {
      g.dispose();
    }
  }

  /** G as it is now, whatever the run does next. */
  freeze(average: boolean): FrozenGenerator {
    return freeze(this.store, this.#plan(this.stage), this.stage.alpha, average);
  }

  /** D as it is now, likewise. */
  freezeD(): FrozenDiscriminator {
    return freezeDiscriminator(this.store, this.#plan(this.stage), this.stage.alpha);
  }

  /**
   * Statistics of all steps since they were last read. Not to be called while a step is being taken. How long the steps
   * took is for the caller to say, once this has waited for the engine.
   */
  async readStats(): Promise<Omit<StatsRow, "secPerStep">> {
    const { alpha, resolution } = this.stage;
    const stats = await readTally(this.store, this.#place.tallied);
    this.#place.tallied = clearTally(this.store, stats);
    return { images: this.images, step: this.step, resolution, alpha, stats };
  }

  /** Resolves once the engine has taken all steps: one small number is read. */
  readonly settled = async () => void (await this.store.read(tallyNames.D).data());

  /** Frees every tensor. */
  dispose(): void {
    this.store.dispose();
    this.#steps.dispose();
  }

  #addLayers(resolution: number): Layer[] {
    const { G, D } = layersAt(resolution, this.config, this.channels);
    this.#layers.G.push(...G);
    this.#layers.D.push(...D);
    return [...G, ...D];
  }

  #plan(stage: Stage, penalised = false): Plan {
    return planFor(this.#layers, stage, this.config, penalised);
  }

  #stepD(stage: Stage): void {
    const place = this.#place;
    const { config } = place;
    const R = stage.resolution;
    const N = batchAt(R, config);
    const penalised = usesPenalty(config) && place.stepsOfD % config.penaltyInterval === 0;
    const plan = this.#plan(stage, penalised);
    tf.tidy(() =>
      this.#steps.discriminator(this.store, plan, {
        ...this.#sharedInputs(stage, N, "z/D"),
        paces: nextPaces(parameterNames(plan.d), place.ages, config.learningRateD, config),
        real: tf.tensor4d(this.#batches.next(R, N), [N, R, R, this.channels]),
        mix: tf.tensor4d(this.#streams.mix.uniform(new Float32Array(N)), [N, 1, 1, 1]),
        gpWeight: tf.tensor1d([config.gpWeight * config.penaltyInterval]),
        r1Gamma: tf.tensor1d([config.r1Gamma * config.penaltyInterval]),
        drift: tf.tensor1d([config.drift]),
      }),
    );
    place.images += N;
    place.stepsOfD++;
    place.tallied.D++;
    if (penalised) place.tallied.penalised++;
  }

  #stepG(stage: Stage): void {
    const place = this.#place;
    const { config, images } = place;
    const N = batchAt(stage.resolution, config);
    const plan = this.#plan(stage);
    tf.tidy(() =>
      this.#steps.generator(this.store, plan, {
        ...this.#sharedInputs(stage, N, "z/G"),
        paces: nextPaces(parameterNames(plan.g), place.ages, config.learningRateG, config),
        averageRate: tf.tensor1d([averageRateAt(images, N * config.stepsD, config)]),
      }),
    );
    place.tallied.G++;
  }

  #sharedInputs(stage: Stage, N: number, latents: "z/D" | "z/G") {
    const { latent, augment } = this.config;
    return {
      z: tf.tensor2d(this.#streams[latents].normal(new Float32Array(N * latent)), [N, latent]),
      alpha: tf.tensor1d([stage.alpha]),
      augmentation: augment ? drawAugmentation(this.#streams.augment, N, stage.resolution) : undefined,
    };
  }
}
