// What the page knows of keeping runs: which one is live and how safe it is, and those that wait on the disk.

import type { Command, Notice, Report, RunCard, RunEntry, Storage, Verdict } from "../worker/protocol.ts";

const own = [
  "saved",
  "unsaved",
  "verified",
  "library",
  "replaying",
  "recovering",
  "recovered",
] as const satisfies Report["type"][];
export type KeepingReport = Extract<Report, { type: (typeof own)[number] }>;

/** Whether a report is about keeping runs. */
export const isOfKeeping = (report: Report): report is KeepingReport =>
  (own as readonly string[]).includes(report.type);

export class Keeping {
  /** The run that is live. */
  card = $state.raw<RunCard>();
  /** The newest state that is kept, and when it was written. */
  saved = $state.raw<{ images: number; step: number; at: Date }>();
  /** Why the last try to save failed. */
  unsaved = $state.raw<Notice>();
  /** Whether the run that was taken up is the same run; undefined until that is checked. */
  verdict = $state.raw<Verdict>();
  /** The runs that are kept, once they were asked for, and how much room there is. */
  runs = $state.raw<readonly RunEntry[]>();
  storage = $state.raw<Storage>();
  /** Steps being taken again, on the way to a moment of the past. */
  replaying = $state.raw<{ done: number; total: number }>();
  /** The GPU was lost and is being opened again; then, what that cost. */
  recovering = $state.raw<Notice>();
  recovered = $state.raw<{ step: number; redone: number }>();

  constructor(private readonly send: (command: Command) => void) {}

  list(): void {
    this.send({ type: "list" });
  }

  rename(id: string, name: string): void {
    this.send({ type: "rename", id, name });
  }

  remove(id: string): void {
    this.send({ type: "remove", id });
  }

  /** Saves the live run now. */
  keep(): void {
    this.send({ type: "keep" });
  }

  /** Another run is live. */
  begin(card: RunCard): void {
    this.card = card;
    [this.saved, this.unsaved, this.verdict] = [undefined, undefined, undefined];
    [this.replaying, this.recovering, this.recovered] = [undefined, undefined, undefined];
  }

  receive(report: KeepingReport): void {
    switch (report.type) {
      case "saved":
        this.saved = { images: report.images, step: report.step, at: new Date() };
        this.unsaved = undefined;
        break;
      case "unsaved":
        this.unsaved = report.notice;
        break;
      case "verified":
        this.verdict = report.verdict;
        break;
      case "library":
        this.runs = report.runs;
        this.storage = report.storage;
        break;
      case "replaying":
        this.replaying = report;
        break;
      case "recovering":
        this.recovering = report.notice;
        this.recovered = undefined;
        break;
      case "recovered":
        this.recovering = undefined;
        this.recovered = report;
        break;
      default:
        report satisfies never;
    }
  }
}
