// Reads idx, the format MNIST comes in: a number that names the format, a size per axis, then bytes. May be gzipped.

import { Trouble } from "../gan/errors.ts";

/** An array of bytes and its shape. */
export interface Idx {
  sizes: number[];
  data: Uint8Array;
}

/**
 * The array in `file`.
 * @param path what to call the file in a complaint
 * @param rank how many axes it must have
 * @throws Trouble when the file is cut off, damaged or something else
 */
export async function readIdx(file: Uint8Array, path: string, rank: number): Promise<Idx> {
  const refuse = (fact: string, cause?: unknown): never => {
    throw new Trouble(
      `The data file ${path} is damaged: ${fact}.`,
      "Restore the datasets folder of the repository.",
      {
        cause,
      },
    );
  };
  // Servers that know .gz undo it on the way, so the bytes decide and not the name.
  const zipped = file[0] === 0x1f && file[1] === 0x8b;
  const bytes = zipped ? await gunzip(file).catch((error) => refuse("gzip can't unpack it", error)) : file;

  const header = 4 + 4 * rank;
  if (bytes.length < header) refuse(`expected a header of ${header} bytes, got ${bytes.length} bytes in all`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [magic, wanted] = [view.getUint32(0), 0x0800 + rank]; // 08: unsigned bytes
  if (magic !== wanted) refuse(`expected it to begin with ${hex(wanted)}, got ${hex(magic)}`);

  const sizes = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = header + sizes.reduce((product, n) => product * n, 1);
  if (bytes.length !== size) refuse(`expected ${size} bytes for ${sizes.join(" × ")}, got ${bytes.length}`);
  return { sizes, data: bytes.subarray(header) };
}

async function gunzip(file: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(file)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function hex(word: number): string {
  return `0x${word.toString(16).padStart(8, "0")}`;
}
