// A census of a run now and then: samples are drawn piece by piece between stretches of training, and counted elsewhere.
// Where it is asked for, the same samples are measured by metrics that need no modes.

import { createStream, type Stream } from "../../gan/random.ts";
import type { FrozenGenerator } from "../../gan/networks/frozen.ts";
import * as tf from "../../gan/tf.ts";
import type { MetricName } from "../../metrics/figures.ts";
import type { Counter } from "./counter.ts";
import { nextTask } from "../nextTask.ts";
import type { Session } from "../run/session.ts";
import type { Send, Watch } from "../run/watch.ts";

/** Samples of a census, and of a piece. */
const samples = 512;
const piece = 16;
/** Drawing them may take this share of the time, at most; of twins, each. */
const share = 0.025;

/** What samples are measured by, those that cost least first. Censuses go between two of them. */
const metrics: readonly MetricName[] = [
  "coverage",
  "bins",
  "kid",
  "kl",
  "frechet",
  "msSsim",
  "slicedWasserstein",
];

export interface Counting {
  /** Has samples of the run as it is measured too; and of later censuses, as far as its budget goes, until told otherwise. */
  measure(again: boolean): void;
  /** Draws some of the samples of a census, if one is due. */
  tend(): Promise<void>;
  /** Counts the run as it stands still. @param busy tells when something else is wanted */
  finish(busy: () => boolean): Promise<void>;
  /** Frees what it holds. The run is counted no more. */
  end(): void;
}

interface Drawing {
  /** G of one moment, from which all samples of the census come. */
  g: FrozenGenerator;
  session: Session;
  stream: Stream;
  images: Float32Array<ArrayBuffer>;
  done: number;
  moment: Pick<Parameters<Send>[0] & { type: "census" }, "images" | "step" | "weights">;
}

/** @param counter nothing where nobody counts */
export function createCounting(
  session: () => Session,
  watch: Pick<Watch, "weights" | "counted">,
  send: Send,
  counter: Counter | undefined,
): Counting {
  let drawing: Drawing | undefined;
  let [counting, ended] = [false, false];
  let last: string | undefined;
  let [spent, allowedAt] = [0, 0];
  /** Samples are to be measured: the next ones, at once; those of later censuses. */
  let [wanted, again, measuring, measuredAllowedAt] = [false, false, false, 0];

  const now = () => {
    const { step, images } = session().run;
    return { step, images, weights: watch.weights };
  };

  const isCountable = () => counter !== undefined && !ended && session().run.step > 0;

  const begin = () => {
    const { run } = session();
    const g = run.freeze(watch.weights === "average");
    const size = g.resolution ** 2 * run.channels;
    drawing = {
      g,
      session: session(),
      stream: createStream(run.config.seed, "census z"), // the same z in each census, and in those of twins
      images: new Float32Array(samples * size),
      done: 0,
      moment: now(),
    };
    last = JSON.stringify(now());
  };

  const drop = () => {
    if (drawing?.session === session()) drawing.g.dispose(); // else it went with its engine
    drawing = undefined;
  };

  const drawPiece = async (from: Drawing) => {
    const began = performance.now();
    const { run, sound } = from.session;
    const { latent } = run.config;
    const z = from.stream.normal(new Float32Array(piece * latent));
    const drawn = tf.tidy(() => from.g.sample(tf.tensor2d(z, [piece, latent])));
    try {
      from.images.set(await sound(drawn.data<"float32">()), from.done * (from.images.length / samples));
    } finally {
      drawn.dispose();
    }
    from.done += piece;
    spent += performance.now() - began;
    if (from.done < samples || drawing !== from) return;
    const { images, moment } = from;
    const { resolution } = from.g;
    drop();
    allowedAt = performance.now() + spent * (1 / share - 1);
    spent = 0;
    const { data } = run.config;
    const isDue = wanted || (again && performance.now() >= measuredAllowedAt);
    if (isDue && !measuring)
      void measure({ data, resolution, images: images.slice(), count: samples }, moment);
    void count({ data, resolution, images, count: samples }, moment);
  };

  const count = async (sampled: Parameters<Counter["count"]>[0], moment: Drawing["moment"]) => {
    counting = true;
    try {
      const census = await counter!.count(sampled);
      if (ended) return;
      if (census.astray === undefined) watch.counted(moment, census);
      send({ type: "census", ...moment, census });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!ended)
        send({
          type: "uncounted",
          notice: { message: `The modes could not be counted: ${why}.`, remedy: "Reload the page." },
        });
    } finally {
      counting = false;
    }
  };

  const measure = async (sampled: Parameters<Counter["count"]>[0], moment: Drawing["moment"]) => {
    [wanted, measuring] = [false, true];
    let took = 0;
    try {
      for (const [i, metric] of metrics.entries()) {
        const measured = await counter!.measure(sampled, metric);
        took += measured.milliseconds;
        if (ended) return;
        send({ type: "measured", ...moment, left: metrics.length - 1 - i, measured });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const notice = { message: `The samples could not be measured: ${why}.`, remedy: "Reload the page." };
      if (!ended) send({ type: "measured", ...moment, left: 0, notice });
    } finally {
      measuring = false;
      measuredAllowedAt = performance.now() + took * (1 / share - 1);
    }
  };

  return {
    measure(repeat) {
      [wanted, again] = [!measuring, repeat];
    },
    async tend() {
      if (drawing && drawing.session !== session()) drop();
      if (!drawing && !isCountable()) return;
      if (!drawing && !wanted && (counting || performance.now() < allowedAt)) return;
      if (!drawing && !wanted && last === JSON.stringify(now())) return;
      if (!drawing) begin();
      if (drawing) await drawPiece(drawing);
    },
    async finish(busy) {
      if (!isCountable()) return drop();
      if (wanted || last !== JSON.stringify(now())) {
        drop();
        begin();
      }
      while (drawing && !busy()) {
        await drawPiece(drawing);
        await nextTask();
      }
    },
    end() {
      ended = true;
      drop();
    },
  };
}
