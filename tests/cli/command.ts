// Commands as processes of their own.

import { type ChildProcess, spawn } from "node:child_process";

export interface Outcome {
  code: number | null;
  /** What it printed, and what it complained of. */
  text: string;
  errors: string;
}

/** Runs npm run train to its end. */
export const train = (args: readonly string[], onOutput?: Hears): Promise<Outcome> =>
  command("train", args, onOutput);

/** Hears all that was printed so far. */
type Hears = (child: ChildProcess, said: string) => void;

/** Runs a command to its end. */
export function command(name: string, args: readonly string[], onOutput?: Hears): Promise<Outcome> {
  const child = spawn(process.execPath, ["src/cli/launch/run.mjs", name, ...args]);
  let [text, errors] = ["", ""];
  child.stdout.on("data", (part) => {
    text += String(part);
    onOutput?.(child, text);
  });
  child.stderr.on("data", (part) => (errors += String(part)));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, text, errors })));
}
