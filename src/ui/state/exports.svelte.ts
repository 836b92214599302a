// Files in the making: asked of the worker, followed, and handed to the person.

import type { Command, ExportKind, Report } from "../../worker/protocol.ts";

export interface Job {
  id: number;
  what: ExportKind;
  done: number;
  /** 0 until the worker has said how much there is to do. */
  total: number;
}

export type ExportsReport = Extract<Report, { type: "exporting" | "exported" | "cancelled" }>;

/** Whether a report is about files in the making. */
export const isOfExports = (report: Report): report is ExportsReport =>
  ["exporting", "exported", "cancelled"].includes(report.type);

export class Exports {
  jobs = $state.raw<readonly Job[]>([]);
  #last = 0;

  /**
   * @param send takes commands to the worker
   * @param save hands a finished file to the person
   * @param onsave hears that a person saves a whole run
   */
  constructor(
    private readonly send: (command: Command) => void,
    private readonly save: (name: string, file: Blob) => void,
    private readonly onsave: () => void = () => {},
  ) {}

  start(what: ExportKind): void {
    if (what.type === "checkpoint" || what.type === "run") this.onsave();
    const id = ++this.#last;
    this.jobs = [...this.jobs, { id, what, done: 0, total: 0 }];
    this.send({ type: "export", id, what });
  }

  cancel(id: number): void {
    this.send({ type: "cancel", id });
  }

  receive(report: ExportsReport): void {
    const { id } = report;
    if (report.type === "exporting") {
      const { done, total } = report;
      this.jobs = this.jobs.map((job) => (job.id === id ? { ...job, done, total } : job));
      return;
    }
    this.jobs = this.jobs.filter((job) => job.id !== id);
    if (report.type === "exported") this.save(report.name, report.file);
  }

  /** Job `id` will not be finished; without an id, none will. */
  fail(id?: number): void {
    this.jobs = this.jobs.filter((job) => id !== undefined && job.id !== id);
  }
}
