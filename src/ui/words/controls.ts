// What each setting is called on the page, and the one line that explains it.

import { isKey, type Config, type Key } from "../../worker/protocol.ts";

export interface Control {
  label: string;
  /** One line, always visible. */
  help: string;
  group: Group;
  /** Names of the choices, where the values alone don't say it. */
  names?: Readonly<Record<string, string>>;
  /** A slider beside the number box, over the part of the range people use. */
  slider?: { min: number; max: number; scale: "linear" | "log" };
  /** Why the setting has no effect in this config, if it has none. */
  idle?: (config: Config) => string | undefined;
}

/** Groups of the set-up panel; settings of "run" have their place in the top bar. */
export type Group = "run" | "stabilisers" | "objective" | "schedule";

export const groups: readonly { group: Exclude<Group, "run">; title: string }[] = [
  { group: "stabilisers", title: "Stabilisers" },
  { group: "objective", title: "Objective and optimiser" },
  { group: "schedule", title: "Schedule and size" },
];

const onlyWgan = ({ loss }: Config) => (loss === "wgan-gp" ? undefined : "Only the WGAN-GP loss uses this.");
const learningRate = { min: 1e-5, max: 0.1, scale: "log" } as const;

export const controls: Readonly<Record<Key, Control>> = {
  data: {
    label: "Data",
    help: "Images to learn from.",
    group: "run",
    names: {
      digits: "Digits",
      "stacked-mnist": "Stacked MNIST, 1,000 kinds",
      "shapes-16": "Shapes, 16 kinds",
      "shapes-64": "Shapes, 64 kinds",
    },
  },
  seed: { label: "Seed", help: "Same seed, same settings: same run.", group: "run" },

  minibatchStddev: {
    label: "Minibatch standard deviation",
    help: "D sees how varied the batch is. Off: that channel is fed 0.",
    group: "stabilisers",
  },
  pixelNorm: {
    label: "PixelNorm in G",
    help: "Each pixel's feature vector is scaled to unit mean square.",
    group: "stabilisers",
  },
  equalizedLr: {
    label: "Equalized learning rate",
    help: "Weights are scaled at run time by He's constant, so all layers learn at the same speed.",
    group: "stabilisers",
  },
  spectralNorm: {
    label: "Spectral normalisation of D",
    help: "Each layer of D is divided by its largest singular value.",
    group: "stabilisers",
  },
  fadeIn: {
    label: "Fade-in",
    help: "Each new resolution is blended in, α from 0 to 1. Off: it counts fully at once.",
    group: "stabilisers",
  },
  latentNorm: {
    label: "Latent normalisation",
    help: "z is scaled to unit mean square before it enters G.",
    group: "stabilisers",
  },
  augment: {
    label: "Augment what D sees",
    help: "Reals and fakes are shifted and dimmed alike, at random. Helps small data sets.",
    group: "stabilisers",
  },

  loss: {
    label: "Loss",
    help: "What G and D play for. Logistic is the non-saturating one.",
    group: "objective",
    names: {
      "wgan-gp": "WGAN-GP",
      logistic: "Logistic",
      hinge: "Hinge",
      "least-squares": "Least squares",
    },
  },
  gpWeight: {
    label: "Gradient penalty λ",
    help: "Keeps D's slope near 1 between reals and fakes.",
    group: "objective",
    slider: { min: 0, max: 20, scale: "linear" },
    idle: onlyWgan,
  },
  r1Gamma: {
    label: "R1 penalty γ",
    help: "Penalises D's slope at the reals, with any loss. 0 is none.",
    group: "objective",
    slider: { min: 0, max: 10, scale: "linear" },
  },
  penaltyInterval: {
    label: "Penalty every k-th D step",
    help: "Lazy regularisation: computed less often, with k times the weight.",
    group: "objective",
    slider: { min: 1, max: 16, scale: "linear" },
    idle: ({ loss, gpWeight, r1Gamma }) =>
      r1Gamma > 0 || (loss === "wgan-gp" && gpWeight > 0) ? undefined : "No penalty is on.",
  },
  drift: {
    label: "Drift",
    help: "Weight of D(real)², which keeps WGAN scores near 0.",
    group: "objective",
    idle: onlyWgan,
  },
  stepsD: {
    label: "D steps per G step",
    help: "How often D learns before G does.",
    group: "objective",
    slider: { min: 1, max: 8, scale: "linear" },
  },
  learningRateG: {
    label: "Learning rate of G",
    help: "Adam's step size for the generator.",
    group: "objective",
    slider: learningRate,
  },
  learningRateD: {
    label: "Learning rate of D",
    help: "Adam's step size for the discriminator.",
    group: "objective",
    slider: learningRate,
  },
  beta1: { label: "Adam β₁", help: "Decay of the first moment. The paper uses 0.", group: "objective" },
  beta2: { label: "Adam β₂", help: "Decay of the second moment. The paper uses 0.99.", group: "objective" },
  adamEpsilon: {
    label: "Adam ε",
    help: "Added to the root of the second moment. The paper uses 1e-8.",
    group: "objective",
  },
  resetMoments: {
    label: "Fresh moments at each doubling",
    help: "Adam's moments of both networks start afresh where layers are born.",
    group: "objective",
  },
  emaHalfLifeImages: {
    label: "EMA half-life, images",
    help: "After so many images an old G weighs one half in the average of G.",
    group: "objective",
  },
  emaRampup: {
    label: "EMA ramp-up",
    help: "The half-life is never more than this share of the images shown so far. 0: no such limit.",
    group: "objective",
  },

  from: {
    label: "First resolution",
    help: "Pixels a side at which the run starts.",
    group: "schedule",
    names: resolutionNames(),
  },
  to: {
    label: "Last resolution",
    help: "Pixels a side to which it grows.",
    group: "schedule",
    names: resolutionNames(),
  },
  imagesPerPhase: {
    label: "Images per stable phase",
    help: "Shown at each resolution once it is fully faded in.",
    group: "schedule",
  },
  imagesPerFade: {
    label: "Images per fade-in",
    help: "Shown while a new resolution fades in.",
    group: "schedule",
  },
  images: { label: "Images in total", help: "Images shown to D before the run ends.", group: "schedule" },
  tickImages: {
    label: "Images per tick",
    help: "A tick adds a moment to the timeline and a row to the statistics.",
    group: "schedule",
  },
  batch: { label: "Batch", help: "Images in a minibatch: 4 or less, or a multiple of 4.", group: "schedule" },
  batchPerResolution: {
    label: "Batch at some resolutions",
    help: "As resolution:batch, e.g. 32:8,64:4. Empty: the same everywhere.",
    group: "schedule",
  },
  latent: { label: "Latent size", help: "Length of the latent vector z.", group: "schedule" },
  channelsBase: {
    label: "Channels, base",
    help: "Feature maps at 2^r pixels are base ÷ 2^(r−1), up to the limit below.",
    group: "schedule",
  },
  channelsMax: { label: "Channels, at most", help: "The limit of the formula above.", group: "schedule" },
  widthD: {
    label: "Width of D",
    help: "D's feature maps as a multiple of G's: 0.5 makes it half as wide as G.",
    group: "schedule",
  },
  upsampling: {
    label: "Upsampling in G",
    help: "How G doubles the resolution.",
    group: "schedule",
    names: { nearest: "Nearest, 3×3 conv", transposed: "4×4 transposed conv" },
  },
  downsampling: {
    label: "Downsampling in D",
    help: "How D halves the resolution.",
    group: "schedule",
    names: { pool: "3×3 conv, average", strided: "4×4 strided conv" },
  },
};

function resolutionNames(): Record<string, string> {
  return Object.fromEntries([4, 8, 16, 32, 64].map((side) => [side, `${side}×${side}`]));
}

/** The settings of a group, in the order above. */
export const keysOf = (group: Group): Key[] =>
  Object.keys(controls)
    .filter(isKey)
    .filter((key) => controls[key].group === group);
