// The measuring itself: see metrics.mjs.

import { shapes64 } from "../../src/data/shapes64.ts";
import { createStream } from "../../src/gan/random.ts";
import type { FeatureKind } from "../../src/metrics/features.ts";
import { metricNames } from "../../src/metrics/figures.ts";
import type { Floor } from "../../src/metrics/floor.ts";
import { createEvaluator, type SampleInput } from "../../src/metrics/report.ts";

/** Milliseconds of the processor by metric, for one number of samples and of features. */
export function timeMetrics(resolution: number, count: number, featureWidth: number, repeats: number): void {
  const reals = shapes(0, count, resolution);
  const fakes = shapes(count, count, resolution);
  const least: Record<string, number> = {};
  const time = (name: string, run: () => unknown) => {
    const start = process.cpuUsage().user;
    run();
    least[name] = Math.min(least[name] ?? Infinity, (process.cpuUsage().user - start) / 1000);
  };

  for (let repeat = 0; repeat < repeats; repeat++) {
    const evaluator = createEvaluator(reals, { featureWidth });
    time("features of the reals", () => evaluator.reference.features());
    for (const metric of metricNames) {
      if (metric === "slicedWasserstein" && repeat) continue; // seconds
      // The first finds out about the reals. Both compute the features of the fakes anew.
      time(`${metric}, reals first`, () => evaluator.report(fakes, [metric]));
      if (metric !== "slicedWasserstein") time(metric, () => evaluator.report(fakes, [metric]));
    }
    time("live metrics together", () => evaluator.report(fakes));
  }
  console.log(`${resolution} px, ${count} reals and fakes, ${featureWidth} features`);
  for (const [name, ms] of Object.entries(least)) console.log(`${name}: ${Math.round(ms)} ms`);
}

/** How many half bands each figure is away from its floor's mean, for reals with a known fault. */
export function findFaults(resolution: number): void {
  const count = 512;
  const [reals, pool, fresh] = [0, 10_000, 50_000].map((from, i) =>
    shapes(from, i === 1 ? 4 * count : count, resolution),
  ) as [SampleInput, SampleInput, SampleInput];
  const faults: Record<string, SampleInput> = {
    none: fresh,
    "half of the modes": shapes(50_000, count, resolution, (mode) => mode % 2 === 0),
    "one mode of 64 missing": shapes(50_000, count, resolution, (mode) => mode !== 5),
    "2×2 blur": changed(fresh, blur),
    "noise of 0.1": changed(fresh, (image) => {
      const noise = createStream(1, "noise").normal(new Float32Array(image.length));
      return image.map((value, i) => value + 0.1 * noise[i]!);
    }),
    "10 % darker": changed(fresh, (image) => image.map((value) => (value + 1) * 0.9 - 1)),
    "32 images, 16 times each": repeated(fresh, 32),
  };
  for (const featureKind of ["random-conv", "pixels"] as FeatureKind[]) {
    const evaluator = createEvaluator(reals, { featureKind, directions: 16 });
    const floors = evaluator.measureFloors(metricNames, count, pool, 8);
    console.log(`\n${featureKind}: half bands above the floor's mean`);
    for (const [fault, fakes] of Object.entries(faults)) {
      const cells = evaluator.report(fakes, metricNames, floors).outcomes.flatMap((outcome) => {
        if ("trouble" in outcome) return [`${outcome.metric}: ${outcome.trouble.message}`];
        return outcome.figures.map(({ name, value }) => {
          const { mean, high } = (outcome.floor as Floor).bands[name]!;
          return `${name} ${value.toPrecision(3)} (${((value - mean) / (high - mean)).toFixed(1)})`;
        });
      });
      console.log(`${fault}: ${cells.join(", ")}`);
    }
  }
}

/** Images of shapes-64 from place `from` on, of the modes that are wanted. */
function shapes(
  from: number,
  count: number,
  resolution: number,
  wanted: (mode: number) => boolean = () => true,
): SampleInput {
  const source = shapes64.open(3);
  const length = resolution ** 2 * source.channels;
  const pixels = new Float32Array(count * length);
  for (let i = 0, index = from; i < count; index++)
    if (wanted(source.modeOf!(index))) source.write(index, resolution, pixels, i++ * length);
  return { pixels, shape: [count, resolution, resolution, source.channels] };
}

type Change = (pixels: Float32Array, side: number, channels: number) => Float32Array;

function changed({ pixels, shape }: SampleInput, change: Change): SampleInput {
  return { pixels: change(pixels as Float32Array, shape[1], shape[3]), shape };
}

function repeated({ pixels, shape }: SampleInput, different: number): SampleInput {
  const part = (pixels as Float32Array).subarray(0, (pixels.length / shape[0]) * different);
  return { pixels: Float32Array.from(pixels, (_, i) => part[i % part.length]!), shape };
}

/** Every pixel becomes the mean of its block. */
function blur(pixels: Float32Array, side: number, channels: number): Float32Array {
  const at = (row: number, x: number, c: number) => (row * side + x) * channels + c;
  return pixels.map((_, i) => {
    const c = i % channels;
    const x = 2 * Math.floor((Math.floor(i / channels) % side) / 2);
    const row = 2 * Math.floor(Math.floor(i / channels / side) / 2); // rows of all images, an even number each
    const block = [at(row, x, c), at(row, x + 1, c), at(row + 1, x, c), at(row + 1, x + 1, c)];
    return block.reduce((sum, place) => sum + pixels[place]!, 0) / 4;
  });
}
