// What is asked of the thread that counts: searches among reals and pairs, which would hold up training for too long.

import { Trouble } from "../../gan/errors.ts";
import type { CensusTaker } from "../../metrics/census/census.ts";
import { type Birthday, birthdayOf, closePairs, type Pair } from "../../metrics/inspect/birthday.ts";
import { type Neighbour, placeAmong, type Typical } from "../../metrics/inspect/nearest.ts";
import { type Features, featureSet } from "../../metrics/samples.ts";
import type { ModeOf } from "./words.ts";

/** Vectors one after the other, and how many they are. */
export interface Rows {
  values: Float32Array<ArrayBuffer>;
  count: number;
}

/** A sample and what it is compared with: images in pixels, and what D makes of them. */
export interface LookUp {
  type: "look up";
  image: Rows;
  feature: Rows;
  reals: Rows;
  features: Rows;
}

/** Images whose modes are to be told. */
export interface Tell {
  type: "tell";
  images: Rows;
}

/** A batch of fakes, and batches of as many reals one after the other. */
export interface PairUp {
  type: "pair up";
  fakes: Rows;
  reals: Rows;
}

export type Question = LookUp | Tell | PairUp;

type Place = { neighbours: Neighbour[]; typical: Typical };

export interface Answers {
  "look up": { pixels: Place; features: Place };
  tell: ModeOf[];
  "pair up": Birthday & { fakes: Pair[]; reals: Pair[]; radius: number; batches: number };
}

/** The answer to `question`. @throws Trouble when a number is not finite, or there are too few reals */
export async function answer<Q extends Question>(
  question: Q,
  taker: () => Promise<CensusTaker>,
): Promise<Answers[Q["type"]]> {
  return (await answerTo(question, taker)) as Answers[Q["type"]];
}

function answerTo(question: Question, taker: () => Promise<CensusTaker>) {
  switch (question.type) {
    case "look up": {
      const { image, feature, reals, features } = question;
      return {
        pixels: placeAmong(setOf(reals), setOf(image)),
        features: placeAmong(setOf(features), setOf(feature)),
      };
    }
    case "tell":
      return tell(question.images, taker);
    case "pair up":
      return pairUp(question);
  }
}

async function tell({ values, count }: Rows, taker: () => Promise<CensusTaker>): Promise<ModeOf[]> {
  try {
    return (await taker()).tell(values, count);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return Array.from({ length: count }, () => ({ untold: error.message }));
  }
}

/**
 * Two fakes are alike when they are closer than any two of a batch of reals, in any of the batches. Fakes that were reals
 * would hold such a pair once in (batches + 1) times.
 */
function pairUp({ fakes, reals }: PairUp): Answers["pair up"] {
  const n = fakes.count;
  const batches = Math.floor(reals.count / n);
  if (batches < 1)
    throw new Trouble(
      `The test compares ${n} samples with as many reals, and there are ${reals.count}.`,
      "Choose a larger data set.",
    );
  const size = reals.values.length / reals.count;
  const closest = Array.from({ length: batches }, (_, i) => {
    const batch = featureSet(reals.values.subarray(i * n * size, (i + 1) * n * size), [n, size]);
    return closePairs(batch, 0, i === 0 ? 5 : 1).closest;
  });
  const radius = Math.min(...closest.map(([pair]) => pair!.distance));
  if (radius === 0)
    throw new Trouble(
      `Of ${batches * n} reals two are exact copies, so no fakes can be told to be alike by how near they are.`,
      "Take the test at a higher resolution.",
    );
  const found = closePairs(setOf(fakes), radius);
  return { ...birthdayOf(n, found.within), fakes: found.closest, reals: closest[0]!, radius, batches };
}

const setOf = ({ values, count }: Rows): Features => featureSet(values, [count, values.length / count]);

/** Memory of a question, to be handed over. */
export function buffersOf(question: Question): ArrayBuffer[] {
  return Object.values(question).flatMap((part: string | Rows) =>
    typeof part === "string" ? [] : [part.values.buffer],
  );
}
