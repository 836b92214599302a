// A GPU that is lost takes everything on it along. What that is called, whichever command found out first.

import { Trouble } from "../gan/errors.ts";
import type { Session } from "./session.ts";

/** Milliseconds in which a device that is lost says so, after what was asked of it has failed. */
const grace = 500;

/** Why something failed: where the device is lost, that, and not the words in which the browser gave up. */
export async function causeOf(error: unknown, { engine, run }: Session): Promise<unknown> {
  if (error instanceof Trouble || !engine.lost) return error;
  const waited = new Promise<undefined>((resolve) => setTimeout(resolve, grace));
  const loss = await Promise.race([engine.lost, waited]);
  return loss && loss.reason !== "destroyed" ? lossTrouble(loss.message, run.step) : error;
}

export function lossTrouble(message: string, step: number): Trouble {
  return new Trouble(
    `The GPU was reset at step ${step}: ${message.replace(/\.$/, "") || "no reason was given"}.`,
    "Start a new run; a smaller batch or smaller networks ask less of the GPU.",
  );
}
