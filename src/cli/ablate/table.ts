// The table of an ablation in Markdown.

import type { Grid } from "./grid.ts";
import type { ArmSummary, Share, Spread } from "./summary.ts";

/** @param command that makes it */
export function markdownOf(
  { title, question, samples }: Grid,
  arms: readonly ArmSummary[],
  command: string,
): string {
  const lines = [`# ${title}`, "", question, ""];
  for (const weights of ["average", "raw"] as const) {
    const shown = arms.filter((arm) => arm.weights === weights);
    if (shown.length === 0) continue;
    lines.push(`## ${weights === "average" ? "Average of G" : "G itself"}`, "");
    lines.push(
      row(
        "arm",
        "images",
        "runs",
        "modes covered",
        "strict",
        "effective",
        "rejects",
        "distance",
        "≥ 90 % of modes",
        "≤ half",
        "nearly one image",
      ),
      row(...new Array<string>(11).fill("---")),
    );
    for (const { label, seeds, modes, points } of shown) {
      const point = points.at(-1)!;
      lines.push(
        row(
          label,
          String(point.images),
          String(seeds.length),
          `${spread(point.covered, 1)} of ${modes}`,
          spread(point.strict, 1),
          spread(point.effective, 1),
          spread(scaled(point.rejects, 100), 0, " %"),
          spread(point.distance, 2),
          share(point.most),
          share(point.half),
          share(point.oneImage),
        ),
      );
    }
    lines.push("", "Modes covered at the end, by seed:", "");
    for (const { label, seeds, covered } of shown)
      lines.push(`- ${label}: ${covered.join(" ")} (seeds ${seeds[0]} to ${seeds.at(-1)})`);
    lines.push("");
  }
  lines.push(
    `At the end of each arm; table.json has every census. Median (lowest to highest) over the runs; ${samples} samples a census. Strict: modes with a quarter of their fair share. Effective: exp of the entropy. Distance: mean pairwise pixel distance, reals being 1. The last three columns: runs of all runs, with Wilson's 95 % interval; nearly one image: distance below 0.2.`,
    "",
    `Made by \`${command}\`.`,
    "",
  );
  return lines.join("\n");
}

const row = (...cells: string[]): string => `| ${cells.join(" | ")} |`;

const scaled = ({ low, median, high }: Spread, by: number): Spread => ({
  low: low * by,
  median: median * by,
  high: high * by,
});

/** Whole numbers stay whole. */
function spread({ low, median, high }: Spread, digits: number, unit = ""): string {
  const number = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(digits));
  return `${number(median)}${unit} (${number(low)} to ${number(high)})`;
}

const share = ({ hits, of, low, high }: Share): string =>
  `${hits} of ${of} (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %)`;
