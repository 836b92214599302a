// A contestant as a process of its own: one line of JSON in, one line of JSON out, marked as such. Engines set tfjs and
// WebGPU up in different ways, so that each has a process to itself; PyTorch's program speaks the same way.

import fs from "node:fs";
import { answerCalls } from "./answers.ts";
import type { Setup } from "./calls.ts";
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

await answerCalls(async ({ call, steps = 0 }) => {
  if (gpu && !adapter) throw new Error("WebGPU finds no adapter here");
  return contestant[call](steps);
});
