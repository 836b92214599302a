// What usually helps a run that can't go on: smaller steps where it diverged, a smaller batch where the GPU gave up.

import { type Config, type FlipEvent, groupSize } from "../../worker/protocol.ts";

/** Half of both learning rates. */
export const halfTheRates = ({ learningRateG, learningRateD }: Config): Partial<Config> => ({
  learningRateG: learningRateG / 2,
  learningRateD: learningRateD / 2,
});

/** About half the batch, at every resolution. Undefined where there is nothing left to halve. */
export function halfTheBatch({ batch, batchPerResolution }: Config): Partial<Config> | undefined {
  const perResolution = batchPerResolution.replace(/:\s*(\d+)/g, (_, own) => `:${half(Number(own))}`);
  const smaller = { batch: half(batch), batchPerResolution: perResolution };
  return smaller.batch < batch ? smaller : undefined;
}

/** A batch above the size of a group is a multiple of it. */
function half(batch: number): number {
  const part = Math.max(1, Math.floor(batch / 2));
  return part > groupSize ? part - (part % groupSize) : part;
}

/** Settings when only the first `made` of the changes that led to `config` had been made. */
export function settingsAfter(made: number, config: Config, events: readonly FlipEvent[]): Config {
  return events.slice(made).reduceRight((later, { key, from }) => ({ ...later, [key]: from }), config);
}
