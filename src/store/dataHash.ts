// A hash of a data set's images: a run that goes on with other images is another run.

import type { ImageSource } from "../gan/source.ts";
import { sha256 } from "./pgan/sha256.ts";

/** Images looked at of a set that is drawn on demand, which has no end. */
const drawn = 512;

const known = new WeakMap<ImageSource, Promise<string>>();

/** Hashes once for each source, as bytes at native resolution, all images of a finite set, and the first ones of an endless set. */
export function hashOfData(source: ImageSource): Promise<string> {
  const hash = known.get(source) ?? sha256(source.bytes ?? bytesOf(source));
  known.set(source, hash);
  return hash;
}

function bytesOf(source: ImageSource): Uint8Array {
  const { resolution, channels } = source;
  const count = source.count === Infinity ? drawn : source.count;
  const size = resolution ** 2 * channels;
  const image = new Float32Array(size);
  const bytes = new Uint8Array(count * size);
  for (let n = 0; n < count; n++) {
    source.write(n, resolution, image, 0);
    for (let i = 0; i < size; i++) bytes[n * size + i] = Math.round(image[i]! * 127.5 + 127.5);
  }
  return bytes;
}
