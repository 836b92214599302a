// The end of the bench's conversation that is in the process of a contestant: lines of JSON in, one marked line out for each.

import readline from "node:readline";
import { answerMark, type Call } from "./calls.ts";

/** Answers calls until there are no more, then ends the process: Dawn would keep Node alive. */
export async function answerCalls(work: (call: Call) => Promise<unknown>): Promise<never> {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const answer = await work(JSON.parse(line) as Call).then(
      (value) => ({ value }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    process.stdout.write(`${answerMark}${JSON.stringify(answer)}\n`);
  }
  process.exit();
}
