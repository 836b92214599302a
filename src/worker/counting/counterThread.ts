// The thread that counts modes, measures samples, and searches for what single samples are like.

import { fetchPack } from "../../data/fetchPack.ts";
import { Trouble } from "../../gan/errors.ts";
import { type Answer, type Asked, createLocalCounter } from "./counter.ts";

const counter = createLocalCounter(fetchPack);
const answer = (said: Answer) => self.postMessage(said);

self.addEventListener("message", ({ data }) => {
  const asked = data as Asked;
  const working: Promise<unknown> =
    "sampled" in asked
      ? counter.count(asked.sampled)
      : "toMeasure" in asked
        ? counter.measure(asked.toMeasure, asked.metric)
        : counter.ask(asked.question, asked.of);
  working.then(
    (said) => answer({ said }),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      answer({ failure: { message, ...(error instanceof Trouble && { remedy: error.remedy }) } });
    },
  );
});
