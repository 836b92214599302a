// What the worker draws of the run: samples of the fixed z, real images, and which G was asked for.

import type { Command, Grid, Report, Weights } from "../worker/protocol.ts";

export type Drawn = Extract<Report, { type: "samples" | "reals" }>;

/** Whether a report is a picture of the run. */
export const isDrawn = (report: Report): report is Drawn =>
  report.type === "samples" || report.type === "reals";

export class Showing {
  /** Tiles in a row of a grid. */
  columns = $state(8);
  samples = $state.raw<{ images: number; alpha: number; weights: Weights; grid: Grid }>();
  reals = $state.raw<{ images: number; grid: Grid }>();
  /** Which G was asked for; `samples.weights` says which one is on screen. */
  weights = $state<Weights>("average");
  /** The samples on screen belong to the run before. */
  stale = $state(false);

  /** @param send takes commands to the worker */
  constructor(private readonly send: (command: Command) => void) {}

  show(weights: Weights): void {
    this.weights = weights;
    this.send({ type: "show", weights });
  }

  /** Another run is live. */
  begin(columns: number): void {
    this.columns = columns;
    this.stale = this.samples !== undefined;
    if (this.weights === "raw") this.show("raw");
  }

  receive(report: Drawn): void {
    if (report.type === "reals") {
      this.reals = { images: report.images, grid: report.grid };
      return;
    }
    this.samples = report;
    this.stale = false;
  }
}
