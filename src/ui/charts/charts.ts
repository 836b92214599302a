// What the three charts show: which statistics, in which colours, on which kind of axis.

import type { Side, StatName } from "../../worker/protocol.ts";

export interface Line {
  name: StatName;
  label: string;
  /** Colour token; hue is the network, or what was real. */
  color: "d" | "g" | "real";
  /** Dashed, so that it differs by more than colour. */
  dashed?: boolean;
}

export interface ChartSpec {
  title: string;
  subtitle: string;
  lines: readonly Line[];
  /** Show one standard deviation around each line. */
  band?: boolean;
  /** A logarithmic y axis. */
  log?: boolean;
}

/**
 * How a line is drawn. Of twins A is solid and B dashed; then a line that is dashed otherwise is a thin one.
 * @param side of a pair; none where there is one run
 */
export function strokeOf({ dashed }: Line, side?: Side): { width: number; dash: number[] } {
  const isDashed = side ? side === "B" : dashed;
  return { width: side && dashed ? 1 : 2, dash: isDashed ? [6, 3] : [] };
}

export const charts: readonly ChartSpec[] = [
  {
    title: "D scores",
    subtitle: "Of reals and fakes; they overlap where G fools D",
    lines: [
      { name: "scoreReal", label: "reals", color: "real", dashed: true },
      { name: "scoreFake", label: "fakes", color: "g" },
    ],
    band: true,
  },
  {
    title: "Losses",
    subtitle: "G and D losses are a contest, not a score",
    lines: [
      { name: "lossD", label: "D", color: "d" },
      { name: "lossG", label: "G", color: "g" },
    ],
  },
  {
    title: "Gradient norms",
    subtitle: "Length of each network's gradient, logarithmic",
    lines: [
      { name: "gradNormD", label: "D", color: "d" },
      { name: "gradNormG", label: "G", color: "g" },
    ],
    log: true,
  },
];
