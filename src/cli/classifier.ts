// npm run classifier: trains the network that tells digits apart, by the layers and the optimiser that GANs are trained by.

import { writeFileSync } from "node:fs";
import { openSource } from "../data/catalogue.ts";
import { type AdamOptions, adamStep, type Moments, nextPaces } from "../gan/adam.ts";
import { Trouble } from "../gan/errors.ts";
import { addBias, biasLeakyRelu, conv, dense, downsample2x } from "../gan/ops/index.ts";
import { createStream, type Stream } from "../gan/random.ts";
import type { ImageSource } from "../gan/source.ts";
import * as tf from "../gan/tf.ts";
import { openEngine } from "../gpu/openEngine.ts";
import { node } from "../gpu/node.ts";
import { openCensus } from "../metrics/census/census.ts";
import {
  checkDigitWeights,
  createClassifier,
  createDigitReader,
  type DigitWeights,
  heldOut,
  layers,
  noDigit,
  seen,
  shapes,
  split,
  toSeen,
} from "../metrics/census/digits.ts";
import { readSafetensors, writeSafetensors } from "../store/pgan/safetensors.ts";
import { readCommandLine } from "./options.ts";
import { readPack } from "./readPack.ts";
import { closing } from "./train.ts";

type Name = keyof typeof shapes;
const names = Object.keys(shapes) as Name[];

/** Of a batch of 80, 32 are no digits: even blends of two different ones, and noise. Half of all are shown at 8 px. */
const batch = { digits: 48, blends: 16, noise: 16 };
const N = batch.digits + batch.blends + batch.noise;
const usualSteps = 5_000;
const learningRate = 0.004;
const adam: AdamOptions = { beta1: 0.9, beta2: 0.99, adamEpsilon: 1e-8 };

const options = {
  out: { type: "string" },
  steps: { type: "string", default: String(usualSteps) },
  help: { type: "boolean" },
} as const;

/** Runs the command. */
export async function main(argv: string[]): Promise<void> {
  const { values } = readCommandLine("classifier", argv, options);
  if (values.help)
    return void process.stdout.write(
      `npm run classifier -- --out datasets/digits/pack/classifier.safetensors [--steps ${usualSteps}]\n`,
    );
  const { out } = values;
  if (out === undefined)
    throw new Trouble("No file was named for the weights.", "Add --out FILE.safetensors.");
  const steps = Number(values.steps);
  if (!Number.isInteger(steps) || steps < 1)
    throw new Trouble(`--steps takes a whole number from 1 on, not ${values.steps}.`, "Leave it out.");
  const source = await openSource("digits", 0, readPack, seen);
  const engine = await openEngine("wasm", node);
  await closing(engine, async () => {
    const trained = await trainClassifier(source, steps);
    const tensors = new Map(names.map((name) => [name, { shape: shapes[name], values: trained[name] }]));
    const lines = report(source, checkDigitWeights(tensors));
    const file = writeSafetensors(tensors, { madeBy: "npm run classifier", heldOut: lines.join("; ") });
    checkDigitWeights(readSafetensors(file));
    writeFileSync(out, file);
    console.log([...lines, `${file.length} bytes: ${out}`].join("\n"));
  });
}

