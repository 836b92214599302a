// Where images shown lie on a slider whose steps are moments of a run, and not images.

/** The place of `images` among moments: 1.5 lies half-way from the second to the third. What lies outside is at an end. */
export function placeAmong(moments: readonly { images: number }[], images: number): number {
  const after = moments.findIndex((each) => each.images >= images);
  if (after <= 0) return after < 0 ? moments.length - 1 : 0;
  const [a, b] = [moments[after - 1]!.images, moments[after]!.images];
  return after - 1 + (images - a) / (b - a);
}

/** CSS pixels of the thumb, whose middle moves over the width less one thumb. */
export const thumb = 16;

/** CSS pixels from the left to the thumb's middle where it stands at `place` of a slider from 0 to `last`. */
export const thumbAt = (place: number, last: number, width: number): number =>
  thumb / 2 + ((width - thumb) * place) / Math.max(1, last);
