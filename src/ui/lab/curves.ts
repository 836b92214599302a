// The charts of a recording as plain points: modes over time, scores of D, losses; A solid, B dashed.

import { phases, type Recording, rulerOf, type StatName, type Weights } from "../../worker/protocol.ts";
import type { Token } from "../charts/colors.ts";
import { curveOf, startsOf } from "../charts/curves.ts";
import { modesChart } from "../charts/modes.ts";
import type { PointLine, PointSpec } from "../charts/points.ts";
import { sideOf } from "./marks.ts";

/** Weight of the past in the lines of statistics. */
export const smoothing = 0.8;

/** @param weights of which G the modes are counted */
export function chartsOf(recording: Recording, weights: Weights): PointSpec[] {
  const { arms } = recording;
  const statistic = (name: StatName, label: string, color: Token): PointLine[] =>
    arms.map(({ rows, config }, i) => ({
      label: [label, sideOf(recording, i)].filter(Boolean).join(" · "),
      color,
      dashed: i > 0,
      points: curveOf(rows, name, { weight: smoothing, starts: startsOf(phases(config)) }).smooth,
    }));
  const counted = arms.map(({ moments }, i) => ({
    side: sideOf(recording, i),
    censuses: moments.map((moment) => {
      const { samples, names, band } = rulerOf(recording, moment);
      return { ...moment[weights], images: moment.images, samples, modes: names.length, real: band.covered };
    }),
  }));
  return [
    modesChart(counted, weights),
    {
      title: "D scores",
      subtitle: "Of reals and fakes; they overlap where G fools D",
      lines: [...statistic("scoreReal", "reals", "real"), ...statistic("scoreFake", "fakes", "g")],
    },
    {
      title: "Losses",
      subtitle: "G and D losses are a contest, not a score",
      lines: [...statistic("lossD", "D", "d"), ...statistic("lossG", "G", "g")],
    },
  ];
}
