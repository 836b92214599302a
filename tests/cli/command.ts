// npm run train as a process of its own.

import { type ChildProcess, spawn } from "node:child_process";

export interface Outcome {
  code: number | null;
  /** What it printed, and what it complained of. */
  text: string;
  errors: string;
}

/** Runs the command to its end. @param onOutput hears all that was printed so far */
export function train(
  args: readonly string[],
  onOutput?: (child: ChildProcess, said: string) => void,
): Promise<Outcome> {
  const child = spawn(process.execPath, ["src/cli/run.mjs", "train", ...args]);
  let [text, errors] = ["", ""];
  child.stdout.on("data", (part) => {
    text += String(part);
    onOutput?.(child, text);
  });
  child.stderr.on("data", (part) => (errors += String(part)));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, text, errors })));
}
