// The strip of a stretch as a PNG that is as small as it gets: samples are noise to the last bit, which Huffman codes alone suit best.

import zlib from "node:zlib";
import { blankPicture, drawTile, type Picture, type Tiles } from "../../export/images.ts";
import { columns } from "../../lab/recording.ts";
import { layOutStrip } from "../../lab/strip.ts";

/** Pictures of a run, one below the other, as src/lab/strip.ts lays them out. */
export function stripOf(frames: readonly Tiles[]): Uint8Array<ArrayBuffer> {
  const { tops, width, height } = layOutStrip(frames.map(({ resolution }) => resolution));
  const strip = blankPicture(width, height, frames[0]!.channels);
  frames.forEach((frame, i) => {
    for (let n = 0; n < frame.count; n++) {
      const [x, y] = [n % columns, Math.floor(n / columns)];
      drawTile(strip, frame, n, x * frame.resolution, tops[i]! + y * frame.resolution, 1);
    }
  });
  return packPng(strip);
}

const colourTypes = { 1: 0, 3: 2 } as const;

/** A PNG of the picture, without filters: on samples each of them costs more than it saves (ISO/IEC 15948). */
function packPng({ width, height, channels, data }: Picture): Uint8Array<ArrayBuffer> {
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1)); // each after a byte that names its filter: 0, none
  for (let y = 0; y < height; y++)
    rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);

  const head = Buffer.alloc(13); // the last three: deflate, adaptive filters, not interlaced
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, colourTypes[channels]], 8);
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const chunks = [chunk("IHDR", head), chunk("IDAT", deflated(rows)), chunk("IEND", Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([signature, ...chunks]));
}

/** Repeats are rare and dear in noise. How often codes are made anew (memLevel) is what suits best. */
function deflated(rows: Uint8Array): Buffer {
  const { Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY } = zlib.constants;
  const tries = [Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY].flatMap((strategy) =>
    [6, 7, 8, 9].map((memLevel) => zlib.deflateSync(rows, { level: 9, memLevel, strategy })),
  );
  return tries.reduce((best, each) => (each.length < best.length ? each : best));
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(zlib.crc32(named));
  return Buffer.concat([length, named, sum]);
}
