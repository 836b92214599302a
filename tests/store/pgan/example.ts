// A small run with everything in it that a checkpoint keeps, for tests to write, spoil and read.

import { createBatches } from "../../../src/data/sampler.ts";
import { shapes16 } from "../../../src/data/shapes16.ts";
import { encodePng, tileGrid, toBytes } from "../../../src/export/images.ts";
import type { Config } from "../../../src/gan/settings/config.ts";
import { createStream } from "../../../src/gan/random.ts";
import { Run } from "../../../src/gan/run.ts";
import * as tf from "../../../src/gan/tf.ts";
import type { Taken } from "../../../src/store/history/censuses.ts";
import { createChronicle, toKeep } from "../../../src/store/history/chronicle.ts";
import { hashOfData } from "../../../src/store/dataHash.ts";
import { makerOf } from "../../../src/store/maker.ts";
import type { Checkpoint, ReadCheckpoint } from "../../../src/store/pgan/checkpoint.ts";
import { pngOf } from "../../../src/store/pgan/pictures.ts";
import { resume, type Snapshot, takeSnapshot } from "../../../src/store/snapshot.ts";
import { prove } from "../../../src/store/verify.ts";
import { tiny } from "../../gan/tiny.ts";

const config: Config = { ...tiny, data: "shapes-16", channelsMax: 1, latent: 2, spectralNorm: true };

export const source = shapes16.open(config.seed);
export const batches = () => createBatches(source, config.seed);

/** The run that a state was taken of. */
export const takeUp = (snapshot: Snapshot): Run => resume(snapshot, source, batches());

/** A run in the middle of a fade, of five steps, two changes and one to come, that was looked at twice. */
export async function exampleCheckpoint(): Promise<Checkpoint> {
  const run = new Run(config, source, batches(), [{ images: 100, key: "augment", to: true }]);
  const chronicle = createChronicle();
  for (let step = 1; step <= 5; step++) {
    while (run.grow());
    run.advance(step === 4 ? "D" : undefined);
    const row = { ...(await run.readStats()), secPerStep: step / 8 };
    chronicle.addRow(row);
    if (step % 2 === 0) chronicle.addTick(row);
    if (step === 2) run.flip("loss", "hinge");
    if (step === 4) run.flip("equalizedLr", false);
    const scores = step === 5 ? { scores: { low: -1.5, high: 2, reals: [0, 6], fakes: [4, 2] } } : {}; // older frames have none
    if (step > 3)
      chronicle.addFrame({ ...chronicle.frameOf(run, columns), ...scores, png: await pictureOf(run) });
    const { images } = run;
    if (step > 3) chronicle.addCensus({ images, step, weights: step === 5 ? "raw" : "average" }, census);
  }
  const snapshot = await takeSnapshot(run);
  const open = { ...(await run.readStats()), secPerStep: 0.25 };
  run.dispose();
  return {
    ...snapshot,
    ...toKeep(chronicle.past(open)),
    run: {
      id: "example-2",
      name: "Beispiel Nº 2",
      parent: { id: "example-1", name: "An example", images: 4, step: 1 },
      pair: {
        ...{ side: "B", other: "example-1", images: 4, step: 1, eventsMade: 0 },
        ...{ sha256: "0123456789abcdef".repeat(4), engine: "wasm", sender: "webgpu:89abcdef" },
      },
    },
    maker: makerOf({ name: tf.getBackend(), device: "a test" }),
    dataHash: await hashOfData(source),
    proof: await prove(takeUp(snapshot)),
    twin: { images: 200, planned: [{ images: 300, key: "pixelNorm", to: false }], sender: "wasm:1a2b3c4d" },
    saved: "2026-11-25T12:00:00.000Z",
  };
}

const range = { low: 15, median: 15.5, high: 16 };
const census: Taken = {
  ...{ resolution: 4, samples: 64, modes: 3, covered: 2, strict: 1, rejects: 4, counts: [50, 10, 0] },
  ...{ distance: 0.97, within: null, rejected: { broken: 1 } },
  band: { covered: range, distance: range, within: range },
};

/** Tiles in a row of a picture. */
const columns = 3;

/** Samples of a run as it stands. */
async function pictureOf(run: Run): Promise<Blob> {
  const { config, stage } = run;
  const { resolution } = stage;
  const count = 2 * columns;
  const z = createStream(1, "test/z").normal(new Float32Array(count * config.latent));
  const samples = tf.tidy(() => run.sample(tf.tensor2d(z, [count, config.latent]), true));
  const { bytes: pixels } = toBytes(await samples.data<"float32">());
  samples.dispose();
  return pngOf(encodePng(tileGrid({ pixels, count, resolution, channels: 3 }, { columns })));
}

/** A checkpoint as data that can be compared: its pictures as bytes. */
export async function comparable({ pictures, ...rest }: Checkpoint | ReadCheckpoint) {
  const bytes = async (png: Blob) => new Uint8Array(await png.arrayBuffer());
  const read = [...pictures].map(async ([name, png]) => [name, await bytes(png)] as const);
  return { ...rest, pictures: new Map(await Promise.all(read)) };
}
