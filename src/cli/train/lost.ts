// A GPU that is reset, or refuses a command, goes on answering: with numbers that are worth nothing.

import { Trouble } from "../../gan/errors.ts";
import type { OpenEngine } from "../../gpu/engine.ts";
import { grace, lossTrouble } from "../../gpu/loss.ts";

const remedy =
  "Go on from the last snapshot with --resume, or start a new run with a smaller batch or smaller networks.";

export interface Lifeline {
  /**
   * What `work` comes to, if the engine is still sound then.
   * @throws Trouble when it is not
   */
  during<T>(work: Promise<T>): Promise<T>;
  /** Why something failed: the loss of the engine, where that is behind it. */
  causeOf(error: unknown): Promise<unknown>;
}

/** Watches over an engine. @param step tells the step that is being taken */
export function watchOver({ lost }: Pick<OpenEngine, "lost">, step: () => number): Lifeline {
  let trouble: Trouble | undefined;
  const waiting = new Set<(trouble: Trouble) => void>(); // Promise.race would keep every result until the loss
  const heard = lost?.then((loss) => {
    if (loss.reason === "destroyed") return;
    trouble = lossTrouble(loss, step(), remedy);
    for (const reject of waiting) reject(trouble);
  });

  return {
    async during<T>(work: Promise<T>) {
      const result = await new Promise<T>((resolve, reject) => {
        waiting.add(reject);
        void work.then(resolve, reject).finally(() => waiting.delete(reject));
        if (trouble) reject(trouble);
      });
      // A command that was refused on the way is told of in a task of its own.
      if (lost) await new Promise((resolve) => setImmediate(resolve));
      if (trouble) throw trouble;
      return result;
    },
    async causeOf(error) {
      if (error instanceof Trouble || !heard) return error;
      await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, grace))]);
      return trouble ?? error;
    },
  };
}
