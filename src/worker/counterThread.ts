// The thread that counts modes.

import { fetchPack } from "../data/fetchPack.ts";
import { type Answer, createLocalCounter, type Sampled } from "./counter.ts";

const counter = createLocalCounter(fetchPack);
const answer = (said: Answer) => self.postMessage(said);

self.addEventListener("message", ({ data }) => {
  counter.count(data as Sampled).then(
    (census) => answer({ census }),
    (error: unknown) => answer({ failure: error instanceof Error ? error.message : String(error) }),
  );
});
