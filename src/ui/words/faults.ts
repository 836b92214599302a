// What went wrong, as the page shows it: what happened, what to do, and for bugs where.

import type { Moment, Notice, Report } from "../../worker/protocol.ts";
import { count } from "./format.ts";

type Failed = Extract<Report, { type: "failed" }>;

export interface Fault extends Notice {
  /**
   * What it stopped: setting up a run, taking up or branching one, leaving one that can't be saved, the run ("lost": by a GPU that failed more than
   * once), or only a change or a fork, an export, or what was done to the runs that are kept.
   */
  kind: "start" | "open" | "unsaved" | "training" | "lost" | "diverged" | "flip" | "export" | "runs";
  /** The last moment known to be sound, of a run that diverged. */
  good?: Moment;
  /** Present on bugs only: for a report to whoever can mend it. */
  stack?: string;
}

/** What a command's failure stopped. Any other's stopped the run. */
const kinds: Partial<Record<Failed["during"], Fault["kind"]>> = {
  open: "open",
  branch: "open",
  flip: "flip",
  fork: "flip",
  endTwin: "flip",
  export: "export",
  cancel: "export",
  list: "runs",
  takeIn: "runs",
  tie: "runs",
  rename: "runs",
  remove: "runs",
  keep: "runs",
};

/** A failure that the worker reported while the page was `starting` a run or not. */
export function faultOf({ during, error, lost, unsaved }: Failed, starting: boolean): Fault {
  const { message, remedy } = error;
  const kind = lost ? "lost" : unsaved ? "unsaved" : (kinds[during] ?? (starting ? "start" : "training"));
  if (remedy !== undefined) return { kind, message, remedy };
  return {
    kind,
    message: `${error.name}: ${message}`,
    remedy: "This is a fault of the page itself. Reload it to go on.",
    stack: error.stack,
  };
}

/** Numbers that are no longer finite (they never become finite again). */
export function divergence({ step, tensor, good }: Extract<Report, { type: "diverged" }>): Fault {
  return {
    kind: "diverged",
    message: `Training diverged at step ${count(step)}.`,
    remedy:
      `First non-finite value: ${tensor}. Last good state: step ${count(good.step)}. ` +
      "Smaller learning rates or a stronger penalty usually help.",
    good: { step: good.step, eventsMade: good.eventsMade },
  };
}
