// A contestant as a process of its own: one line of JSON in, one line of JSON out, marked as such. Engines set tfjs and
// WebGPU up in different ways, so that each has a process to itself; PyTorch's program speaks the same way.

import fs from "node:fs";
import readline from "node:readline";
import { answerMark, type Call, type Setup } from "./calls.ts";
import { readInputs } from "./cases.ts";
import { contestantHere } from "./contestant.ts";
import { openGpu } from "./gpu.ts";

const setup = JSON.parse(process.argv[2]!) as Setup;
const gpu = setup.adapter === "none" ? undefined : await openGpu(setup.adapter);
const adapter = (await gpu?.requestAdapter({ powerPreference: "high-performance" })) ?? undefined;
const contestant = contestantHere(
  setup.engine,
  setup.of,
  readInputs(fs.readFileSync(setup.inputs)),
  adapter,
  setup.quick,
);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { call, steps = 0 } = JSON.parse(line) as Call;
  let answer: unknown;
  try {
    if (gpu && !adapter) throw new Error("WebGPU finds no adapter here");
    answer = { value: await contestant[call](steps) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${answerMark}${JSON.stringify(answer)}\n`);
}
process.exit(); // Dawn would keep Node alive.
