// Every setting of a run: what it means, and what it is by default. What values it may take is settings.ts.

/** A run is reproduced by its config, its events and its data set. Times are counted in images shown to D. */
export interface Config {
  /** Data set to learn from. */
  data: (typeof dataSets)[number];
  /** Seed of every random stream of the run. */
  seed: number;
  /** Images to show before the run ends. */
  images: number;
  /** Images between two reports: a row of statistics and a grid of samples. */
  tickImages: number;

  /** Resolution the run starts at, pixels a side. */
  from: number;
  /** Resolution the run grows to, pixels a side. */
  to: number;
  /** Images shown at each resolution once it is fully faded in. */
  imagesPerPhase: number;
  /** Images shown while a new resolution fades in. */
  imagesPerFade: number;
  /** Blend each new resolution in (α from 0 to 1) instead of switching to it at once. */
  fadeIn: boolean;
  /** Start Adam's moments of both networks afresh where layers are born. */
  resetMoments: boolean;

  /** Images in a minibatch. */
  batch: number;
  /** Other batch sizes at some resolutions, as "32:8,64:4". Empty: `batch` everywhere. */
  batchPerResolution: string;
  /** Length of the latent vector z. */
  latent: number;
  /** Feature maps at resolution 2^r are min(channelsBase / 2^(r-1), channelsMax) (Karras et al. 2018, appendix A). */
  channelsBase: number;
  channelsMax: number;
  /** Feature maps of D as a multiple of G's at the same resolution, rounded; 1 in the paper. */
  widthD: number;
  /** How G doubles the resolution: nearest neighbour then 3×3 conv, or a 4×4 transposed conv of stride 2. */
  upsampling: (typeof upsamplings)[number];
  /** How D halves it: 3×3 conv then 2×2 average, or a 4×4 conv of stride 2. */
  downsampling: (typeof downsamplings)[number];

  /** D sees how much the samples of a group differ (§3). */
  minibatchStddev: boolean;
  /** G's feature vectors are scaled to unit mean square at every pixel (§4.2). */
  pixelNorm: boolean;
  /** D's weights are divided by their largest singular value (Miyato et al. 2018). */
  spectralNorm: boolean;
  /** Weights are scaled by He's constant where they are used (§4.1). */
  equalizedLr: boolean;
  /** z is scaled to unit mean square (§4.2 and appendix A). */
  latentNorm: boolean;
  /** Reals and fakes are shifted and dimmed alike, at random, before D sees them. */
  augment: boolean;

  /** What G and D play for. */
  loss: (typeof losses)[number];
  /** λ of WGAN-GP's gradient penalty. */
  gpWeight: number;
  /** γ of R1, the penalty on D's slope at the reals; it goes with any loss. 0 is none. */
  r1Gamma: number;
  /** The penalties are computed every k-th D step, with k times their weight. */
  penaltyInterval: number;
  /** Weight of WGAN-GP's drift term, D(real)². */
  drift: number;
  /** D steps before each G step. */
  stepsD: number;
  learningRateG: number;
  learningRateD: number;
  /** Adam's decay of the first moment, of the second, and its ε. */
  beta1: number;
  beta2: number;
  adamEpsilon: number;
  /** Images after which an old G weighs one half in the average of G. */
  emaHalfLifeImages: number;
  /** The half-life is never more than this share of the images shown so far. 0: no such limit. */
  emaRampup: number;
}

export const dataSets = ["digits", "stacked-mnist", "shapes-16", "shapes-64"] as const;
export const upsamplings = ["nearest", "transposed"] as const;
export const downsamplings = ["pool", "strided"] as const;
export const losses = ["wgan-gp", "logistic", "hinge", "least-squares"] as const;

/**
 * The paper's method at browser sizes: narrow networks, and three times the paper's learning rate, as a run is a hundred
 * times shorter than the paper's (src/gan/LOG.md).
 */
export const defaults: Config = {
  data: "digits",
  seed: 7,
  images: 200_000,
  tickImages: 2_000,

  from: 4,
  to: 32,
  imagesPerPhase: 10_000,
  imagesPerFade: 10_000,
  fadeIn: true,
  resetMoments: true,

  batch: 16,
  batchPerResolution: "",
  latent: 64,
  channelsBase: 512,
  channelsMax: 32,
  widthD: 1,
  upsampling: "nearest",
  downsampling: "pool",

  minibatchStddev: true,
  pixelNorm: true,
  spectralNorm: false,
  equalizedLr: true,
  latentNorm: true,
  augment: false,

  loss: "wgan-gp",
  gpWeight: 10,
  r1Gamma: 0,
  penaltyInterval: 1,
  drift: 0.001,
  stepsD: 1,
  learningRateG: 0.003,
  learningRateD: 0.003,
  beta1: 0,
  beta2: 0.99,
  adamEpsilon: 1e-8,
  emaHalfLifeImages: 10_000,
  emaRampup: 0.05,
};

/** Starting points a person can name. */
export const presets: Readonly<Record<string, Config>> = {
  browser: defaults,
  /** The paper's learning rate, and as wide as a GPU in a browser likes it. */
  paper: { ...defaults, channelsMax: 64, learningRateG: 0.001, learningRateD: 0.001 },
  /** Sixteen modes within seconds on a CPU. */
  quick: {
    ...defaults,
    data: "shapes-16",
    images: 32_000,
    tickImages: 800,
    from: 8,
    to: 8,
    latent: 32,
    channelsMax: 16,
    loss: "logistic",
    r1Gamma: 1,
    penaltyInterval: 4,
    learningRateG: 0.02,
    learningRateD: 0.02,
    emaHalfLifeImages: 1_100,
  },
};

/** Samples that minibatch standard deviation compares with one another (4 in the authors' code). */
export const groupSize = 4;
