// The plot of an ablation as SVG: modes covered against images shown, the median of each arm in its band.

import type { Grid } from "./grid.ts";
import type { ArmSummary, Point } from "./summary.ts";

const width = 760;
const plot = { left: 56, right: 250, top: 48, bottom: 48, height: 320 };
/** Told apart by colour, dashes and a name at the end of the line. */
const strokes = ["#0b63b5", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#0e7490", "#be123c", "#404040"];
const dashes = ["", "6 3", "2 3", "8 3 2 3"];

/** Of the average of G. */
export function svgOf({ title, arms: all }: Grid, summaries: readonly ArmSummary[]): string {
  const arms = summaries.filter(({ weights }) => weights === "average");
  const modes = Math.max(1, ...arms.map((arm) => arm.modes));
  const end = Math.max(1, ...arms.flatMap(({ points }) => points.map(({ images }) => images)));
  const inner = width - plot.left - plot.right;
  const x = (images: number) => plot.left + (inner * images) / end;
  const y = (covered: number) => plot.top + plot.height * (1 - covered / modes);
  const height = plot.top + plot.height + plot.bottom;

  const grid = ticks(modes).map(
    (covered) =>
      `<line x1="${plot.left}" x2="${plot.left + inner}" y1="${y(covered)}" y2="${y(covered)}" stroke="#ddd"/>` +
      label(plot.left - 8, y(covered) + 4, String(covered), "end"),
  );
  const times = ticks(end).map((images) =>
    label(x(images), plot.top + plot.height + 18, images.toLocaleString("en"), "middle"),
  );
  const flips = [...new Set(all.flatMap(({ changes }) => changes.map(({ images }) => images)))].map(
    (images) =>
      `<line x1="${x(images)}" x2="${x(images)}" y1="${plot.top}" y2="${plot.top + plot.height}" stroke="#999" stroke-dasharray="2 4"/>`,
  );
  const ends = spreadOut(arms.map(({ points }) => y(points.at(-1)!.covered.median)));
  const lines = arms.map(({ label: name, points, seeds }, i) => {
    const stroke = strokes[i % strokes.length]!;
    const path = (of: (point: Point) => number, list: readonly Point[]) =>
      list.map((point) => `${x(point.images).toFixed(1)},${y(of(point)).toFixed(1)}`);
    const band = [
      ...path(({ covered }) => covered.low, points),
      ...path(({ covered }) => covered.high, [...points].reverse()),
    ];
    const dash = dashes[i % dashes.length]!;
    return [
      `<polygon points="${band.join(" ")}" fill="${stroke}" opacity="0.1"/>`,
      `<polyline points="${path(({ covered }) => covered.median, points).join(" ")}" fill="none" stroke="${stroke}" stroke-width="2"${dash && ` stroke-dasharray="${dash}"`}/>`,
      label(x(points.at(-1)!.images) + 8, ends[i]! + 4, `${name} (${seeds.length})`, "start", stroke),
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
<rect width="${width}" height="${height}" fill="#fff"/>
${label(plot.left, 20, title, "start", "#111")}
${label(plot.left, 37, `Modes covered of ${modes}, average of G: median, lowest and highest over runs (how many)`, "start", "#555")}
${[...grid, ...times, ...flips, ...lines].join("\n")}
${label(plot.left + inner / 2, height - 10, "images shown to D", "middle", "#555")}
</svg>
`;
}

/** Round numbers from 0 up to `most`. */
function ticks(most: number): number[] {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 4, 5, 10].find((factor) => factor * power >= rough)! * power);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

/** Heights of labels, at least a line apart, in the order of their lines. */
function spreadOut(heights: readonly number[]): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a]! - heights[b]!);
  const placed = [...heights];
  let last = -Infinity;
  for (const i of order) last = placed[i] = Math.max(heights[i]!, last + 15);
  return placed;
}

const label = (x: number, y: number, text: string, anchor: string, fill = "#333"): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${fill}">${escaped(text)}</text>`;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
