// What the page knows of the sample that is looked at closely, and what it has asked for.

import type { Command, Found, Inspect, LookAt, Moment, Notice, Report, Side } from "../../worker/protocol.ts";

const own = ["inspected", "uninspected", "retracing"] as const satisfies Report["type"][];
export type InspectionReport = Extract<Report, { type: (typeof own)[number] }>;

/** Whether a report is about samples that were looked at. */
export const isOfInspection = (report: Report): report is InspectionReport =>
  (own as readonly string[]).includes(report.type);

export type FoundOf<T extends Found["type"]> = Extract<Found, { type: T }>;

export class Inspection {
  /** The cell that was chosen, and whose; none while nothing is looked at. */
  chosen = $state.raw<{ side: Side; cell: number }>();
  /** The moment of the past that is looked at; undefined: the newest, when it was asked for. */
  at = $state.raw<LookAt>();
  sample = $state.raw<FoundOf<"sample">>();
  between = $state.raw<FoundOf<"between">>();
  pairs = $state.raw<FoundOf<"pairs">>();
  /** What is being looked for. */
  pending = $state<Inspect["type"]>();
  /** Steps to that moment that have been taken again, of how many. */
  retraced = $state.raw<{ done: number; total: number }>();
  /** Why what was asked for last can't be told. */
  notice = $state.raw<Notice>();
  #id = 0;

  /** @param send takes commands to the worker */
  constructor(private readonly send: (command: Command) => void) {}

  /**
   * Looks at a sample.
   * @param at the moment on screen where that is one of the past, else as it is now
   * @param exactly however many steps must be taken again
   */
  choose(side: Side, cell: number, at?: Moment, exactly = false): void {
    if (this.chosen?.side !== side) [this.sample, this.pairs] = [undefined, undefined];
    this.between = undefined;
    this.chosen = { side, cell };
    this.at = at && { step: at.step, eventsMade: at.eventsMade, exactly };
    this.#ask({ type: "sample", cell });
  }

  /** Looks at the chosen sample once more, or at another moment. */
  again(at?: Moment, exactly?: boolean): void {
    if (this.chosen) this.choose(this.chosen.side, this.chosen.cell, at, exactly);
  }

  /** Whether it is this moment that is looked at. */
  isAt(moment?: Moment): boolean {
    return this.at?.step === moment?.step && this.at?.eventsMade === moment?.eventsMade;
  }

  /** Looks at what lies between the chosen sample and another one. */
  goTo(to: number): void {
    if (this.chosen) this.#ask({ type: "between", from: this.chosen.cell, to });
  }

  /** Takes the birthday test. */
  pairUp(): void {
    if (this.chosen) this.#ask({ type: "pairs" });
  }

  close(): void {
    this.#id++; // what was asked for is not waited for
    [this.chosen, this.pending, this.notice] = [undefined, undefined, undefined];
    [this.sample, this.between, this.pairs] = [undefined, undefined, undefined];
  }

  receive(report: InspectionReport): void {
    if (report.id !== this.#id) return;
    if (report.type === "retracing") {
      this.retraced = report;
      return;
    }
    this.pending = undefined;
    if (report.type === "uninspected") {
      this.notice = report.notice;
      return;
    }
    const { found } = report;
    if (found.type === "sample") this.sample = found;
    else if (found.type === "between") this.between = found;
    else this.pairs = found;
  }

  #ask(what: Inspect): void {
    [this.pending, this.notice, this.retraced] = [what.type, undefined, undefined];
    this.send({ type: "inspect", id: ++this.#id, of: this.chosen!.side, what, at: this.at });
  }
}
