// Looks at single samples of a run at some moment: draws and scores them here, and has them searched for elsewhere.

import { gridPurpose, latentsOf } from "../../export/gallery.ts";
import { toBytes } from "../../export/images.ts";
import { Trouble } from "../../gan/errors.ts";
import { angleBetween, slerp } from "../../gan/networks/slerp.ts";
import type { Counter, Kind } from "../counting/counter.ts";
import type { Session } from "../run/session.ts";
import type { Bench } from "./bench.ts";
import type { Rows } from "./questions.ts";
import type { Between, Inspect, ModeOf, NearestReals, Pairs, Pictures, Sample } from "./words.ts";

/** Reals that a sample is compared with, at most. */
const searched = 1_024;
/** Images from one latent to another. */
const steps = 8;
/** Fakes of the birthday test, batches of as many reals, and numbers that all these may hold. */
const paired = 256;
const mostBatches = 20;
const mostNumbers = 2 ** 24;

/** @throws Trouble when it can't be told; NotWanted */
export function look(
  what: Inspect,
  session: Pick<Session, "run" | "gallery" | "source">,
  bench: Bench,
  counter: Counter,
): Promise<Sample | Between | Pairs> {
  const { run, gallery, source } = session;
  const { config, channels } = run;
  const { resolution, size, batch } = bench;
  const kind: Kind = { data: config.data, resolution };
  const cells = gallery.columns * gallery.rows;

  const check = (cell: number) => {
    if (!(Number.isInteger(cell) && cell >= 0 && cell < cells))
      throw new Trouble(`The grid has no cell ${cell}.`, `Choose one from 0 to ${cells - 1}.`);
  };
  const latents = (start: number, count: number, purpose = gridPurpose) =>
    latentsOf(config.seed, purpose, start, count, config.latent);
  const pictures = (values: Float32Array): Pictures => ({
    pixels: toBytes(values).bytes,
    count: values.length / size,
    resolution,
    channels,
  });
  const rows = (values: Float32Array): Rows => ({ values: values.slice(), count: values.length / size });
  /** As they are seen: what lies outside of [-1,1] makes no two pictures differ. */
  const seen = (values: Float32Array): Rows => rows(Float32Array.from(values, clipped));
  const modes = (images: Float32Array): Promise<ModeOf[]> =>
    counter.ask({ type: "tell", images: rows(images) }, kind);

  /** The minibatch of the grid that a cell is of, and its place there. */
  const company = async (cell: number) => {
    const first = cell - (cell % batch);
    const images = await bench.draw(latents(first, Math.min(batch, cells - first)));
    return { images, at: (cell - first) * size, place: cell - first };
  };

  const sample = async (cell: number): Promise<Sample> => {
    check(cell);
    const { images, at, place } = await company(cell);
    const image = images.slice(at, at + size);
    const score = (await bench.score(images))[place]!;
    const count = Math.min(source.count, searched);
    const reals = await bench.reals(count);
    const scores = await bench.score(reals.values);
    const isFinite = image.every(Number.isFinite);
    const [mode] = await modes(image);
    const nearest = isFinite ? await neighbours(image, reals) : {};
    return {
      type: "sample",
      cell,
      seed: config.seed,
      z: latents(cell, 1),
      picture: pictures(image),
      score,
      scoreBelow: scores.filter((other) => other <= score).length / count,
      mode: mode!,
      searched: count,
      reals: source.count,
      ...nearest,
    };
  };

  const neighbours = async (
    image: Float32Array,
    reals: Rows,
  ): Promise<Pick<Sample, "pixels" | "features">> => {
    const { values, count } = reals;
    const feature = { values: await bench.features(image), count: 1 };
    const features = { values: await bench.features(values), count };
    const question = { type: "look up", image: seen(image), feature, reals: rows(values), features } as const;
    const found = await counter.ask(question, kind);
    const shown = ({ neighbours, typical }: (typeof found)["pixels"]): NearestReals => {
      const near = new Float32Array(neighbours.length * size);
      neighbours.forEach(({ index }, i) =>
        near.set(values.subarray(index * size, (index + 1) * size), i * size),
      );
      return { neighbours, typical, pictures: pictures(near) };
    };
    return { pixels: shown(found.pixels), features: shown(found.features) };
  };

  const between = async (from: number, to: number): Promise<Between> => {
    check(from);
    check(to);
    const [a, b] = [latents(from, 1), latents(to, 1)];
    const images = await bench.draw(slerp(a, b, steps));
    const { images: others, at, place } = await company(from);
    const scores: number[] = [];
    for (let i = 0; i < steps; i++) {
      others.set(images.subarray(i * size, (i + 1) * size), at);
      scores.push((await bench.score(others))[place]!);
    }
    const angle = angleBetween(a, b);
    return {
      type: "between",
      from,
      to,
      angle,
      pictures: pictures(images),
      scores,
      modes: await modes(images),
    };
  };

  const pairs = async (): Promise<Pairs> => {
    const fakes = await bench.draw(latents(0, paired, "birthday"));
    if (!fakes.every(Number.isFinite))
      throw new Trouble(
        "Samples hold numbers that are not finite, so no two can be compared.",
        "Training has diverged: go back to a moment before it, with lower learning rates.",
      );
    const batches = Math.min(
      mostBatches,
      Math.floor(source.count / paired),
      Math.max(1, Math.floor(mostNumbers / (paired * size))),
    );
    const reals = await bench.reals(Math.min(source.count, batches * paired));
    const first = reals.values.slice(0, paired * size);
    const found = await counter.ask({ type: "pair up", fakes: seen(fakes), reals }, kind);
    const both = (images: Float32Array, pairs: { a: number; b: number }[]) => {
      const shown = new Float32Array(2 * pairs.length * size);
      pairs
        .flatMap(({ a, b }) => [a, b])
        .forEach((n, i) => shown.set(images.subarray(n * size, (n + 1) * size), i * size));
      return pictures(shown);
    };
    return {
      type: "pairs",
      ...found,
      pictures: { fakes: both(fakes, found.fakes), reals: both(first, found.reals) },
    };
  };

  switch (what.type) {
    case "sample":
      return sample(what.cell);
    case "between":
      return between(what.from, what.to);
    case "pairs":
      return pairs();
  }
}

const clipped = (x: number): number => Math.min(1, Math.max(-1, x));
