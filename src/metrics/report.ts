// Reals and fakes in, a report out: every figure with its counts and its floor, or a sentence on why there is none. It is
// plain arithmetic on arrays, to be run in a worker of its own or in Node, and not on the thread that trains.

import { Trouble } from "../gan/errors.ts";
import { type Figure, type MetricName, metrics } from "./figures.ts";
import { type Floor, measureFloor } from "./floor.ts";
import { binThumbnails, compareBins, type BinComparison } from "./measures/bins.ts";
import { createReference, type MetricOptions, type Reference, type Samples } from "./reference.ts";
import { featureSet, imageSet, type ImageSet } from "./samples.ts";

/** Images as they come from a data set (bytes) or a network (numbers, of which [-1,1] is shown as [0,255]). */
export interface SampleInput {
  pixels: Uint8Array | Uint8ClampedArray | Float32Array;
  /** [N,R,R,C], R a power of two from 4 on, C 1 or 3 */
  shape: readonly [number, number, number, number];
  /** Features [N,F] of the same images by a network, in place of the fixed ones. */
  features?: { values: ArrayLike<number>; shape: readonly [number, number] };
}

/** Why there is no number, and what to do about it. Plain data, as all of a report is, so that a worker can post it. */
export interface Unanswered {
  trouble: { message: string; remedy: string };
}

export type Outcome = {
  metric: MetricName;
  /** Computing it took so long, floors not counted. */
  milliseconds: number;
  /** Undefined when none was measured. */
  floor?: Floor | Unanswered;
} & ({ figures: Figure[] } | Unanswered);

export interface Report {
  reals: number;
  fakes: number;
  size: number;
  features: { kind: Reference["featureKind"]; width: number };
  outcomes: Outcome[];
}

/** Cheap enough for every few ticks, at 512 reals and fakes; LOG.md has the times. */
export const liveMetrics: MetricName[] = ["coverage", "bins", "kid", "frechet"];

/** How long to wait after an evaluation, in ms, so that evaluations take at most `share` of one core's time. */
export function pauseAfter(milliseconds: number, share = 0.05): number {
  return milliseconds * (1 / share - 1);
}

export type Floors = Partial<Record<MetricName, Floor | Unanswered>>;

/**
 * An evaluator of one set of reals at one resolution. What is known of the reals is computed once, by the first report
 * that needs it.
 * @param reals compared with; the more, the smaller every floor
 * @throws Trouble when reals hold numbers that are not finite
 */
export function createEvaluator(reals: SampleInput, options: Partial<MetricOptions> = {}) {
  const reference = createReference(samplesOf(reals), options);
  return {
    reference,

    /**
     * What real data score against real data, measured on `pool` or on the reals themselves; a metric without an answer
     * has none here either. Takes about `splits` times as long as a report without anything known of the reals.
     */
    measureFloors(names: readonly MetricName[], fakes: number, pool = reals, splits = 8): Floors {
      const samples = samplesOf(pool);
      const counts = { reals: reals.shape[0], fakes };
      return Object.fromEntries(
        names.map((name) => [name, attempt(() => measureFloor(name, samples, counts, options, splits))]),
      );
    },

    /** Measures fakes. Whatever they are, every metric asked for has an outcome, and every figure is a finite number. */
    report(fakes: SampleInput, names: readonly MetricName[] = liveMetrics, floors: Floors = {}): Report {
      const samples = attempt(() => samplesOf(fakes));
      const { options, featureKind } = reference;
      return {
        reals: reals.shape[0],
        fakes: fakes.shape[0],
        size: reals.shape[1],
        features: { kind: featureKind, width: reals.features?.shape[1] ?? options.featureWidth },
        outcomes: names.map((metric) => outcome(metric, reference, samples, floors[metric])),
      };
    },

    /** Every bin with its shares and the mean image of its reals, for NDB's heat map. Throws Trouble as NDB does. */
    bins(fakes: SampleInput): BinComparison & { thumbnails: ImageSet } {
      const bins = reference.bins();
      const comparison = compareBins(bins, reference.featuresOf(samplesOf(fakes)));
      return { ...comparison, thumbnails: binThumbnails(bins, reference.samples.images) };
    },
  };
}

function outcome(
  metric: MetricName,
  reference: Reference,
  fakes: Samples | Unanswered,
  floor?: Floor | Unanswered,
): Outcome {
  const start = performance.now();
  const answer =
    "trouble" in fakes ? fakes : attempt(() => ({ figures: finite(metrics[metric](reference, fakes)) }));
  return { metric, milliseconds: performance.now() - start, floor, ...answer };
}

/** Features that a network hands in may be so large that sums overflow. */
function finite(figures: Figure[]): Figure[] {
  const bad = figures.find(({ value, standardError = 0 }) => !Number.isFinite(value + standardError));
  if (!bad) return figures;
  throw new Trouble(
    `The figure ${bad.name} came to ${bad.value}, which is no answer: features are too large for sums of their powers.`,
    "See whether training has diverged.",
  );
}

/** The value, or the Trouble met on the way, as data. Bugs pass through. */
function attempt<T extends object>(compute: () => T): T | Unanswered {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { trouble: { message: error.message, remedy: error.remedy } };
  }
}

function samplesOf({ pixels, shape, features }: SampleInput): Samples {
  const images = imageSet(pixels, shape);
  if (!features) return { images };
  if (features.shape[0] !== shape[0])
    throw new RangeError(`${shape[0]} images cannot have ${features.shape[0]} feature vectors`);
  return { images, features: featureSet(features.values, features.shape) };
}
