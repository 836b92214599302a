// How the networks grow. Pure arithmetic: images shown in, stage out.

import type { Config } from "./config.ts";

/** A stretch of the run at one resolution: fading in, or stable. */
export interface Phase {
  resolution: number;
  kind: "fade" | "stabilise";
  /** First image of the phase, and first image after it (Infinity for the last phase). */
  start: number;
  end: number;
}

/** Where a run stands. */
export interface Stage {
  /** Resolution that G makes and D sees, pixels a side. */
  resolution: number;
  /** Weight of the newest layers, from 0 to 1. */
  alpha: number;
  /** Whether the layers of half the resolution are still blended in. */
  fading: boolean;
  phase: Phase;
}

type Schedule = Pick<Config, "from" | "to" | "imagesPerPhase" | "imagesPerFade">;

/** All phases of a run: stable at the first resolution, then for each doubling a fade and a stable phase. */
export function phases({ from, to, imagesPerPhase, imagesPerFade }: Schedule): Phase[] {
  const list: Phase[] = [{ resolution: from, kind: "stabilise", start: 0, end: imagesPerPhase }];
  for (let resolution = from * 2; resolution <= to; resolution *= 2) {
    const start = list.at(-1)!.end;
    list.push({ resolution, kind: "fade", start, end: start + imagesPerFade });
    list.push({
      resolution,
      kind: "stabilise",
      start: start + imagesPerFade,
      end: start + imagesPerFade + imagesPerPhase,
    });
  }
  list.at(-1)!.end = Infinity;
  return list;
}

/**
 * The stage after `images` have been shown (§2 and appendix A of Karras et al. 2018).
 * @param fadeIn whether the resolution that is current fades in; without it the new layers count fully at once,
 *   and the phases keep their lengths
 */
export function stageAt(images: number, schedule: Schedule, fadeIn = true): Stage {
  const phase = phases(schedule).find(({ end }) => images < end)!;
  const fading = phase.kind === "fade" && fadeIn;
  const alpha = fading ? (images - phase.start) / (phase.end - phase.start) : 1;
  return { resolution: phase.resolution, alpha, fading, phase };
}

/** What the schedule knows of a run. */
interface Standing {
  images: number;
  config: Schedule;
  /** Newest resolution that has layers, and whether it fades in. */
  resolution: number;
  fadesIn: boolean;
}

/** The stage that a run is to be in. */
export const scheduledAt = ({ images, config, fadesIn }: Omit<Standing, "resolution">): Stage =>
  stageAt(images, config, fadesIn);

/** The stage that a run is in: at the very end of a phase it stays there until it grows. */
export function stageOf(run: Standing): Stage {
  const stage = scheduledAt(run);
  const { resolution } = run;
  if (stage.resolution <= resolution) return stage;
  const phase = phases(run.config).findLast((phase) => phase.resolution === resolution)!;
  return { resolution, alpha: 1, fading: false, phase };
}
