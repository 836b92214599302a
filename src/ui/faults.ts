// What went wrong, as the page shows it: what happened, what to do, and for bugs where.

import type { Failure, Notice, Report } from "../worker/protocol.ts";

export interface Fault extends Notice {
  /** What it stopped: setting up a run, the run, or only a change or an export. */
  kind: "start" | "training" | "diverged" | "flip" | "export";
  /** Present on bugs only: for a report to whoever can mend it. */
  stack?: string;
}

/** A failure that the worker reported while the page was `starting` a run or not. */
export function faultOf(
  during: Extract<Report, { type: "failed" }>["during"],
  error: Failure,
  starting: boolean,
): Fault {
  const { message, remedy } = error;
  const kind =
    during === "flip"
      ? "flip"
      : during === "export" || during === "cancel"
        ? "export"
        : starting
          ? "start"
          : "training";
  if (remedy !== undefined) return { kind, message, remedy };
  return {
    kind,
    message: `${error.name}: ${message}`,
    remedy: "This is a fault of the page itself. Reload it to go on.",
    stack: error.stack,
  };
}

/** Numbers that are no longer finite (they never become finite again). */
export function divergence(step: string, tensor: string): Fault {
  return {
    kind: "diverged",
    message: `Training diverged at step ${step}.`,
    remedy: `First non-finite value: ${tensor}. Smaller learning rates or a stronger penalty usually help.`,
  };
}
