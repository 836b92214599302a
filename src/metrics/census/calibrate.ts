// A reader of modes put to the test on real images: which modes it can't tell apart, what it rejects, what it lets through.

import { permutation } from "../../gan/random.ts";
import type { ImageSource } from "../../gan/source.ts";
import { drawFrom, type Pool } from "./band.ts";
import { meanDistance, toCompare } from "./distance.ts";
import { mergeConfused } from "./merge.ts";
import type { ModeReader } from "./reader.ts";
import { distancesWithin } from "./within.ts";

/** How far a reader can be trusted, measured on real images and on even blends of two of different modes. */
export interface ReadingErrors {
  reals: number;
  /** Shares of the reals that are counted for no mode, and for another than theirs. */
  realsRejected: number;
  realsMisread: number;
  blends: number;
  /** Share of the blends that are counted for a mode. */
  blendsAccepted: number;
}

export interface Calibration {
  /** Place of each mode among those that are told apart, and how many these are. */
  places: readonly number[];
  K: number;
  pool: Pool;
  /** Images of the source that were read, from the first on: those after them are fresh. */
  read: number;
  /** What those are to the reader, in words. */
  fresh: string;
  errors: ReadingErrors;
}

/** Real images that a census is calibrated by, of a source without end. */
export const pooled = 2_048;
/** Of a set that ends, images that are left for the self-test. All others are read: the more, the better rare rejects are known. */
const spared = 1_024;
/** Images in memory at a time: at 64 px all of them would take 100 MB. */
const piece = 256;
/** Of the pool, the images that distances are measured on. */
const keptForDistance = 512;

/**
 * Reads real images, and even blends of them.
 * @param frequencies of the modes in the data
 */
export function calibrate(
  reader: ModeReader,
  source: ImageSource,
  frequencies: readonly number[],
): Calibration {
  const { resolution, channels } = reader;
  const size = resolution ** 2 * channels;
  const N =
    source.count === Infinity ? pooled : Math.max(1, Math.floor((source.count - spared) / piece)) * piece;
  const kept: Float32Array[] = [];
  const [truth, labels, blends]: [number[], number[], { of: [number, number]; label: number }[]] = [
    [],
    [],
    [],
  ];
  for (let start = 0; start < N; start += piece) {
    const drawn = drawReals(source, resolution, start, piece);
    if (start < keptForDistance) kept.push(drawn.images);
    truth.push(...drawn.truth);
    labels.push(...reader.read(drawn.images, piece));
    const mixed = blendsOf(drawn.images, drawn.truth, size);
    reader
      .read(mixed.images, mixed.of.length)
      .forEach((label, i) => blends.push({ of: mixed.of[i]!, label }));
  }

  const places = mergeConfused(reader, truth, labels);
  const K = Math.max(...places) + 1;
  const [is, read] = [truth.map((mode) => places[mode]!), labels.map((l) => (l < 0 ? l : places[l]!))];
  const merged = new Array<number>(K).fill(0);
  places.forEach((place, mode) => (merged[place]! += frequencies[mode]!));
  const members = merged.map(() => [] as number[]);
  is.forEach((place, image) => members[place]!.push(image));

  const real = kept.map((images) => toCompare(images, piece, resolution, channels, piece));
  const compared = {
    images: Float32Array.from(real.flatMap(({ images }) => [...images])),
    count: keptForDistance,
    size: real[0]!.size,
  };
  const comparedModes = Int16Array.from(is.slice(0, keptForDistance));
  const mixed = blends.filter(({ of: [a, b] }) => places[a] !== places[b]);
  return {
    places,
    K,
    pool: {
      compared,
      distance: meanDistance(compared)!,
      comparedModes,
      distanceWithin: distancesWithin(compared, comparedModes, K),
      frequencies: merged,
      draw: drawFrom({ labels: read, members, frequencies: merged }),
    },
    read: N,
    fresh: "other real images",
    errors: {
      reals: N,
      realsRejected: read.filter((label) => label < 0).length / N,
      realsMisread: read.filter((label, i) => label >= 0 && label !== is[i]).length / N,
      blends: mixed.length,
      blendsAccepted: mixed.filter(({ label }) => label >= 0).length / mixed.length,
    },
  };
}

/** Real images `start` … `start + count - 1` as [N,R,R,C], and their modes. Those of a finite set come in a seeded order. */
export function drawReals(
  source: ImageSource,
  resolution: number,
  start: number,
  count: number,
): { images: Float32Array; truth: number[] } {
  const size = resolution ** 2 * source.channels;
  const images = new Float32Array(count * size);
  const order = source.count === Infinity ? undefined : permutation(source.count, 0, "census");
  const truth = Array.from({ length: count }, (_, i) => {
    const index = order ? order[(start + i) % source.count]! : start + i;
    source.write(index, resolution, images, i * size);
    return source.modeOf!(index);
  });
  return { images, truth };
}

/** Even blends of each image with the next one, where that is of another mode. */
function blendsOf(
  images: Float32Array,
  truth: readonly number[],
  size: number,
): { images: Float32Array; of: [number, number][] } {
  const blends = new Float32Array(images.length);
  const of: [number, number][] = [];
  for (let a = 0; a + 1 < truth.length; a++) {
    if (truth[a] === truth[a + 1]) continue;
    const [from, to] = [a * size, of.length * size];
    for (let i = 0; i < size; i++) blends[to + i] = (images[from + i]! + images[from + size + i]!) / 2;
    of.push([truth[a]!, truth[a + 1]!]);
  }
  return { images: blends.subarray(0, of.length * size), of };
}
