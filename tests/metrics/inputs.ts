// Samples for tests of metrics, and what every report must hold.

import { expect } from "vitest";
import { shapes16 } from "../../src/data/shapes16.ts";
import { createStream } from "../../src/gan/random.ts";
import type { Figure, MetricName } from "../../src/metrics/figures.ts";
import type { Floor } from "../../src/metrics/floor.ts";
import type { Outcome, Report, SampleInput } from "../../src/metrics/report.ts";
import { featureSet } from "../../src/metrics/samples.ts";

export const count = 96;
/** Options that keep tests short. */
export const cheap = { featureWidth: 16, gaussianWidth: 8, directions: 16, patchesPerImage: 16 };

/** Images of shapes-16 in [-1,1]. */
export function shapes(from: number, count: number, wanted = (_mode: number) => true, size = 8): SampleInput {
  const source = shapes16.open(3);
  const pixels = new Float32Array(count * size * size * 3);
  for (let i = 0, index = from; i < count; index++)
    if (wanted(source.modeOf!(index))) source.write(index, size, pixels, i++ * size * size * 3);
  return { pixels, shape: [count, size, size, 3] };
}

export function take({ pixels, shape: [N, H, W, C] }: SampleInput, indices: ArrayLike<number>): SampleInput {
  const length = pixels.length / N;
  const taken = new Float32Array(indices.length * length);
  for (let i = 0; i < indices.length; i++)
    taken.set(pixels.subarray(indices[i]! * length, (indices[i]! + 1) * length), i * length);
  return { pixels: taken, shape: [indices.length, H, W, C] };
}

export function repeat(input: SampleInput, different: number): SampleInput {
  return take(
    input,
    Array.from({ length: input.shape[0] }, (_, i) => i % different),
  );
}

export function filled(count: number, value: number): SampleInput {
  return { pixels: new Float32Array(count * 8 * 8 * 3).fill(value), shape: [count, 8, 8, 3] };
}

export function gaussian(stream: number, N: number, F: number) {
  return featureSet(createStream(stream, "test").normal(new Float32Array(N * F)), [N, F]);
}

export function figuresOf(report: Report, metric: MetricName): Figure[] {
  const outcome = report.outcomes.find((outcome) => outcome.metric === metric)!;
  return "figures" in outcome ? outcome.figures : [];
}

export function floorOf({ floor }: Outcome): Floor {
  if (floor && "bands" in floor) return floor;
  throw new Error(floor?.trouble.message ?? "no floor");
}

/** Every metric has either finite figures or two sentences. */
export function answers(report: Report): void {
  expect(report.outcomes.length).toBeGreaterThan(0);
  for (const outcome of report.outcomes)
    if ("figures" in outcome)
      for (const { name, value, standardError = 0 } of outcome.figures)
        expect(Number.isFinite(value + standardError), name).toBe(true);
    else
      for (const sentence of [outcome.trouble.message, outcome.trouble.remedy])
        expect(sentence).toMatch(/^[A-Z\d].*\.$/);
}
