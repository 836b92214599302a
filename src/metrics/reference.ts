// The reals that fakes are held against, with what metrics need of them, each computed once and when first asked for.

import { Trouble } from "../gan/errors.ts";
import { type FeatureKind, featuresOf, projectFeatures, standardiser } from "./features.ts";
import { type Bins, binReals } from "./measures/bins.ts";
import { fitGaussian, type Gaussian } from "./measures/gaussian.ts";
import { type Balls, ballsAround } from "./measures/neighbours.ts";
import { type Features, type ImageSet, needSameShape, takeFeatures, takeImages } from "./samples.ts";

/** Images, and a network's features of the same images where there are any. */
export interface Samples {
  images: ImageSet;
  features?: Features;
}

export interface MetricOptions {
  /** What features are computed of images that come without. */
  featureKind: FeatureKind;
  featureWidth: number;
  /** Features are projected to this many before a Gaussian is fitted: its bias grows with the square of the number. */
  gaussianWidth: number;
  neighbours: number;
  /** Bins at most; fewer when the reals fill fewer with 20 each. */
  bins: number;
  patchesPerImage: number;
  directions: number;
  /** Of bins, pairs, patches and directions. Features do not depend on it. */
  seed: number;
}

export const metricDefaults: MetricOptions = {
  featureKind: "random-conv",
  featureWidth: 64,
  gaussianWidth: 16,
  neighbours: 5,
  bins: 50,
  patchesPerImage: 128,
  directions: 128,
  seed: 0,
};

export interface Reference {
  samples: Samples;
  options: MetricOptions;
  /** "random-conv", "pixels", or "given" when the samples brought their own. */
  featureKind: FeatureKind | "given";
  /** Features of any samples, centred and scaled by those of the reals. */
  featuresOf(samples: Samples): Features;
  features(): Features;
  balls(): Balls;
  bins(): Bins;
  gaussian(): Gaussian;
}

export function createReference(samples: Samples, given: Partial<MetricOptions> = {}): Reference {
  const options = { ...metricDefaults, ...given };
  const featureMap = once(() => mapFor(samples, options));
  const known = new WeakMap<Samples, Features>(); // so that the metrics of one report share them
  const featuresOf = (others: Samples) => {
    needSameShape(samples.images, others.images);
    const features = known.get(others) ?? featureMap()(others);
    known.set(others, features);
    return features;
  };
  const features = () => featuresOf(samples);
  return {
    samples,
    options,
    featureKind: samples.features ? "given" : options.featureKind,
    featuresOf,
    features,
    balls: once(() => ballsAround(features(), options.neighbours)),
    bins: once(() => {
      const most = Math.max(2, Math.floor(samples.images.count / 20));
      return binReals(features(), Math.min(options.bins, most), options.seed);
    }),
    gaussian: once(() => gaussianOf(features(), options)),
  };
}

/** The Gaussian of features brought to `gaussianWidth`. */
export function gaussianOf(features: Features, { gaussianWidth }: MetricOptions): Gaussian {
  const few = features.width > gaussianWidth ? projectFeatures(features, gaussianWidth) : features;
  return fitGaussian(few);
}

export function takeSamples({ images, features }: Samples, indices: ArrayLike<number>): Samples {
  return {
    images: takeImages(images, indices),
    features: features && takeFeatures(features, indices),
  };
}

function mapFor(
  reals: Samples,
  { featureKind, featureWidth }: MetricOptions,
): (samples: Samples) => Features {
  if (!reals.features) {
    const map = featuresOf(reals.images, featureKind, featureWidth);
    return ({ images }) => map(images);
  }
  const normalise = standardiser(reals.features);
  return ({ features }) => {
    if (features) return normalise(features);
    throw new Trouble(
      "The reals came with features of a network, and the fakes did not.",
      "Give features for both, by the same network, or for neither.",
    );
  };
}

/** `compute`, called at most once. When it throws, the next call tries, and throws, again. */
function once<T>(compute: () => T): () => T {
  let held: { value: T } | undefined;
  return () => (held ??= { value: compute() }).value;
}
