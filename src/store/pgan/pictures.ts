// The grids of samples that a timeline keeps, as PNG files beside a run's numbers.

import { Trouble } from "../../gan/errors.ts";
import type { FrameCard } from "./manifest.ts";

/** Where pictures lie in the archive, or in the run's folder. */
export const pictureFolder = "atlas/";

/** The picture of a frame. Its name tells the moment, so that a run and its checkpoints can share the file. */
export function pictureName({ step, eventsMade }: Pick<FrameCard, "step" | "eventsMade">): string {
  return `${pictureFolder}s${String(step).padStart(9, "0")}_e${String(eventsMade).padStart(4, "0")}.png`;
}

/** The bytes as a file of their own. */
export const pngOf = (bytes: Uint8Array): Blob =>
  new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/png" });

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Rows of tiles in a picture, at most. */
const mostRows = 64;

/**
 * Whether `png` claims to be a grid of the frame's tiles. What is in it is for its decoder to see.
 * @throws Trouble when it is no such picture: a small file may unfold to a huge one
 */
export function checkPicture(png: Uint8Array, frame: FrameCard): void {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  if (png.length < 33 || signature.some((byte, i) => png[i] !== byte) || view.getUint32(12) !== 0x49484452)
    throw refused(frame, "is no PNG");
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, color] = [view.getUint8(24), view.getUint8(25)];
  const { resolution: R, columns } = frame;
  if (width !== columns * R || height % R !== 0 || height === 0 || height > mostRows * R)
    throw refused(frame, `is ${width} by ${height} pixels`);
  if (depth !== 8 || (color !== 0 && color !== 2)) throw refused(frame, "is not of 8 bits, grey or RGB");
}

function refused({ step }: FrameCard, why: string): Trouble {
  return new Trouble(
    `This checkpoint is damaged: the picture of step ${step} ${why}.`,
    "Use another copy of the file.",
  );
}
