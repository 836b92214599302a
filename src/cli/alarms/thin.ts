// Runs as they would have been counted with fewer samples: a census of some of the samples of one that has more.

import { createStream, type Stream } from "../../gan/random.ts";
import type { Count, Moment } from "../../metrics/alarms/moments.ts";
import { comparedOf } from "../../metrics/census/distance.ts";
import { sumOf } from "../../metrics/census/expected.ts";
import type { AblationRun } from "./runs.ts";

/**
 * The runs whose censuses have `samples` samples, and, of those that have more, so many drawn at random without
 * replacement, by the run's seed. Distances are those of the first 256 samples with either number; the distance within modes
 * is kept where as many are accepted.
 * @param samples 256 or more
 */
export function countedWith(samples: number, runs: readonly AblationRun[]): AblationRun[] {
  return runs.filter((run) => run.samples >= samples).map((run) => thinned(run, samples));
}

function thinned(run: AblationRun, samples: number): AblationRun {
  if (run.samples === samples) return run;
  const stream = createStream(run.seed, `census of ${samples}`);
  const moments = run.moments.map(({ average, raw, ...rest }): Moment => {
    return {
      ...rest,
      ...(average && { average: some(average, samples, stream) }),
      ...(raw && { raw: some(raw, samples, stream) }),
    };
  });
  const last = moments.findLast(({ average }) => average)?.average;
  const covered = last?.counts?.filter((n) => n > 0).length ?? run.covered;
  return { ...run, moments, samples, covered };
}

/** Each sample is taken with the chance that is left for it (Knuth, vol. 2, §3.4.2, algorithm S), mode by mode, then rejects. */
function some(count: Count, samples: number, stream: Stream): Count {
  const drawn = stream.uniform(new Float32Array(count.samples));
  let [place, missing] = [0, samples];
  const counts = count.counts?.map((n) => {
    const before = missing;
    for (const end = place + n; place < end; place++)
      if ((count.samples - place) * drawn[place]! < missing) missing--;
    return before - missing;
  });
  const isCompared = counts && sumOf(counts) >= comparedOf(count.samples);
  return { ...count, samples, counts, within: isCompared ? count.within : undefined };
}
