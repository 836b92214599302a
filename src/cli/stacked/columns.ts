// The columns of the discrete mode test: what each adds, and the settings that come of it.

import { type Config, defaults } from "../../gan/settings/config.ts";
import { latent } from "./networks.ts";

export interface Column {
  name: string;
  label: string;
  set: Partial<Config>;
}

const none: Partial<Config> = {
  pixelNorm: false,
  latentNorm: false,
  equalizedLr: false,
  minibatchStddev: false,
};
const norm: Partial<Config> = { pixelNorm: true, latentNorm: true, equalizedLr: true };

/** Each adds to the one before it. */
export const columns: readonly Column[] = [
  { name: "gan", label: "GAN", set: { ...none, loss: "logistic", stepsD: 1 } },
  { name: "wgan-gp", label: "WGAN-GP", set: { ...none } },
  { name: "norm", label: "+ our norm", set: { ...none, ...norm } },
  { name: "mbstd", label: "+ mb stddev", set: { ...none, ...norm, minibatchStddev: true } },
  { name: "growing", label: "+ progression", set: { ...none, ...norm, minibatchStddev: true, from: 4 } },
];

/** Images of a run at 32 px in the paper. All stretches of time scale with it. */
export const paperImages = 10_000_000;

/**
 * Settings of a column, as in the authors' configuration. A growing run shows half as many images again.
 * @param images shown by a run that does not grow
 */
export function configOf({ set }: Column, images: number, seed: number): Config {
  const scale = images / paperImages;
  const whole = (paper: number) => Math.max(1, Math.round(paper * scale));
  const config: Config = {
    ...defaults,
    data: "stacked-mnist",
    seed,
    from: 32,
    to: 32,
    batch: 64,
    latent,
    stepsD: 5,
    drift: 0,
    learningRateG: 0.001,
    learningRateD: 0.001,
    imagesPerPhase: whole(500_000),
    imagesPerFade: whole(2_000_000),
    // 0.999 a step of G, each of 320 images.
    emaHalfLifeImages: whole((320 * Math.log(0.5)) / Math.log(0.999)),
    emaRampup: 0,
    ...set,
  };
  return { ...config, images: config.from < config.to ? Math.round(1.5 * images) : images };
}

/** Images over which the learning rate rises from 0, in proportion. */
export const rampImages = (images: number): number => (40_000 * images) / paperImages;
