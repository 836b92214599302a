// What lies behind the lines of a chart: a band for each phase, hatched while it fades in, and numbered changes.

import type { AnnotationOptions } from "chartjs-plugin-annotation";
import { color } from "chart.js/helpers";
import type { FlipEvent, Phase } from "../../worker/protocol.ts";
import type { Colors } from "./colors.ts";

/** What is marked, and how far the x axis reaches. */
interface Marked {
  phases: readonly Phase[];
  events: readonly FlipEvent[];
  twin?: { events: readonly FlipEvent[] };
  end: number;
}

/** Bands and flags up to `end` images; the flags of a twin bear its letter. */
export function marksOf({ phases, events, twin, end }: Marked, colors: Colors): AnnotationOptions[] {
  const begun = phases.filter(({ start }) => start < end);
  return [
    ...begun.map((phase, i) => band(phase, i, end, colors)),
    ...events.filter(({ images }) => images <= end).map((event, i) => flag(event, i + 1, colors)),
    ...(twin?.events ?? []).map((event, i) => flag(event, i + 1, colors, "B")),
  ];
}

function band(
  { resolution, kind, start, end }: Phase,
  index: number,
  last: number,
  colors: Colors,
): AnnotationOptions {
  const depth = Math.ceil(index / 2);
  const shade = color(colors.muted)
    .alpha(depth % 2 === 0 ? 0.04 : 0.12)
    .rgbString();
  return {
    type: "box",
    xMin: start,
    xMax: Math.min(end, last),
    backgroundColor: kind === "fade" ? hatch(shade, color(colors.muted).alpha(0.45).rgbString()) : shade,
    borderWidth: 0,
    drawTime: "beforeDatasetsDraw",
    label: {
      display: kind === "stabilise",
      content: String(resolution),
      position: { x: "center", y: "start" },
      color: colors.muted,
      font: { size: 11, weight: "normal" },
      padding: 2,
    },
  };
}

function flag({ images }: FlipEvent, number: number, colors: Colors, side = ""): AnnotationOptions {
  return {
    type: "line",
    scaleID: "x",
    value: images,
    borderColor: colors.warn,
    borderWidth: 1,
    borderDash: [2, 2],
    label: {
      display: true,
      content: `${side}${number}`,
      position: "end",
      // Changes close to each other: their numbers take turns in three rows.
      yAdjust: -16 * ((number - 1) % 3),
      backgroundColor: colors.warn,
      color: colors.bg,
      font: { size: 10, weight: "bold" },
      padding: { x: 4, y: 1 },
    },
  };
}

/** Hatchings made so far; there are two shades in each theme. */
const hatchings = new Map<string, CanvasPattern>();

/** Diagonal lines over a flat shade. */
function hatch(shade: string, line: string): CanvasPattern {
  const name = `${shade} ${line}`;
  const pattern = hatchings.get(name) ?? drawHatching(shade, line);
  hatchings.set(name, pattern);
  return pattern;
}

function drawHatching(shade: string, line: string): CanvasPattern {
  const size = 8;
  const tile = new OffscreenCanvas(size, size);
  const context = tile.getContext("2d")!;
  context.fillStyle = shade;
  context.fillRect(0, 0, size, size);
  context.strokeStyle = line;
  context.beginPath();
  // The stroke goes on past the corners, so that tiles join without gaps.
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift - 1, size + 1);
    context.lineTo(shift + size + 1, -1);
  }
  context.stroke();
  return context.createPattern(tile, "repeat")!;
}
