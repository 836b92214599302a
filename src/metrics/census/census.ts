// The mode census: how many of the modes of the data a model makes, in what shares, and what real data would score.

import type { ImageSource } from "../../gan/source.ts";
import { type Band, bandAt } from "./band.ts";
import { calibrate, type Calibration, drawReals, type ReadingErrors } from "./calibrate.ts";
import { meanDistance, toCompare } from "./distance.ts";
import { klBias, sumOf } from "./expected.ts";
import { type Note, notesOn } from "./notes.ts";
import { type Factor, type ModeReader, type Rejection, rejections, type Told } from "./reader.ts";
import { type Counted, tally } from "./tally.ts";
import { acceptedOf, relativeWithin } from "./within.ts";

/** A census of the samples of one model. */
export interface Census extends Counted {
  samples: number;
  /** Pixels a side of the images that were read. */
  resolution: number;
  /** Modes that can be told apart at this resolution: what `covered` is out of. */
  modes: number;
  /** A name for each, and its share of all samples. */
  names: readonly string[];
  share: readonly number[];
  counts: readonly number[];
  /** Rejects by reason. */
  rejected: Readonly<Record<Rejection, number>>;
  /** Expected KL of as many real samples as were accepted; null where none were. */
  klBias: number | null;
  /** Mean pairwise pixel distance as a share of that of reals; null where fewer than two images are whole. */
  distance: number | null;
  /** The same of two samples of one mode; null where no mode has two. */
  within: number | null;
  /** What as many real samples score. */
  band: Band;
  layout: Layout;
  errors: ReadingErrors;
  notes: readonly Note[];
}

/** A census by a taker that was put to a test of its own. */
export interface TestedCensus extends Census {
  /** What it was tested on, in words: as many real images. */
  tested: string;
  /** Which of their numbers lies outside the band, in words, if one does. */
  astray: string | undefined;
}

/** How a heat map of the shares is laid out. */
export interface Layout {
  /** Cells are counted through the last factor first: shape × colour. */
  factors: readonly Factor[];
  /** For each cell, the place in `share` of its mode. Merged modes have one place, and several cells. */
  places: readonly number[];
}

/** Takes censuses at one resolution. */
export interface CensusTaker {
  resolution: number;
  channels: 1 | 3;
  names: readonly string[];
  layout: Layout;
  errors: ReadingErrors;
  /** @param images [N,R,R,C], nominally in [-1,1] */
  take(images: Float32Array, count: number): Census;
  /** What the reader says of each image. @param images as in `take` */
  tell(images: Float32Array, count: number): Told[];
  /** What `samples` real images score. */
  band(samples: number): Band;
  /** Whether real images that were not calibrated by lie within the band: the first number that does not, or nothing. */
  selfTest(samples?: number): string | undefined;
  /** What the self-test is made on, in words. */
  fresh: string;
}

/**
 * Opens a census: reads real images and blends once, to know the reader's errors and what real data scores.
 * @param reader tells the modes apart
 * @param source real images with known modes; those that are not read here are used by the self-test alone
 * @param frequencies of the modes in the data; by default all occur equally often
 */
export function openCensus(
  reader: ModeReader,
  source: ImageSource,
  frequencies: readonly number[] = reader.modes.map(() => 1 / reader.modes.length),
): CensusTaker {
  return censusBy(reader, calibrate(reader, source, frequencies), source);
}

/** A census by a reader that was put to the test. @param source real images for the self-test, after those that were read */
export function censusBy(
  reader: ModeReader,
  { pool, places, K, read, fresh, errors }: Calibration,
  source: ImageSource,
): CensusTaker {
  const { resolution, channels, modes } = reader;
  const size = resolution ** 2 * channels;
  const names = mergedNames(modes, places, K);
  const layout: Layout = { factors: reader.factors, places };
  const mergers = notesOnMergers(names, modes);
  const bands = new Map<number, Band>();
  const band = (samples: number) => {
    let known = bands.get(samples);
    if (!known) bands.set(samples, (known = bandAt(samples, pool)));
    return known;
  };

  const take = (images: Float32Array, count: number): Census => {
    if (images.length !== count * size)
      throw new RangeError(`expected ${count} images of ${size} numbers, got ${images.length} numbers`);
    const labels = Array.from(reader.read(images, count), (mode) => (mode < 0 ? mode : places[mode]!));
    const { counts, rejected, ...counted } = tally(labels, pool.frequencies);
    const apart = meanDistance(toCompare(images, count, resolution, channels));
    const distance = apart === null ? null : apart / pool.distance;
    const accepted = sumOf(counts);
    const alike = acceptedOf(images, labels, resolution, channels);
    const own = band(count);
    const facts = { images, count, size, channels, counts, broken: rejected.broken, distance };
    return {
      ...counted,
      samples: count,
      resolution,
      modes: K,
      names,
      counts: Array.from(counts),
      share: Array.from(counts, (n) => (count > 0 ? n / count : 0)),
      rejected,
      klBias: accepted > 0 ? klBias(accepted, pool.frequencies) : null,
      distance,
      within: relativeWithin(alike.compared, alike.labels, pool.distanceWithin),
      band: own,
      layout,
      errors,
      notes: [...notesOn({ ...facts, realCovered: own.covered.median }), ...mergers],
    };
  };

  const tell = (images: Float32Array, count: number): Told[] =>
    Array.from(reader.read(images, count), (mode, n) => {
      const nearest = reader.nearest(images, n);
      const rejected = (Object.keys(rejections) as Rejection[]).find((why) => rejections[why] === mode);
      return {
        ...(rejected ? { rejected } : { mode: names[places[mode]!]! }),
        ...(nearest && { nearest: { ...nearest, mode: names[places[nearest.mode]!]! } }),
      };
    });

  return {
    resolution,
    channels,
    names,
    layout,
    errors,
    fresh,
    take,
    tell,
    band,
    selfTest(samples = 1_024) {
      const { images } = drawReals(source, resolution, read, samples);
      const found = take(images, samples);
      return outside(found, band(samples));
    },
  };
}

/** The first number of a census that does not lie within the band, in words. */
function outside(census: Census, band: Band): string | undefined {
  for (const name of ["covered", "strict", "effective", "rejects", "kl", "distance"] as const) {
    const { low, high } = band[name];
    const value = census[name];
    if (value === null || value < low || value > high)
      return `${name} of ${census.samples} real images is ${value}, outside ${low} to ${high}`;
  }
  return undefined;
}

function mergedNames(modes: readonly string[], places: readonly number[], K: number): string[] {
  return Array.from({ length: K }, (_, place) =>
    modes.filter((_, mode) => places[mode] === place).join(" or "),
  );
}

/** Merged modes that a note names. */
const mostNamed = 12;

function notesOnMergers(names: readonly string[], modes: readonly string[]): Note[] {
  if (names.length === modes.length) return [];
  const unlike = names.filter((name) => !modes.includes(name));
  const more = unlike.length - mostNamed;
  const merged = unlike.slice(0, mostNamed).join("; ") + (more > 0 ? `; and ${more} more` : "");
  const text = `${modes.length} modes are counted as ${names.length} at this resolution, which does not tell apart: ${merged}.`;
  return [{ kind: "merged", text }];
}
