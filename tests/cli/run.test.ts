// npm run train and its like: what a person sees who asks for something that is not there.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const script = path.resolve(import.meta.dirname, "../../src/cli/launch/run.mjs");
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });

test("without a command, or with one that is not there, it lists the commands and fails", () => {
  for (const args of [[], ["bake"], ["../evil"], ["args"]]) {
    const { status, stdout, stderr } = run(...args);
    expect({ args, status, stdout }).toEqual({ args, status: 1, stdout: "" });
    expect(stderr).toMatch(/^(No command was named|There is no command ".*")\.\nThe commands are:\n/);
    expect(stderr).not.toContain("    at "); // no stack
  }
});

test("--help succeeds", () => {
  const { status, stdout } = run("--help");
  expect({ status, stdout: stdout.split("\n")[0] }).toEqual({ status: 0, stdout: "The commands are:" });
});
