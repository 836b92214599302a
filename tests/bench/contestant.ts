// One engine at one size, measured: the part of the bench that runs in a process of its own.

import { type Inputs, type Case, comparedSteps } from "./cases.ts";
import { engines, type Racer } from "./engines/index.ts";
import { installMeter, type Meter } from "./meter.ts";
import { median, type Row } from "./rows.ts";

/** What an engine says once it is warm. */
export interface Begun {
  device: string;
  threads?: number;
  firstStepMs: number;
  losses: Row["losses"];
  /** Of a step, roughly: to choose how many to time at once. */
  stepMs: number;
  startBytes: number | null;
}

/** What it says in the end. */
export interface Ended {
  dispatchesPerStep: number | null;
  peakBytes: number | null;
  kernels?: Record<string, number>;
}

/** Anything that takes part: in this process, in one of its own, or PyTorch. */
export interface Contestant {
  /** Takes the first steps, and those after which it is at full speed. */
  begin(): Promise<Begun>;
  /** Milliseconds a step, of `steps` steps one after the other and the waiting for them. */
  time(steps: number): Promise<number>;
  /** Milliseconds of JavaScript a step, the median of `steps`, or of as many as there is patience for. */
  js(steps: number): Promise<number>;
  end(): Promise<Ended>;
}

/** Steps after the compared ones that nobody measures. */
const warmSteps = 3;

/** How long JavaScript is timed at most, milliseconds. */
const patience = 5000;

let meter: Meter | undefined;

/**
 * @param adapter for engines on WebGPU, whose globals must be there
 * @param quick takes fewer steps to warm up
 */
export function contestantHere(
  engine: string,
  of: Case,
  inputs: Inputs,
  adapter: GPUAdapter | undefined,
  quick: boolean,
): Contestant {
  let racer: Racer | undefined;
  const onGpu = engines[engine]!.runs === "webgpu";
  const timed = async () => {
    const began = performance.now();
    await racer!.step();
    await racer!.settled();
    return performance.now() - began;
  };
  if (onGpu) meter ??= installMeter();
  const held = () => (onGpu ? meter!.peak : (racer!.bytes?.() ?? null));
  return {
    async begin() {
      const begin = await engines[engine]!.load!();
      if (meter) meter.peak = meter.bytes = 0;
      racer = await begin(of, inputs, adapter);
      const firstStepMs = await timed();
      const losses = [await racer.losses()];
      const warm: number[] = [];
      for (let i = 1; i < comparedSteps; i++) {
        warm.push(await timed());
        losses.push(await racer.losses());
      }
      await racer.warm?.();
      for (let i = 0; i < (quick ? 1 : warmSteps); i++) warm.push(await timed());
      const { device, threads } = racer;
      const startBytes = held();
      if (meter) meter.peak = meter.bytes;
      return { device, threads, firstStepMs, losses, stepMs: Math.min(...warm), startBytes };
    },

    async time(steps) {
      const began = performance.now();
      for (let i = 0; i < steps; i++) {
        await racer!.step();
        if (i % 8 === 7) await new Promise((resolve) => setImmediate(resolve)); // as training does, to let messages in
      }
      await racer!.settled();
      return (performance.now() - began) / steps;
    },

    async js(steps) {
      const times: number[] = [];
      const end = performance.now() + patience;
      for (let i = 0; i < steps && performance.now() < end; i++) {
        const began = performance.now();
        await racer!.step();
        times.push(performance.now() - began);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return median(times);
    },

    async end() {
      if (!onGpu) return { dispatchesPerStep: null, peakBytes: held() };
      const { dispatches } = meter!;
      await racer!.step();
      return {
        dispatchesPerStep: meter!.dispatches - dispatches,
        peakBytes: held(),
        kernels: racer!.kernels?.(),
      };
    },
  };
}