/** Cross-entropy over the digits and "no digit", Adam, the learning rate falling to zero as a cosine. */
async function trainClassifier(source: ImageSource, steps: number): Promise<Record<Name, Float32Array>> {
  const { train } = split(source.count);
  const normal = createStream(0, "classifier weights");
  const pick = createStream(0, "classifier batches");
  const noise = createStream(0, "classifier noise");
  let weights = names.map((name) => {
    const shape: readonly number[] = shapes[name];
    const size = shape.reduce((product, length) => product * length, 1);
    const fanIn = size / shape.at(-1)!;
    const values = normal.normal(new Float32Array(size)).map((value) => value * Math.sqrt(2 / fanIn));
    return tf.tensor(name.endsWith("bias") ? new Float32Array(size) : values, [...shape]);
  });
  let moments: Moments[] = weights.map((w) => ({ m: tf.zerosLike(w), v: tf.zerosLike(w) }));
  const ages: Record<string, number> = {};

  for (let step = 0; step < steps; step++) {
    const { images, classes } = drawBatch(source, train, pick.uniform(new Float32Array(3 * N)), noise);
    const rate = (learningRate * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    const next = tf.tidy(() => {
      const x = tf.tensor4d(images, [N, seen, seen, 1]);
      const wanted = tf.cast(
        tf.oneHot(tf.tensor1d(classes, "int32"), layers.classes),
        "float32",
      ) as tf.Tensor2D; // [N,11]
      const { value, grads } = tf.valueAndGrads((...ws: tf.Tensor[]) => crossEntropy(scores(ws, x), wanted))(
        weights,
      );
      if (step % 200 === 199)
        console.log(`step ${step + 1} of ${steps}: loss ${value.dataSync()[0]!.toFixed(4)}`);
      const paces = nextPaces(names, ages, rate, adam);
      return names.map((name, i) => {
        const { w, m, v, squares } = adamStep(weights[i]!, moments[i]!, grads[i]!, paces.get(name)!, adam);
        return { w, m, v, squares };
      });
    });
    tf.dispose([weights, moments.map(({ m, v }) => [m, v]), next.map(({ squares }) => squares)]);
    weights = next.map(({ w }) => w);
    moments = next.map(({ m, v }) => ({ m, v }));
  }
  const values = await Promise.all(weights.map((w) => w.data<"float32">()));
  const trained = Object.fromEntries(names.map((name, i) => [name, values[i]!.slice()]));
  tf.dispose([weights, moments.map(({ m, v }) => [m, v])]);
  return trained as Record<Name, Float32Array>;
}

/** Images [N,16,16,1] to scores [N,11]. */
function scores(weights: readonly tf.Tensor[], images: tf.Images): tf.Tensor2D {
  const [w1, b1, w2, b2, w3, b3] = weights as [
    tf.Tensor4D,
    tf.Tensor,
    tf.Tensor4D,
    tf.Tensor,
    tf.Tensor2D,
    tf.Tensor,
  ];
  const first = downsample2x(biasLeakyRelu(conv(images, w1), b1)); // [N,8,8,12]
  const second = downsample2x(biasLeakyRelu(conv(first, w2), b2)); // [N,4,4,24]
  return addBias(dense(second.reshape([N, -1]), w3), b3); // [N,11]
}

/** -mean log softmax at what is wanted. Scores are of a few tens at most, so that exp does not overflow. */
function crossEntropy(scores: tf.Tensor2D, wanted: tf.Tensor2D): tf.Scalar {
  const loss = tf.customGrad((given, save) => {
    const x = given as tf.Tensor2D;
    const exp = x.exp(); // [N,11]
    const sums = exp.sum(1, true); // [N,1]
    const value = tf.log(sums).mean().sub(x.mul(wanted).sum(1).mean());
    const slope = exp.div(sums).sub(wanted).div(x.shape[0]); // [N,11]
    (save as (tensors: tf.Tensor[]) => void)([slope]);
    return { value: value as tf.Scalar, gradFunc: (dy: tf.Scalar, saved: tf.Tensor[]) => saved[0]!.mul(dy) };
  });
  return loss(scores) as tf.Scalar;
}

/** Digits, blends and noise as the network sees them, every other one at 8 px. @param u [3N] numbers in [0,1) */
function drawBatch(
  source: ImageSource,
  from: Uint32Array,
  u: Float32Array,
  noise: Stream,
): { images: Float32Array; classes: Int32Array } {
  const images = new Float32Array(N * seen ** 2);
  const classes = new Int32Array(N);
  const one = new Float32Array(seen ** 2);
  const view = new Float32Array(seen ** 2);
  const draw = (place: number, resolution: number) => {
    const index = from[Math.floor(place * from.length)]!;
    source.write(index, resolution, one, 0);
    toSeen(one, 0, resolution, view);
    return source.modeOf!(index);
  };
  for (let n = 0; n < N; n++) {
    const resolution = n % 2 === 0 ? seen : seen / 2;
    if (n >= batch.digits + batch.blends) {
      const grain = [1, 2, 4][n % 3]!;
      images.set(drawNoise(noise, resolution, grain), n * seen ** 2);
      classes[n] = noDigit;
      continue;
    }
    classes[n] = draw(u[3 * n]!, resolution);
    images.set(view, n * seen ** 2);
    if (n < batch.digits) continue;
    const other = draw(u[3 * n + 1]!, resolution);
    if (other === classes[n]) continue; // two of one kind stay the first of them
    for (let i = 0; i < view.length; i++)
      images[n * view.length + i] = (images[n * view.length + i]! + view[i]!) / 2;
    classes[n] = noDigit;
  }
  return { images, classes };
}

/**
 * Normal noise whose grains are so many pixels wide, about a random grey and of a random strength, as the network sees it: [16,16].
 * A G that has learnt nothing draws such images.
 */
function drawNoise(stream: Stream, resolution: number, grain: number): Float32Array {
  const cells = resolution / grain;
  const [mean, strength] = stream.uniform(new Float32Array(2));
  const coarse = stream
    .normal(new Float32Array(cells ** 2))
    .map((value) => Math.max(-1, Math.min(1, 2 * mean! - 1.5 + value * (0.1 + strength!))));
  const view = new Float32Array(seen ** 2);
  toSeen(coarse, 0, cells, view);
  return view;
}

/** What it scores on images that it was not trained on, at each resolution, as sentences. */
function report(source: ImageSource, weights: DigitWeights): string[] {
  const test = heldOut(source);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [32, 16, 8].map((resolution) => {
    const right = accuracy(test, weights, resolution);
    const { realsRejected, realsMisread, blendsAccepted } = openCensus(
      createDigitReader(weights, resolution),
      test,
    ).errors;
    return `${resolution} px: ${percent(right)} of ${test.count} held-out digits right; as a census ${percent(realsRejected)} rejected, ${percent(realsMisread)} misread, ${percent(blendsAccepted)} of even blends accepted`;
  });
}

/** Share of images whose likeliest digit is theirs. */
function accuracy(test: ImageSource, weights: DigitWeights, resolution: number): number {
  const classify = createClassifier(weights);
  const image = new Float32Array(resolution ** 2);
  const view = new Float32Array(seen ** 2);
  let right = 0;
  for (let index = 0; index < test.count; index++) {
    test.write(index, resolution, image, 0);
    toSeen(image, 0, resolution, view);
    const digits = classify(view).subarray(0, noDigit);
    if (digits.indexOf(Math.max(...digits)) === test.modeOf!(index)) right++;
  }
  return right / test.count;
}
