// A GPU that is reset, or refuses a command, goes on answering: with numbers that are worth nothing.

import { Trouble } from "../gan/errors.ts";
import type { Loss, OpenEngine } from "../gpu/engine.ts";

/** Milliseconds in which a device that is lost says so, after what was asked of it has failed. */
const grace = 500;

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
    trouble = lossTrouble(loss, step());
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

function lossTrouble({ reason, message }: Loss, step: number): Trouble {
  const what = {
    destroyed: "was closed",
    lost: "was reset",
    "out-of-memory": "ran out of memory",
    error: "refused a command",
  }[reason];
  const why = message.split("\n")[0]!.replace(/\.$/, "") || "no reason was given";
  return new Trouble(
    `The GPU ${what} at step ${step}: ${why}.`,
    "Go on from the last snapshot with --resume, or start a new run with a smaller batch or smaller networks.",
  );
}
