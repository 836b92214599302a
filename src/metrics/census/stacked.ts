// A census of stacked MNIST: a digit is read in each channel, so that ten kinds make a thousand.

import type { ImageSource } from "../../gan/source.ts";
import { drawFrom } from "./band.ts";
import { type Calibration, drawReals, pooled, type ReadingErrors } from "./calibrate.ts";
import { meanDistance, toCompare } from "./distance.ts";
import { mergeConfused } from "./merge.ts";
import type { ModeReader } from "./reader.ts";

/** The reader's modes are named by their digits in these channels, red first. */
const channels = ["red", "green", "blue"] as const;

/** Images whose mean distance is measured. */
const compared = 512;

/** A reader of colour images whose channels are digits of their own. An image is rejected if one of its channels is. */
export function createStackedReader(digits: ModeReader): ModeReader {
  const { resolution, modes } = digits;
  const values = modes.length;
  const size = resolution ** 2;
  const planes = new Float32Array(3 * size); // [3,R,R]
  const split = (images: Float32Array, n: number) => {
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < size; i++) planes[c * size + i] = images[3 * (n * size + i) + c]!;
  };
  return {
    resolution,
    channels: 3,
    modes: modes.flatMap((r) => modes.flatMap((g) => modes.map((b) => `${r}${g}${b}`))),
    factors: channels.map((name) => ({ name, values: modes })),
    read: (images, count) =>
      Int16Array.from({ length: count }, (_, n) => {
        split(images, n);
        const [red, green, blue] = digits.read(planes, 3);
        return combined(red!, green!, blue!, values);
      }),
    nearest(images, index) {
      split(images, index);
      const found = [0, 1, 2].flatMap((c) => digits.nearest(planes, c) ?? []);
      const [red, green, blue] = found;
      if (!red || !green || !blue) return undefined;
      const value = Math.min(...found.map(({ value }) => value)); // of the channel that is least sure
      return { ...red, mode: combined(red.mode, green.mode, blue.mode, values), value };
    },
  };
}

/** The mode of three readings. A rejection counts for the image; numbers that are not finite count first. */
function combined(red: number, green: number, blue: number, values: number): number {
  const least = Math.min(red, green, blue);
  return least < 0 ? least : (red * values + green) * values + blue;
}

/**
 * What `calibrate` finds out, for stacked digits. Two thousand images are too few to know a thousand modes by, but the
 * channels are independent: digits are read once, and stacked images put together from readings as the data is from digits.
 * @param reader of one channel
 * @param digits 2,048 real ones or more, that the reader has not learnt from
 * @param frequencies of the ten digits
 * @param stacked real images of such digits, for distances alone
 */
export function calibrateStacked(
  reader: ModeReader,
  digits: ImageSource,
  frequencies: readonly number[],
  stacked: ImageSource,
): Calibration {
  const { resolution } = reader;
  // All of them: an error in the share of rejects counts three times in stacked images.
  const { images, truth } = drawReals(digits, resolution, 0, digits.count);
  const labels = reader.read(images, digits.count);
  const some = images.subarray(0, pooled * resolution ** 2);
  const blends = reader.read(blendsWithNext(some, resolution ** 2), pooled - 1);

  const kinds = mergeConfused(reader, truth, Array.from(labels));
  const D = Math.max(...kinds) + 1;
  const kindOf = (label: number) => (label < 0 ? label : kinds[label]!);
  const [is, read] = [truth.map(kindOf), Array.from(labels, kindOf)];
  const members = Array.from({ length: D }, (_, kind) => is.flatMap((k, i) => (k === kind ? [i] : [])));
  const share = new Array<number>(D).fill(0);
  kinds.forEach((kind, digit) => (share[kind]! += frequencies[digit]!));

  const cells = Array.from({ length: kinds.length ** 3 }, (_, cell) => [
    kinds[Math.floor(cell / kinds.length ** 2)]!,
    kinds[Math.floor(cell / kinds.length) % kinds.length]!,
    kinds[cell % kinds.length]!,
  ]);
  const drawn = drawReals(stacked, resolution, 0, compared);
  const ready = toCompare(drawn.images, compared, resolution, 3, compared);
  const drawDigits = drawFrom({ members, frequencies: share, labels: read });

  return {
    places: cells.map(([r, g, b]) => combined(r!, g!, b!, D)),
    K: D ** 3,
    read: compared,
    fresh: "real images of known digits, stacked anew,", // all digits are needed to know how many are rejected
    pool: {
      compared: ready,
      distance: meanDistance(ready)!,
      // So few images hold hardly two of any one mode: how alike those are is not measured.
      comparedModes: new Int16Array(compared).fill(-1),
      distanceWithin: new Array<null>(D ** 3).fill(null),
      frequencies: share.flatMap((r) => share.flatMap((g) => share.map((b) => r * g * b))),
      draw: (count, stream, others) => {
        const drawn = drawDigits(3 * count, stream, others);
        return Int16Array.from({ length: count }, (_, i) =>
          combined(drawn[3 * i]!, drawn[3 * i + 1]!, drawn[3 * i + 2]!, D),
        );
      },
    },
    errors: errorsOf(is, read, Array.from(blends, kindOf), D),
  };
}

/** Even blends of each image [R,R] with the next one. */
function blendsWithNext(images: Float32Array, size: number): Float32Array {
  return Float32Array.from({ length: images.length - size }, (_, i) => (images[i]! + images[i + size]!) / 2);
}

/**
 * Errors on stacked images: image i has digits i, i + N/3 and i + 2N/3 of the N that were read, and is blended with image i + 1.
 * @param is the digits, and what they were read as
 * @param blends what each digit's blend with the next one was read as
 */
function errorsOf(
  is: readonly number[],
  read: readonly number[],
  blends: readonly number[],
  D: number,
): ReadingErrors {
  const [N, M] = [is.length, blends.length];
  const stack = (labels: readonly number[], i: number, length: number, next = 0) => {
    const at = (c: number) => labels[((i + Math.floor((c * length) / 3)) % length) + next]!;
    return combined(at(0), at(1), at(2), D);
  };
  const reals = is.map((_, i) => ({ is: stack(is, i, N), read: stack(read, i, N) }));
  const mixed = blends.flatMap((_, i) =>
    stack(is, i, M) === stack(is, i, M, 1) ? [] : [stack(blends, i, M)],
  );
  return {
    reals: N,
    realsRejected: reals.filter(({ read }) => read < 0).length / N,
    realsMisread: reals.filter(({ is, read }) => read >= 0 && read !== is).length / N,
    blends: mixed.length,
    blendsAccepted: mixed.filter((label) => label >= 0).length / mixed.length,
  };
}
