// The censuses of a run's past: as much of each as charts and alarms need, in bounded memory.

/** The lowest, middle and highest that as many real images score. */
interface Range {
  low: number;
  median: number;
  high: number;
}

/** A census at its moment, without names and layout, which are as large and the same each time. */
export interface PastCensus {
  images: number;
  step: number;
  weights: "average" | "raw";
  resolution: number;
  samples: number;
  /** Modes that can be told apart there, and those of them that were covered, and strictly so. */
  modes: number;
  covered: number;
  strict: number;
  rejects: number;
  /** Samples of each mode. */
  counts: readonly number[];
  /** Mean distance of two samples, and of two of one mode, as a share of that of reals; null where it is not defined. */
  distance: number | null;
  within: number | null;
  /** Rejects that hold a number which is not finite. */
  rejected: { readonly broken: number };
  band: { readonly covered: Range; readonly distance: Range; readonly within: Range };
}

/** Which samples were counted. */
export type CensusAt = Pick<PastCensus, "images" | "step" | "weights">;

/** What a census says of them. */
export interface Taken extends Omit<PastCensus, "images" | "step" | "weights"> {
  band: PastCensus["band"];
}

/** Censuses that are remembered; where there are more, every other one makes room. */
export const censusLimit = 600;

export function addCensus(
  past: readonly PastCensus[],
  { images, step, weights }: CensusAt,
  { resolution, samples, modes, covered, strict, rejects, counts, distance, within, ...rest }: Taken,
): PastCensus[] {
  const before = past.filter((census) => census.step <= step); // steps are taken again when an engine was lost
  const kept = before.length < censusLimit ? before : before.filter((_, i) => i % 2 === 0);
  const { rejected, band } = rest;
  return [
    ...kept,
    {
      ...{ images, step, weights, resolution, samples, modes, covered, strict, rejects, counts },
      ...{ distance, within, rejected: { broken: rejected.broken } },
      band: { covered: band.covered, distance: band.distance, within: band.within },
    },
  ];
}
