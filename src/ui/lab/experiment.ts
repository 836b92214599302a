// A recorded experiment as it can be trained again: the run to begin with, and the twin that is forked off it.

import {
  type Config,
  differences,
  type FlipEvent,
  type Key,
  type PlannedFlip,
  type PlannedTwin,
  type Recording,
  rules,
  type Value,
} from "../../worker/protocol.ts";

export interface Experiment {
  /** Settings and planned changes of A. */
  config: Config;
  planned: readonly PlannedFlip[];
  /** Where B is forked off, and what it changes from there on. */
  twin?: PlannedTwin;
}

/**
 * What there is to train: A with B as its twin. Where they differ in what can't change while a run goes on, or before
 * the fork, B is no twin that can be forked off A, and each is an experiment of its own.
 */
export function experimentsOf({ arms, fork }: Recording): Experiment[] {
  const [a, b] = arms;
  const alone = ({ config, events }: Arm): Experiment => ({ config, planned: events.map(planned) });
  const twin = b && twinOf(a!, b, fork?.images ?? 0);
  return twin ? [{ ...alone(a!), twin }] : arms.map(alone);
}

type Arm = Recording["arms"][number];

function twinOf(a: Arm, b: Arm, images: number): PlannedTwin | undefined {
  const apart = Object.entries(differences(b.config, a.config)) as [Key, Value][];
  const begun = apart.filter(([key]) => key !== "images").map(([key, to]) => ({ images, key, to }));
  const before = ({ events }: Arm) =>
    JSON.stringify(events.filter((event) => event.images < images).map(planned));
  const canFork = begun.every(({ key }) => rules[key].when !== "start") && before(a) === before(b);
  const own = b.events.map(planned).filter((change) => change.images >= images);
  return canFork ? { images, planned: [...begun, ...own] } : undefined;
}

const planned = ({ images, key, to }: FlipEvent): PlannedFlip => ({ images, key, to });
