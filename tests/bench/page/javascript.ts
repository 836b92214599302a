// The part of tests/bench/page/javascript.mjs that runs in the page.

import { type Case, drawInputs } from "../cases.ts";
import { recordedWithKernels } from "../engines/ours.ts";
import { installMeter } from "../meter.ts";

/** Milliseconds of JavaScript of each of `steps` replayed steps of D and G. */
export async function measure(
  of: Case,
  steps: number,
): Promise<{ device: string; dispatches: number; times: number[] }> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("WebGPU finds no adapter here");
  const meter = installMeter();
  const racer = await recordedWithKernels(of, drawInputs(of), adapter);
  const step = async () => {
    const began = performance.now();
    await racer.step();
    const time = performance.now() - began;
    await racer.settled();
    return time;
  };
  await step();
  await racer.warm!();
  for (let i = 0; i < 3; i++) await step();
  const before = meter.dispatches;
  const times: number[] = [];
  for (let i = 0; i < steps; i++) times.push(await step());
  return { device: racer.device, dispatches: (meter.dispatches - before) / steps, times };
}
