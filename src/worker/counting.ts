// A census of a run now and then: samples are drawn piece by piece between stretches of training, and counted elsewhere.

import { createStream, type Stream } from "../gan/random.ts";
import type { FrozenGenerator } from "../gan/frozen.ts";
import * as tf from "../gan/tf.ts";
import type { Counter } from "./counter.ts";
import { nextTask } from "./nextTask.ts";
import type { Session } from "./session.ts";
import type { Send, Watch } from "./watch.ts";

/** Samples of a census, and of a piece. */
const samples = 512;
const piece = 16;
/** Drawing them may take this share of the time, at most; of twins, each. */
const share = 0.025;

export interface Counting {
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
  watch: Pick<Watch, "weights">,
  send: Send,
  counter: Counter | undefined,
): Counting {
  let drawing: Drawing | undefined;
  let [counting, ended] = [false, false];
  let last: string | undefined;
  let [spent, allowedAt] = [0, 0];

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
    void count({ data: run.config.data, resolution, images, count: samples }, moment);
  };

  const count = async (sampled: Parameters<Counter["count"]>[0], moment: Drawing["moment"]) => {
    counting = true;
    try {
      const census = await counter!.count(sampled);
      if (!ended) send({ type: "census", ...moment, census });
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

  return {
    async tend() {
      if (drawing && drawing.session !== session()) drop();
      if (!drawing && (counting || performance.now() < allowedAt || !isCountable())) return;
      if (!drawing && last === JSON.stringify(now())) return;
      if (!drawing) begin();
      if (drawing) await drawPiece(drawing);
    },
    async finish(busy) {
      if (!isCountable()) return drop();
      if (last !== JSON.stringify(now())) {
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
