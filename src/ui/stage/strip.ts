// Which moments of a run the timeline shows, how they fall into phases, and where its changes are flagged.

import type { FlipEvent, Frame, Phase } from "../../worker/protocol.ts";

/** Thumbnails of one phase, side by side. */
export interface Group {
  resolution: number;
  /** New layers are being blended in. */
  fading: boolean;
  frames: Frame[];
}

/** A change with its number, the same on the timeline, the charts and in the log. */
export interface Flag {
  number: number;
  event: FlipEvent;
}

/**
 * At most about `limit` of `frames`, evenly spread. The first and the last are among them, and every one that
 * begins a resolution or has seen a change, however many those are.
 */
export function pickFrames(frames: readonly Frame[], limit: number): Frame[] {
  if (frames.length <= limit) return [...frames];
  // A stride of a power of two changes rarely, so that thumbnails stay put while frames come in.
  const stride = 2 ** Math.ceil(Math.log2(frames.length / limit));
  return frames.filter(
    (frame, i) =>
      i % stride === 0 ||
      i === frames.length - 1 ||
      frame.events.length > 0 ||
      frame.resolution !== frames[i - 1]?.resolution,
  );
}

/** Frames in the phases they were made in. A frame at a border belongs to the phase that it ended. */
export function groupByPhase(frames: readonly Frame[], phases: readonly Phase[]): Group[] {
  const groups: Group[] = [];
  let current: Phase | undefined;
  for (const frame of frames) {
    const phase = phases.find(
      ({ resolution, end }) => resolution === frame.resolution && frame.images <= end,
    );
    const group = groups.at(-1);
    if (group && phase === current && group.resolution === frame.resolution) group.frames.push(frame);
    else groups.push({ resolution: frame.resolution, fading: false, frames: [frame] });
    current = phase;
    if (phase?.kind === "fade" && frame.alpha < 1) groups.at(-1)!.fading = true;
  }
  return groups;
}

/** Each change at the first of `frames` that can show it; those too new for any come under undefined. */
export function flagsOf(
  frames: readonly Frame[],
  events: readonly FlipEvent[],
): Map<Frame | undefined, Flag[]> {
  const flags = new Map<Frame | undefined, Flag[]>();
  events.forEach((event, i) => {
    const frame = frames.find(({ step }) => step > event.step);
    const here = flags.get(frame) ?? [];
    flags.set(frame, [...here, { number: i + 1, event }]);
  });
  return flags;
}
