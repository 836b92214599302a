// The line that is printed at every tick: fixed fields, in the order in which they are read.

import type { Run } from "../../gan/run.ts";
import { phases } from "../../gan/settings/schedule.ts";
import type { StatsRow } from "../../gan/statistics/stats.ts";

export interface StatusLine {
  /** Steps begin, or go on after something else was done: that is not their time. */
  start(): void;
  /** Seconds a step took since `start`. */
  secPerStep(): number;
  line(row: StatsRow): string;
}

export function createStatusLine(run: Pick<Run, "step" | "config">): StatusLine {
  let tick = 0;
  const began = performance.now();
  let at = { ms: began, step: run.step };
  return {
    start() {
      at = { ms: performance.now(), step: run.step };
    },
    secPerStep() {
      return (performance.now() - at.ms) / 1000 / Math.max(1, run.step - at.step);
    },
    line({ images, step, resolution, alpha, secPerStep, stats }) {
      const seconds = (performance.now() - began) / 1000;
      const imagesPerStep = images / Math.max(1, step);
      const left = Math.max(0, run.config.images - images) / imagesPerStep;
      // Larger resolutions take longer, how much is not known.
      const slows = phases(run.config).some(
        (phase) => phase.start >= images && phase.start < run.config.images && phase.resolution > resolution,
      );
      const stat = (name: keyof typeof stats) =>
        (stats[name] ? stats[name].mean.toFixed(3) : "-").padStart(7);
      return [
        `tick ${String(++tick).padEnd(4)}`,
        `images ${String(images).padEnd(8)}`,
        `${resolution}×${resolution} α ${alpha.toFixed(2)}`.padEnd(13),
        `D(real) ${stat("scoreReal")}`,
        `D(fake) ${stat("scoreFake")}`,
        `lossD ${stat("lossD")}`,
        `lossG ${stat("lossG")}`,
        `sec/step ${secPerStep.toFixed(3)}`,
        `time ${duration(seconds)}`,
        `left ${slows ? "over" : "about"} ${duration(left * secPerStep)}`,
      ].join("  ");
    },
  };
}

function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${String(s % 60).padStart(2, "0")}s`;
  return `${Math.floor(s / 3600)}h ${String(Math.floor(s / 60) % 60).padStart(2, "0")}m`;
}
