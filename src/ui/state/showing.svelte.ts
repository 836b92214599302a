// What the worker draws of the run: samples of the fixed z, real images, and which G was asked for; and what it found out
// about them.

import type { Command, Grid, Report, Weights } from "../../worker/protocol.ts";
import { Measures } from "../census/measures.svelte.ts";
import type { History } from "./history.svelte.ts";
import { Inspection, type InspectionReport, isOfInspection } from "../inspector/inspection.svelte.ts";

export type Drawn =
  Extract<Report, { type: "samples" | "reals" | "census" | "uncounted" | "measured" }> | InspectionReport;

/** Whether a report is a picture of the run, or a count of what is on many. */
export const isDrawn = (report: Report): report is Drawn =>
  ["samples", "reals", "census", "uncounted", "measured"].includes(report.type) || isOfInspection(report);

/** The modes of a run at some moment, or why they could not be counted. */
export type Counted = Extract<Report, { type: "census" | "uncounted" }>;

export class Showing {
  /** Tiles in a row of a grid. */
  columns = $state(8);
  samples = $state.raw<{ images: number; alpha: number; weights: Weights; grid: Grid }>();
  reals = $state.raw<{ images: number; grid: Grid }>();
  counted = $state.raw<Counted>();
  readonly measures = new Measures();
  /** Which G was asked for; `samples.weights` says which one is on screen. */
  weights = $state<Weights>("average");
  /** The samples on screen belong to the run before. */
  stale = $state(false);
  /** The sample that is looked at closely. */
  readonly inspection: Inspection;

  /** @param send takes commands to the worker */
  constructor(private readonly send: (command: Command) => void) {
    this.inspection = new Inspection(send);
  }

  show(weights: Weights): void {
    this.weights = weights;
    this.send({ type: "show", weights });
  }

  /** Has samples of the run and its twin measured. @param again and of later censuses, until told otherwise */
  measure(again: boolean): void {
    this.send({ type: "measure", again });
  }

  /** Another run is live. */
  begin(columns: number): void {
    this.columns = columns;
    this.counted = undefined;
    this.inspection.close();
    this.measures.begin();
    this.stale = this.samples !== undefined;
    if (this.weights === "raw") this.show("raw");
  }

  /** @param history of the run */
  receive(report: Drawn, history: Pick<History, "addCensus">): void {
    if (isOfInspection(report)) return this.inspection.receive(report);
    if (report.type === "measured") return this.measures.hear(report);
    if (report.type === "census") history.addCensus(report);
    if (report.type === "census" || report.type === "uncounted") {
      this.counted = report;
      return;
    }
    if (report.type === "reals") {
      this.reals = { images: report.images, grid: report.grid };
      return;
    }
    this.samples = report;
    this.stale = false;
  }
}
