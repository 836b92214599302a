// The moments a timeline keeps. Memory is bounded, so old moments where nothing happened make room.

/** As much of a moment as decides whether it stays. */
interface Kept {
  images: number;
  resolution: number;
  /** Changes made since the frame before. */
  events: readonly unknown[];
}

/** Frames kept of a run. */
export const frameLimit = 240;

/** The newest frames are left alone, so that the recent past stays dense. */
const recent = 32;

/**
 * `frames` with `frame` at the end, and at most `limit` of them. Kept as long as anything else can go: the first
 * and the newest frames, frames with events, and the first at each resolution. Of the others the one
 * whose neighbours lie closest together goes.
 * @param kept a frame that must stay whatever happens, e.g. the one being looked at
 */
export function addFrame<Frame extends Kept>(
  frames: readonly Frame[],
  frame: Frame,
  limit = frameLimit,
  kept?: Frame,
): readonly Frame[] {
  const all = [...frames, frame];
  if (all.length <= limit) return all;

  const goes = leastMissed(all, kept);
  return all.toSpliced(goes, 1);
}

function leastMissed(frames: readonly Kept[], kept: Kept | undefined): number {
  const lastOld = Math.max(1, frames.length - 1 - Math.min(recent, frames.length >> 1));
  let best = 1;
  let least = Infinity;
  for (let i = 1; i < lastOld; i++) {
    const before = frames[i - 1]!;
    const here = frames[i]!;
    const after = frames[i + 1]!;
    if (here === kept) continue;
    const eventful = here.events.length > 0 || here.resolution !== before.resolution;
    const gap = after.images - before.images + (eventful ? 1e12 : 0);
    if (gap < least) [best, least] = [i, gap];
  }
  return best;
}
