// The numbers a run reports, and how rows of them are joined without losing a step.

/** Numbers of one D or G step, in the order in which the steps write them. */
export const statNames = {
  D: ["lossD", "scoreReal", "scoreFake", "penalty", "gradNormD"],
  G: ["lossG", "gradNormG"],
} as const;

export type StatName = (typeof statNames)[keyof typeof statNames][number];

/** Mean and standard deviation over `n` steps: of scores over all samples of the steps, of the rest over the steps. */
export interface Summary {
  mean: number;
  std: number;
  n: number;
}

/** What happened over a stretch of training. Statistics rest on every step of it. */
export interface StatsRow {
  /** Images shown, and steps done, at the end of the stretch. */
  images: number;
  step: number;
  resolution: number;
  alpha: number;
  secPerStep: number;
  stats: Partial<Record<StatName, Summary>>;
}

/** Two stretches as one: the later one's place, and the summaries of all their steps together. */
export function joinRows(earlier: StatsRow, later: StatsRow): StatsRow {
  const steps = { ...earlier.stats };
  for (const [name, summary] of Object.entries(later.stats) as [StatName, Summary][]) {
    const before = earlier.stats[name];
    steps[name] = before ? joinSummaries(before, summary) : summary;
  }
  const [before, after] = [stepsOf(earlier), stepsOf(later)];
  const seconds = earlier.secPerStep * before + later.secPerStep * after;
  return { ...later, secPerStep: seconds / Math.max(1, before + after), stats: steps };
}

/** The first statistic of a row whose mean or spread is not a finite number, if any. */
export function firstNonFinite({ stats }: Pick<StatsRow, "stats">): StatName | undefined {
  return (Object.keys(stats) as StatName[]).find(
    (name) => !Number.isFinite(stats[name]!.mean + stats[name]!.std),
  );
}

/** Steps that a row rests on: those of the network that took more. */
function stepsOf({ stats }: StatsRow): number {
  return Math.max(0, ...Object.values(stats).map(({ n }) => n));
}

function joinSummaries(a: Summary, b: Summary): Summary {
  const n = a.n + b.n;
  const mean = (a.mean * a.n + b.mean * b.n) / n;
  const meanSquare = ((a.std ** 2 + a.mean ** 2) * a.n + (b.std ** 2 + b.mean ** 2) * b.n) / n;
  return { mean, std: Math.sqrt(Math.max(0, meanSquare - mean ** 2)), n };
}
