// A GPU that is lost takes everything on it along. What that is called, whichever command found out first.

import { Trouble } from "../gan/errors.ts";
import type { Loss } from "./engine.ts";

/** Milliseconds in which a device that is lost says so, after what was asked of it has failed. */
export const grace = 500;

/** The loss in words. @param step the step that was being taken @param remedy what to do about it */
export function lossTrouble({ reason, message }: Loss, step: number, remedy: string): Trouble {
  const what = {
    destroyed: "was closed",
    lost: "was reset",
    "out-of-memory": "ran out of memory",
    error: "refused a command",
  }[reason];
  const why = message.split("\n")[0]!.replace(/\.$/, "") || "no reason was given";
  return new Trouble(`The GPU ${what} at step ${step}: ${why}.`, remedy);
}
