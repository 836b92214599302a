// Modes over time: covered, strictly covered, and samples that show none, of a run or a pair, live or recorded.

import type { Weights } from "../../worker/protocol.ts";
import { count } from "../words/format.ts";
import { measure } from "./numbers.ts";
import type { PointLine, PointSpec } from "./points.ts";

/** What is drawn of a census. */
export interface ModesAt {
  images: number;
  samples: number;
  modes: number;
  covered: number;
  strict: number;
  rejects: number;
  /** What as many real images cover. */
  real: { low: number; high: number };
}

/**
 * All in percent, as modes that can be told apart are more at larger resolutions.
 * @param weights of which G the samples are
 */
export function modesChart(
  runs: readonly { side: string; censuses: readonly ModesAt[] }[],
  weights: Weights,
): PointSpec {
  const line = (
    label: string,
    look: Pick<PointLine, "color" | "width">,
    part: (at: ModesAt) => { n: number; of: number; text: string },
  ): PointLine[] =>
    runs.map(({ side, censuses }) => ({
      ...look,
      label: side ? `${label} · ${side}` : label,
      dashed: side === "B",
      points: censuses.map((at) => {
        const { n, of, text } = part(at);
        return { x: at.images, y: (100 * n) / of, text };
      }),
    }));
  const ofModes = (n: number, { modes }: ModesAt) => ({
    n,
    of: modes,
    text: `${count(n)} of ${count(modes)}`,
  });
  return {
    title: "Modes",
    subtitle: `Of ${weights === "average" ? "the EMA of G" : "raw G"}; strict: ¼ of a fair share; grey: what real images cover`,
    unit: " %",
    lines: [
      ...line("covered", { color: "metric" }, (at) => ofModes(at.covered, at)),
      ...line("strict", { color: "metric", width: 1 }, (at) => ofModes(at.strict, at)),
      ...line("rejects", { color: "bad", width: 1 }, ({ rejects, samples }) => ({
        ...{ n: rejects, of: samples },
        text: `${measure(Math.round((1000 * rejects) / samples) / 10)} %`,
      })),
    ],
    band: bandOf(runs[0]?.censuses ?? []),
    reach: { min: 0, max: 100 },
  };
}

/** What real images cover, a step where that changes. */
function bandOf(censuses: readonly ModesAt[]): { x: number; low: number; high: number }[] {
  const band: { x: number; low: number; high: number }[] = [];
  for (const { images, modes, real } of censuses) {
    const [low, high] = [(100 * real.low) / modes, (100 * real.high) / modes];
    const last = band.at(-1);
    if (last?.low !== low || last.high !== high) band.push({ x: images, low, high });
  }
  return band;
}
