// What the page knows of the sample that is looked at closely, and what it has asked for.

import type { Command, Found, Inspect, Notice, Report, Side } from "../../worker/protocol.ts";

const own = ["inspected", "uninspected"] as const satisfies Report["type"][];
export type InspectionReport = Extract<Report, { type: (typeof own)[number] }>;

/** Whether a report is about samples that were looked at. */
export const isOfInspection = (report: Report): report is InspectionReport =>
  (own as readonly string[]).includes(report.type);

export type FoundOf<T extends Found["type"]> = Extract<Found, { type: T }>;

export class Inspection {
  /** The cell that was chosen, and whose; none while nothing is looked at. */
  chosen = $state.raw<{ side: Side; cell: number }>();
  sample = $state.raw<FoundOf<"sample">>();
  between = $state.raw<FoundOf<"between">>();
  pairs = $state.raw<FoundOf<"pairs">>();
  /** What is being looked for. */
  pending = $state<Inspect["type"]>();
  /** Why what was asked for last can't be told. */
  notice = $state.raw<Notice>();
  #id = 0;

  /** @param send takes commands to the worker */
  constructor(private readonly send: (command: Command) => void) {}

  /** Looks at a sample as it is now. @param reviewing whether a moment of the past is on screen, whose weights are gone */
  choose(side: Side, cell: number, reviewing: boolean): void {
    if (this.chosen?.side !== side) [this.sample, this.pairs] = [undefined, undefined];
    this.between = undefined;
    this.chosen = { side, cell };
    if (!reviewing) this.#ask({ type: "sample", cell });
  }

  /** Looks at the chosen sample once more. */
  again(): void {
    if (this.chosen) this.choose(this.chosen.side, this.chosen.cell, false);
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
    [this.pending, this.notice] = [what.type, undefined];
    this.send({ type: "inspect", id: ++this.#id, of: this.chosen!.side, what });
  }
}
