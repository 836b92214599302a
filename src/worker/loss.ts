// What the page is told when the GPU is lost under a run.

import { Trouble } from "../gan/errors.ts";
import type { Loss } from "../gpu/engine.ts";
import { grace, lossTrouble } from "../gpu/loss.ts";
import type { Session } from "./session.ts";

/** Why something failed: where the device is lost, that, and not the words in which the browser gave up. */
export async function causeOf(error: unknown, { engine, run }: Session): Promise<unknown> {
  if (error instanceof Trouble || !engine.lost) return error;
  const waited = new Promise<undefined>((resolve) => setTimeout(resolve, grace));
  const loss = await Promise.race([engine.lost, waited]);
  return loss && loss.reason !== "destroyed" ? runLost(loss, run.step) : error;
}

export function runLost(loss: Loss, step: number): Trouble {
  return lossTrouble(loss, step, "Start a new run; a smaller batch or smaller networks ask less of the GPU.");
}
