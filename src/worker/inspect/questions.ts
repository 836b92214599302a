// What is asked of the thread that counts: searches among reals and pairs, which would hold up training for too long.

import { Trouble } from "../../gan/errors.ts";
import type { CensusTaker } from "../../metrics/census/census.ts";
import { birthdayOf, closePairs } from "../../metrics/inspect/birthday.ts";
import { type Neighbour, placeAmong, type Typical } from "../../metrics/inspect/nearest.ts";
import { type Features, featureSet } from "../../metrics/samples.ts";
import type { ModeOf, Pairs } from "./words.ts";

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
  "pair up": Omit<Pairs, "type" | "pictures">;
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

/** One of 256 levels of brightness, in units of [-1,1]: pictures that differ by less look the same. */
const level = 2 / 255;

/**
 * Two pictures are alike when they are closer than any two of a batch of reals, in any of the batches: fakes that were reals
 * would hold such a pair once in (batches + 1) times. Where reals are so near to one another that no eye tells them apart,
 * one level of brightness decides, and as many reals may be alike: what they come to is the number to compare with.
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
  const batch = (i: number) => featureSet(reals.values.subarray(i * n * size, (i + 1) * n * size), [n, size]);
  const closest = Array.from({ length: batches }, (_, i) => closePairs(batch(i), 0, 1).closest[0]!.distance);
  const radius = Math.max(level, Math.min(...closest));
  const [ofFakes, ofReals] = [closePairs(setOf(fakes), radius), closePairs(batch(0), radius)];
  return {
    ...birthdayOf(n, ofFakes.within),
    null: birthdayOf(n, ofReals.within),
    fakes: ofFakes.closest,
    reals: ofReals.closest,
    radius,
    by: radius === level ? "level" : "reals",
    batches,
  };
}

const setOf = ({ values, count }: Rows): Features => featureSet(values, [count, values.length / count]);

/** Memory of a question, to be handed over. */
export function buffersOf(question: Question): ArrayBuffer[] {
  return Object.values(question).flatMap((part: string | Rows) =>
    typeof part === "string" ? [] : [part.values.buffer],
  );
}
