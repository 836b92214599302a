// A chart in words and as a table, for those who can't see it and for spreadsheets.

import type { StatName, StatsRow } from "../../worker/protocol.ts";
import { images, square } from "../words/format.ts";
import type { ChartSpec } from "./charts.ts";
import type { Curve } from "./curves.ts";
import { counted, measure } from "./numbers.ts";
import { sidesOf, type TwinRows } from "./twin.ts";

/** What the chart shows, e.g. "Losses up to 12 000 images, at 16×16. D −1.2, rising; G 0.4, level. …" */
export function summarize(spec: ChartSpec, curves: readonly Curve[], rows: readonly StatsRow[]): string {
  const last = rows.at(-1);
  if (!last) return `${spec.title}: nothing measured yet.`;
  const lines = spec.lines.map(({ label }, i) => {
    const { smooth } = curves[i]!;
    const drawn = smooth.filter(({ y }) => Number.isFinite(y));
    return `${label} ${drawn.length > 0 ? `${measure(drawn.at(-1)!.y)}, ${trend(drawn.map(({ y }) => y))}` : "not measured"}`;
  });
  const faults = notes(curves).map((note) => ` ${note}.`);
  return `${spec.title} up to ${images(last.images)}, at ${square(last.resolution)}. ${lines.join("; ")}. Smoothed means over ${basis(spec, curves)}.${faults.join("")}`;
}

/** How the last tenth of a line compares with the tenth before it. */
function trend(values: readonly number[]): "rising" | "falling" | "level" {
  const part = Math.max(1, Math.floor(values.length / 10));
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const spread = Math.max(...values) - Math.min(...values);
  if (values.length < 2 * part || spread === 0) return "level";
  const change = mean(values.slice(-part)) - mean(values.slice(-2 * part, -part));
  if (Math.abs(change) < 0.02 * spread) return "level";
  return change > 0 ? "rising" : "falling";
}

/** The steps that the lines rest on, e.g. "12 400 steps" or "D 5 000 steps, G 1 000 steps". */
export function basis({ lines }: ChartSpec, curves: readonly Curve[]): string {
  const steps = curves.map((curve) => curve.steps);
  if (steps.every((n) => n === steps[0])) return counted(steps[0] ?? 0, "step");
  return steps.map((n, i) => `${lines[i]!.label} ${counted(n, "step")}`).join(", ");
}

/** What is not drawn, and why. */
export function notes(curves: readonly Curve[]): string[] {
  const broken = curves.reduce((sum, curve) => sum + curve.broken.length, 0);
  const leftOut = curves.reduce((sum, curve) => sum + curve.leftOut, 0);
  const list: string[] = [];
  if (broken > 0) list.push(`${counted(broken, "point")} not finite, ticked red`);
  if (leftOut > 0) list.push(`${counted(leftOut, "value")} of 0 or less left out of the logarithmic axis`);
  return list;
}

/** Every row with mean, standard deviation and steps of the chart's statistics, comma-separated; of twins, both. */
export function toCsv(rows: readonly StatsRow[], names: readonly StatName[], twin?: TwinRows): string {
  const head = [...(twin ? ["run"] : []), "images", "step", "resolution", "alpha"];
  const columns = names.flatMap((name) => [`${name}_mean`, `${name}_std`, `${name}_n`]);
  const lines = sidesOf(rows, twin).map(({ side, row: { images, step, resolution, alpha, stats } }) => {
    const cells = names.flatMap((name) => [
      stats[name]?.mean ?? "",
      stats[name]?.std ?? "",
      stats[name]?.n ?? "",
    ]);
    return [...(twin ? [side] : []), images, step, resolution, alpha, ...cells].join(",");
  });
  return [[...head, ...columns].join(","), ...lines, ""].join("\n");
}
