// The table of the discrete mode test in Markdown: modes and KL per column, beside what real data scores.

import { spreadOf } from "../ablate/summary.ts";
import { columns, paperImages } from "./columns.ts";

/** What one run came to: a file of its own in DIR/runs. */
export interface Result {
  column: string;
  K: number;
  seed: number;
  /** Shown by columns that do not grow; and by this one. */
  images: number;
  shown: number;
  samples: number;
  /** Every sample counted for its likeliest digits, KL against uniform: as the paper counts. */
  paper: Counts;
  /** By this project's census: rejects are counted for no mode, KL is against the data's frequencies. */
  census: Counts & { rejects: number };
  /** The same of G before its first step: what noise scores. */
  untrained: { paper: Counts; census: Counts & { rejects: number } };
  seconds: number;
  losses: object;
  /** Numbers in D and in G. */
  sizeD: number;
  sizeG: number;
}

export interface Counts {
  covered: number;
  kl: number | null;
}

/** What as many real images score, in the same two ways. */
export interface Floor {
  paper: Counts;
  covered: { low: number; median: number; high: number };
  kl: { low: number; median: number; high: number };
  rejects: { low: number; median: number; high: number };
  /** Expected KL of real images that are all accepted, exactly. */
  bias: number;
}

/** @param command that makes it */
export function tableOf(results: readonly Result[], floor: Floor, command: string): string {
  const [{ samples, images }] = results as [Result, ...Result[]];
  const lines = [
    "# Stacked MNIST, the discrete mode test",
    "",
    `${samples} samples of the average of G each. Paper's count: every sample is counted for its likeliest digits, KL is against uniform. Census: a sample that is no three digits is a reject, KL is against the data's frequencies. Median (lowest to highest) over seeds. Untrained: the same networks before their first step, as the paper's count takes noise for digits.`,
    "",
    row("D", "column", "seeds", "images", "modes, paper's count", "KL", "modes, census", "KL", "rejects"),
    row(...new Array<string>(9).fill("---")),
    row(
      "",
      "real data",
      "",
      String(samples),
      String(floor.paper.covered),
      number(floor.paper.kl),
      range(floor.covered),
      range(floor.kl, 3),
      range(percent(floor.rejects, samples), 1, " %"),
    ),
  ];
  for (const K of [...new Set(results.map(({ K }) => K))].sort((a, b) => b - a))
    for (const { name, label } of columns) {
      const made = results.filter((result) => result.K === K && result.column === name);
      if (made.length === 0) continue;
      for (const trained of [false, true]) lines.push(rowOf(made, samples, label, trained));
    }
  const sizes = [...new Set(results.map(({ K, column, sizeD }) => `K/${K} ${column} ${sizeD}`))];
  return [
    ...lines,
    "",
    `The paper shows ${paperImages} images in runs that don't grow and draws 25600 samples, with 8 seeds; here ${images} images (${((100 * images) / paperImages).toPrecision(2)} % of that), ${samples} samples. KL of ${samples} real samples is ${number(floor.bias)} on average by chance alone.`,
    "",
    `What differs from the paper: ${differing}`,
    "",
    `Weights and biases of D: ${sizes.join(", ")}; of G: ${[...new Set(results.map(({ sizeG }) => sizeG))].join(", ")}.`,
    "",
    `Made by \`${command}\`.`,
    "",
  ].join("\n");
}

/** A column's row: at its end, or before its first step. */
function rowOf(made: readonly Result[], samples: number, label: string, trained: boolean): string {
  const [{ K, shown }] = made as [Result, ...Result[]];
  const counted = made.map((result) => (trained ? result : result.untrained));
  const spread = (of: (result: Result["untrained"]) => number | null, digits = 0, unit = "") => {
    const values = counted.map(of);
    return values.includes(null) ? "undefined" : range(spreadOf(values as number[]), digits, unit);
  };
  return row(
    `K/${K}`,
    trained ? label : `${label}, untrained`,
    String(made.length),
    trained ? String(shown) : "0",
    spread(({ paper }) => paper.covered),
    spread(({ paper }) => paper.kl, 3),
    spread(({ census }) => census.covered),
    spread(({ census }) => census.kl, 3),
    spread(({ census }) => (100 * census.rejects) / samples, 1, " %"),
  );
}

/** For the table and --help. */
export const differing =
  "no batch normalisation, which the paper's first columns have in both networks (this project has no such layer); no unrolling; the GAN column is the non-saturating loss without a penalty and one D step a G step, with the other columns' networks and settings; G's output is linear instead of tanh, its leaky ReLU's slope 0.2 instead of 0.3; minibatch stddev in groups of 4 instead of the whole batch; digits are drawn from 20000 of MNIST's 60000; the classifier is this project's; the learning rate rises linearly; ramp-up, fades, phases and the half-life of the average of G scale with --images; one set of samples, not the mean of ten.";

const row = (...cells: string[]): string => `| ${cells.join(" | ")} |`;

const number = (value: number | null): string => (value === null ? "undefined" : value.toFixed(3));

type Spread = { low: number; median: number; high: number };

const percent = ({ low, median, high }: Spread, of: number): Spread => ({
  low: (100 * low) / of,
  median: (100 * median) / of,
  high: (100 * high) / of,
});

function range({ low, median, high }: Spread, digits = 0, unit = ""): string {
  const text = (value: number) => value.toFixed(digits);
  return low === high ? `${text(median)}${unit}` : `${text(median)}${unit} (${text(low)} to ${text(high)})`;
}
