// Measures samples by metrics that need no known modes, one after the other, each beside what real images score.

import { openSource, type ReadPack } from "../../data/catalogue.ts";
import { type Figure, type Meaning, meanings, type MetricName } from "../../metrics/figures.ts";
import type { Band } from "../../metrics/floor.ts";
import { createEvaluator, type Floors, type SampleInput } from "../../metrics/report.ts";
import { drawReals } from "../../metrics/census/calibrate.ts";
import type { Sampled } from "./counter.ts";
import type { Grid } from "../protocol.ts";

/** A number with what it means, and the interval in which one more comparison of reals with reals would lie, 95 times in 100. */
export interface MeasuredFigure extends Figure, Omit<Meaning, "range"> {
  floor?: Band;
}

/** What a metric has to say of samples. */
export interface Measured {
  metric: MetricName;
  /** Samples, and real images that they were compared with. */
  fakes: number;
  reals: number;
  /** Splits of real images behind each floor. */
  splits?: number;
  /** Thread's time, the floor not counted. */
  milliseconds: number;
  figures: MeasuredFigure[];
  /** Why there are no figures. */
  trouble?: { message: string; remedy: string };
  bins?: { shares: { real: number; fake: number; differs: boolean }[]; means: Grid };
}

/** Reals that fakes are compared with. */
const usualReals = 512;
/** Fewer than in the paper, which would take seconds: its 512 directions are as right on average. */
const options = { patchesPerImage: 64, directions: 32 };

export type Measurer = (sampled: Sampled, metric: MetricName) => Promise<Measured>;

/**
 * What is known of the reals of one data set at one resolution is kept until another one is asked for.
 * @param reals that fakes are compared with; twice as many stand behind floors, so that halves are as large
 */
export function createMeasurer(readPack: ReadPack, reals = usualReals): Measurer {
  let opened: (Opened & { name: string }) | undefined;
  return async ({ data, resolution, images, count }, metric) => {
    const name = `${data} ${resolution}`;
    if (opened?.name !== name) opened = { name, ...(await open(data, resolution, readPack, reals)) };
    const { evaluator, pool, channels, floors } = opened;
    const shape = [count, resolution, resolution, channels] as const;
    const fakes: SampleInput = { pixels: images, shape };
    const [outcome] = evaluator.report(fakes, [metric]).outcomes;
    const answer = { metric, fakes: count, reals, milliseconds: outcome!.milliseconds };
    if ("trouble" in outcome!) return { ...answer, figures: [], trouble: outcome.trouble };
    const floor = (floors[`${metric} ${count}`] ??= evaluator.measureFloors([metric], count, pool)[metric]);
    const bands = floor && "bands" in floor ? floor : undefined;
    return {
      ...answer,
      splits: bands?.splits,
      figures: outcome!.figures.map((figure) => told(figure, bands?.bands[figure.name])),
      bins: metric === "bins" ? binsOf(evaluator, fakes, channels) : undefined,
    };
  };
}

type Evaluator = ReturnType<typeof createEvaluator>;

interface Opened {
  evaluator: Evaluator;
  pool: SampleInput;
  channels: 1 | 3;
  /** By metric and number of fakes. */
  floors: Record<string, Floors[MetricName]>;
}

async function open(
  data: Sampled["data"],
  resolution: number,
  readPack: ReadPack,
  reals: number,
): Promise<Opened> {
  const source = await openSource(data, 0, readPack, resolution);
  const { channels } = source;
  const { images } = drawReals(source, resolution, 0, 2 * reals);
  const some = (count: number): SampleInput => ({
    pixels: images.subarray(0, count * resolution ** 2 * channels),
    shape: [count, resolution, resolution, channels],
  });
  return { evaluator: createEvaluator(some(reals), options), pool: some(2 * reals), channels, floors: {} };
}

/** "slicedWasserstein/16" means what "slicedWasserstein" does, at a level of 16 px. */
function told(figure: Figure, floor: Band | undefined): MeasuredFigure {
  const [name, level] = figure.name.split("/");
  const { title, unit, good, source, range } = meanings[name!]!;
  const at = level === undefined ? "" : level === "mean" ? ", mean of levels" : `, ${level} px`;
  // A band knows nothing of what a figure can't be, such as a coverage above 1.
  const within = (value: number) => Math.min(range[1], Math.max(range[0], value));
  const possible = floor && { ...floor, low: within(floor.low), high: within(floor.high) };
  return { ...figure, title: title + at, unit, good, source, floor: possible };
}

function binsOf(evaluator: Evaluator, fakes: SampleInput, channels: 1 | 3): Measured["bins"] {
  const { bins, thumbnails } = evaluator.bins(fakes);
  return {
    shares: bins.map(({ realShare: real, fakeShare: fake, differs }) => ({ real, fake, differs })),
    means: {
      pixels: new Uint8Array(thumbnails.pixels),
      count: thumbnails.count,
      resolution: thumbnails.size,
      channels,
    },
  };
}
