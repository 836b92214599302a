// What the bench and a contestant's process say to each other, and how such a process is started and spoken to.

import { type ChildProcess, spawn } from "node:child_process";
import readline from "node:readline";
import type { Case } from "./cases.ts";
import type { Contestant } from "./contestant.ts";

/** Given to the process as its only argument, as JSON. */
export interface Setup {
  engine: string;
  of: Case;
  /** File of inputs that all share. */
  inputs: string;
  /** Where engines on WebGPU compute: nowhere but in JavaScript, or on the machine's adapter. */
  adapter: "null" | "real" | "none";
  /** Threads for an engine that may choose. */
  threads: number;
  quick: boolean;
}

export interface Call {
  call: keyof Contestant;
  steps?: number;
}

/** Begins a line that is an answer: libraries print, too. */
export const answerMark = "answer ";

/** A process that is silent for so long is given up, milliseconds. */
const patience = 600_000;

/** Switched off, so that the first step compiles its shaders every time. */
const noShaderCaches = { __GL_SHADER_DISK_CACHE: "0", MESA_SHADER_CACHE_DISABLE: "true" };

/** A contestant in a process of its own. */
export interface Remote extends Contestant {
  /** Ends the process, if it has not ended. */
  stop(): void;
}

/** @param command the program and its first arguments */
export function startProcess([program, ...args]: readonly [string, ...string[]], setup: Setup): Remote {
  const child = spawn(program, [...args, JSON.stringify(setup)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...noShaderCaches },
  });
  const complaints: string[] = [];
  readline.createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line));
  child.stdin.on("error", () => {}); // that it is gone is told below
  const ask = asker(child, complaints);
  return {
    begin: () => ask({ call: "begin" }),
    time: (steps) => ask({ call: "time", steps }),
    js: (steps) => ask({ call: "js", steps }),
    end: () => ask({ call: "end" }),
    stop: () => void child.kill("SIGKILL"),
  };
}

function asker(child: ChildProcess, complaints: readonly string[]) {
  const lines = readline.createInterface({ input: child.stdout! });
  let settle: { resolve(value: unknown): void; reject(error: Error): void } | undefined;
  let gone: Error | undefined;
  lines.on("line", (line) => {
    if (!line.startsWith(answerMark)) return;
    const { value, error } = JSON.parse(line.slice(answerMark.length)) as { value?: unknown; error?: string };
    if (error === undefined) settle?.resolve(value);
    else settle?.reject(new Error(error));
  });
  const fail = (error: Error) => {
    gone = error;
    settle?.reject(error);
  };
  child.on("error", fail);
  child.on("close", (code, signal) =>
    fail(new Error(complaints.findLast((line) => /\S/.test(line)) ?? `it ended with ${signal ?? code}`)),
  );
  return <T>(call: Call): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (gone) return reject(gone);
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`no answer within ${patience / 60_000} minutes`));
      }, patience);
      settle = {
        resolve: (value) => (clearTimeout(timer), resolve(value as T)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      };
      child.stdin!.write(`${JSON.stringify(call)}\n`);
    });
}
