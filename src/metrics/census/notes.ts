// What a reader of a census must know besides its numbers, in sentences.

import { sumOf } from "./expected.ts";

export interface Note {
  kind:
    | "no-samples"
    | "few-samples"
    | "not-finite"
    | "constant"
    | "one-image"
    | "nearly-one-image"
    | "none-accepted"
    | "merged";
  text: string;
}

/** Below this share of the reals' distance every census of the first screening showed one image, or nearly. */
const collapsed = 0.2;

/** What there is to say of the samples themselves. */
export function notesOn(facts: {
  images: Float32Array;
  count: number;
  size: number;
  channels: number;
  counts: Int32Array;
  broken: number;
  distance: number | null;
  /** Modes that real data covers at this count, in the median. */
  realCovered: number;
}): Note[] {
  const { images, count, size, channels, counts, broken, distance, realCovered } = facts;
  const K = counts.length;
  if (count === 0)
    return [{ kind: "no-samples", text: "No samples were given, so nothing can be said of the model." }];

  const notes: Note[] = [];
  if (realCovered < K)
    notes.push({
      kind: "few-samples",
      text: `${numbered(count, "sample")} can't show all ${K} modes: as many real images cover ${realCovered}.`,
    });
  if (broken > 0)
    notes.push({
      kind: "not-finite",
      text: `${broken} of ${numbered(count, "image")} hold numbers that are not finite; they are counted as rejects. The model has diverged.`,
    });
  const whole = count - broken;
  const flat = flatImages(images, count, size, channels);
  if (whole > 0 && flat === whole)
    notes.push({
      kind: "constant",
      text: `${flat === 1 ? "The image is" : "All images are each"} of one colour from edge to edge, so they show no mode.`,
    });
  if (whole > 1 && distance !== null) {
    if (distance < 1e-6)
      notes.push({ kind: "one-image", text: "All samples are one and the same image: z is ignored." });
    else if (distance < collapsed)
      notes.push({
        kind: "nearly-one-image",
        text: `All samples are nearly one image: they differ ${(100 * distance).toFixed(0)} % as much as real ones.`,
      });
  }
  if (whole > 0 && sumOf(counts) === 0)
    notes.push({
      kind: "none-accepted",
      text: "No sample is like any mode: the model has not learnt them yet, or has lost them. KL is not defined then.",
    });
  return notes;
}

/** Images that are one colour from edge to edge, to half a step of a byte. */
function flatImages(images: Float32Array, count: number, size: number, channels: number): number {
  let flat = 0;
  for (let n = 0; n < count; n++) {
    const start = n * size;
    let same = true;
    for (let i = 0; same && i < size; i++)
      same = Math.abs(images[start + i]! - images[start + (i % channels)]!) < 1 / 255;
    if (same) flat++;
  }
  return flat;
}

const numbered = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;
