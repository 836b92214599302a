// A strip: the pictures of a run one below the other in one PNG, one pixel a pixel, each as wide as its resolution makes it.

import { checks } from "./checks.ts";
import { columns } from "./recording.ts";

/** Pixel row at which each picture begins, and size of the whole strip. */
export function layOutStrip(resolutions: readonly number[]): {
  tops: number[];
  width: number;
  height: number;
} {
  const tops: number[] = [];
  let height = 0;
  for (const resolution of resolutions) {
    tops.push(height);
    height += columns * resolution;
  }
  return { tops, width: columns * Math.max(0, ...resolutions), height };
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Looks at the head of a PNG, before a browser unfolds it.
 * @throws Trouble when it is none, or not of this size
 */
export function checkStripHead(
  file: string,
  bytes: Uint8Array,
  size: { width: number; height: number },
): void {
  const isPng = bytes.length >= 33 && signature.every((byte, i) => bytes[i] === byte);
  if (!isPng) checks.refuse(file, undefined, "a PNG");
  const head = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [head.getUint32(16), head.getUint32(20)];
  if (width !== size.width || height !== size.height)
    checks.refuse(file, `${width}×${height} pixels`, `${size.width}×${size.height}`);
}
