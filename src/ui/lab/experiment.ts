// A recorded experiment as it can be trained again: the run to begin with, and what its twin is to do otherwise.

import {
  type Config,
  differences,
  type FlipEvent,
  type Key,
  type PlannedFlip,
  type Recording,
  rules,
  type Value,
} from "../../worker/protocol.ts";

export interface Experiment {
  /** Settings and planned changes of A. */
  config: Config;
  planned: readonly PlannedFlip[];
  /** Where a twin is forked off, and the settings that are changed in it there. Changes that A has planned it makes too. */
  twin?: { step: number; images: number; changes: readonly Change[] };
}

interface Change {
  key: Key;
  to: Value;
}

/**
 * Where the runs differ in what can't change while they go on, or B makes changes later than at the fork, B is left out:
 * it is no twin that can be forked off A and left alone.
 */
export function experimentOf({ arms, fork }: Recording): Experiment {
  const [a, b] = arms;
  const { config, events } = a!;
  return { config, planned: events.map(planned), twin: b && twinOf(a!, b, fork) };
}

type Arm = Recording["arms"][number];

function twinOf(a: Arm, b: Arm, fork: Recording["fork"]): Experiment["twin"] {
  const at = fork ?? { images: 0, step: 0 };
  const apart = Object.entries(differences(b.config, a.config)) as [Key, Value][];
  const begun = apart.filter(([key]) => key !== "images").map(([key, to]) => ({ key, to }));
  const ofA = a.events.map(planned).map((change) => JSON.stringify(change));
  const own = b.events.map(planned).filter((change) => !ofA.includes(JSON.stringify(change)));
  const canFork = begun.every(({ key }) => rules[key].when !== "start");
  if (!canFork || own.some(({ images }) => images !== at.images)) return undefined;
  return { ...at, changes: [...begun, ...own.map(({ key, to }) => ({ key, to }))] };
}

const planned = ({ images, key, to }: FlipEvent): PlannedFlip => ({ images, key, to });
