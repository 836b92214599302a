// How large a PNG becomes when it is decoded, before anybody decodes it: a small file may unfold to fill the memory.

import { Unzlib } from "fflate";

/** Kinds of chunk that our pictures have. Others may hold packed data of their own. */
const known = ["IHDR", "IDAT", "IEND", "tEXt", "pHYs"];

/** Bytes unpacked at a time. They become a thousand times as many, at most. */
const portion = 4096;

/**
 * Whether what is packed in a PNG is as large as its head says: of 8 bits, grey or RGB, not interlaced.
 * @throws RangeError when it is not, or the file is no such PNG
 */
export function checkUnfolding(png: Uint8Array): void {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, color, interlaced] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  if (depth !== 8 || (color !== 0 && color !== 2) || interlaced !== 0)
    throw new RangeError(`expected 8 bits, grey or RGB, got ${depth} bits of kind ${color}`);
  const expected = height * (1 + width * (color === 2 ? 3 : 1)); // each line begins with the kind of its filter

  let total = 0;
  const unpack = new Unzlib((bytes) => {
    total += bytes.length;
    if (total > expected)
      throw new RangeError(`a picture of ${width}×${height} unfolds to more than it holds`);
  });
  for (const { type, data } of chunksOf(png, view)) {
    if (!known.includes(type)) throw new RangeError(`a picture with a chunk ${JSON.stringify(type)}`);
    if (type !== "IDAT") continue;
    for (let at = 0; at < data.length; at += portion) unpack.push(data.subarray(at, at + portion));
  }
  unpack.push(new Uint8Array(), true);
  if (total !== expected)
    throw new RangeError(`a picture of ${width}×${height} unfolds to ${total} bytes, not ${expected}`);
}

/** Its chunks, up to the end that it says it has. The first one is its head, and no other. */
function* chunksOf(png: Uint8Array, view: DataView): Generator<{ type: string; data: Uint8Array }> {
  for (let at = 8, type = ""; type !== "IEND";) {
    const length = view.getUint32(at);
    const first = at === 8;
    type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (first !== (type === "IHDR") || at + 12 + length > png.length)
      throw new RangeError("a picture whose parts are not where they should be");
    yield { type, data: png.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}
