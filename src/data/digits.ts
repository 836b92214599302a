// Handwritten digits: MNIST's 28×28 grey images, padded to 32×32 with zeros, and their labels.

import { Trouble } from "../gan/errors.ts";
import type { ImageSource } from "../gan/source.ts";
import { readIdx } from "./idx.ts";
import { downsample } from "./pyramid.ts";

const drawn = 28;
const padded = 32;

/** Where the pack lies, under datasets/. */
export const digitsPack = {
  images: "digits/pack/images.idx3.gz",
  labels: "digits/pack/labels.idx1.gz",
} as const;

/**
 * The digits as a source, modes "0" to "9". They are kept as bytes at 32 px; smaller views are the exact mean of a
 * block of bytes, taken anew each time (about 2 µs an image), then mapped from [0,255] to [-1,1].
 *
 * @param images the file `digitsPack.images`
 * @param labels the file `digitsPack.labels`
 * @throws Trouble when a file is damaged or the two don't belong together
 */
export async function createDigits(images: Uint8Array, labels: Uint8Array): Promise<ImageSource> {
  const pixels = await readIdx(images, digitsPack.images, 3);
  const kinds = await readIdx(labels, digitsPack.labels, 1);
  check(pixels.sizes, kinds.data);
  const [count] = pixels.sizes as [number, number, number];
  const bytes = pad(pixels.data, count); // [count,32,32]

  return {
    name: "digits",
    channels: 1,
    resolution: padded,
    count,
    bytes,
    modes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    modeOf: (index) => kinds.data[index]!,
    write(index, resolution, out, offset) {
      const image = bytes.subarray(index * padded ** 2, (index + 1) * padded ** 2);
      downsample(image, padded, resolution, 1, out, offset);
      const end = offset + resolution ** 2;
      for (let i = offset; i < end; i++) out[i] = out[i]! / 127.5 - 1;
    },
  };
}

function check([count, height, width]: number[], labels: Uint8Array): void {
  const refuse = (fact: string): never => {
    throw new Trouble(
      `The pack of digits is damaged: ${fact}.`,
      "Restore the datasets folder of the repository.",
    );
  };
  if (height !== drawn || width !== drawn)
    refuse(`expected images of ${drawn} × ${drawn}, got ${height} × ${width}`);
  if (labels.length !== count)
    refuse(`expected a label for each of ${count} images, got ${labels.length} labels`);
  const odd = labels.find((label) => label > 9);
  if (odd !== undefined) refuse(`expected labels 0 to 9, got ${odd}`);
}

/** Images [N,28,28] in the middle of [N,32,32], zeros around them. */
function pad(images: Uint8Array, count: number): Uint8Array {
  const bytes = new Uint8Array(count * padded ** 2);
  const border = (padded - drawn) / 2;
  for (let image = 0; image < count; image++)
    for (let y = 0; y < drawn; y++) {
      const row = (image * drawn + y) * drawn;
      bytes.set(images.subarray(row, row + drawn), (image * padded + border + y) * padded + border);
    }
  return bytes;
}
