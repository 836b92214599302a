// One chart on a canvas, drawn by Chart.js when told to and never by itself.

import {
  Chart,
  type ChartConfiguration,
  type ChartDataset,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  type Plugin,
  PointElement,
} from "chart.js";
import { color } from "chart.js/helpers";
import annotation from "chartjs-plugin-annotation";
import type { FlipEvent, Phase, Side } from "../../worker/protocol.ts";
import { count } from "../words/format.ts";
import { type ChartSpec, strokeOf } from "./charts.ts";
import { type Colors, readColors } from "./colors.ts";
import type { Curve, Point } from "./curves.ts";
import { marksOf } from "./marks.ts";
import { measure } from "./numbers.ts";

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale, Filler, annotation);

export interface View {
  /** One for each line of the spec. */
  curves: Curve[];
  /** The same of the twin, where there is one. */
  twin?: { curves: Curve[]; events: readonly FlipEvent[] };
  phases: readonly Phase[];
  events: readonly FlipEvent[];
  /** Where the x axis ends, images shown. */
  end: number;
  /** Lowest and highest value on the y axis; without it, all there are. */
  range?: { min: number; max: number };
}

export interface Plot {
  show(view: View): void;
  /** CSS pixels from the canvas's left edge to where `images` lies; undefined if it lies outside. */
  place(images: number): number | undefined;
  /** Images shown at `x` CSS pixels from the left edge. */
  imagesAt(x: number): number;
  destroy(): void;
}

type Dataset = ChartDataset<"line", Point[]>;
type Config = ChartConfiguration<"line", Point[]>;

/** An empty chart. `onresize` is called when its size has changed and it should be shown anew. */
export function createPlot(canvas: HTMLCanvasElement, spec: ChartSpec, onresize: () => void): Plot {
  let view: View | undefined;
  let colors = readColors();
  const chart = new Chart<"line", Point[]>(canvas, {
    type: "line",
    data: { datasets: [] },
    options: { ...still, onResize: onresize },
    plugins: [brokenTicks(() => ({ view, colors }))],
  });

  return {
    show(next) {
      view = next;
      colors = readColors();
      chart.data.datasets = datasetsOf(spec, next, colors);
      chart.options.scales = scalesOf(spec, next, colors);
      chart.options.plugins = {
        annotation: { annotations: marksOf(next, colors) },
      };
      chart.update("none");
    },
    place(images) {
      const { left, right } = chart.chartArea;
      const x = chart.scales.x?.getPixelForValue(images) ?? NaN;
      return x >= left && x <= right + 0.5 ? x : undefined;
    },
    imagesAt: (x) => Math.max(0, Math.min(view?.end ?? 0, chart.scales.x?.getValueForPixel(x) ?? 0)),
    destroy: () => chart.destroy(),
  };
}

/** Nothing moves, nothing is parsed, nothing listens: 2,000 points a line are drawn in a few milliseconds. */
const still: Config["options"] = {
  animation: false,
  parsing: false,
  normalized: true,
  responsive: true,
  maintainAspectRatio: false,
  events: [],
  elements: { point: { radius: 0, hitRadius: 0 }, line: { borderWidth: 1.5, tension: 0 } },
};

/** Averages on top, then what they were made from, then their bands, which two runs on one chart do without. */
function datasetsOf({ lines, band }: ChartSpec, { curves, twin }: View, colors: Colors): Dataset[] {
  const smoothOf = (curves: readonly Curve[], side?: Side) =>
    lines.map((line, i): Dataset => ({
      data: curves[i]!.smooth,
      borderColor: colors[line.color],
      borderWidth: strokeOf(line, side).width,
      borderDash: strokeOf(line, side).dash,
      // A single point has no line to be seen by.
      pointRadius: curves[i]!.smooth.length === 1 ? 3 : 0,
    }));
  const rawOf = (curves: readonly Curve[]) =>
    lines.map((line, i): Dataset => ({
      data: curves[i]!.raw,
      borderColor: color(colors[line.color]).alpha(0.25).rgbString(),
      borderWidth: 1,
    }));
  if (twin)
    return [...smoothOf(curves, "A"), ...smoothOf(twin.curves, "B"), ...rawOf(curves), ...rawOf(twin.curves)];
  const smooth = smoothOf(curves);
  const raw = rawOf(curves);
  const bands = lines.flatMap((line, i): Dataset[] => [
    { data: curves[i]!.low, borderWidth: 0 },
    {
      data: curves[i]!.high,
      borderWidth: 0,
      backgroundColor: color(colors[line.color]).alpha(0.15).rgbString(),
      fill: "-1",
    },
  ]);
  return [...smooth, ...raw, ...(band ? bands : [])];
}

function scalesOf(
  { log }: ChartSpec,
  { curves, twin, end, range }: View,
  colors: Colors,
): NonNullable<Config["options"]>["scales"] {
  const grid = { color: color(colors.muted).alpha(0.2).rgbString() };
  const font = { size: 11 };
  const measured = [...curves, ...(twin?.curves ?? [])].some(({ raw }) => raw.length > 0);
  return {
    x: {
      type: "linear",
      min: 0,
      max: end,
      grid: { display: false },
      ticks: {
        color: colors.muted,
        font,
        maxTicksLimit: 5,
        includeBounds: false,
        precision: 0,
        display: measured,
        maxRotation: 0,
        callback: (value) => count(Number(value)),
      },
    },
    y: {
      type: log ? "logarithmic" : "linear",
      min: range?.min,
      max: range?.max,
      grid,
      // All charts one above the other: their x axes must begin at the same place.
      afterFit: (scale) => (scale.width = 48),
      ticks: {
        color: colors.muted,
        font,
        maxTicksLimit: 6,
        display: measured,
        includeBounds: false,
        callback: (value) => measure(Number(value)),
      },
    },
  };
}

/** Red ticks on the x axis where a value was not finite. */
function brokenTicks(state: () => { view: View | undefined; colors: Colors }): Plugin<"line"> {
  return {
    id: "broken-ticks",
    afterDatasetsDraw({ ctx, chartArea, scales: { x } }) {
      const { view, colors } = state();
      if (!view || !x) return;
      ctx.fillStyle = colors.bad;
      for (const { broken } of [...view.curves, ...(view.twin?.curves ?? [])])
        for (const images of broken) ctx.fillRect(x.getPixelForValue(images) - 1, chartArea.bottom - 8, 2, 8);
    },
  };
}
