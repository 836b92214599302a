// Our kernels compute what the plain tfjs beside them computes, and the same bits each time.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as tf from "../../src/gan/tf.ts";
import { plainKernel } from "../../src/gpu/operations.ts";
import { chooseThreads, type Threads } from "../../src/gpu/kernels/threads.ts";
import "../../src/gpu/plainKernels.ts";
import { internals } from "../../src/gpu/record/backend.ts";
import { operations } from "../../src/gpu/wasm/index.ts";
import { engines } from "../engines.ts";
import { numbers } from "../gan/finiteDifferences.ts";

/** Of the largest number of the result: another order of adding, and other roundings. */
const tolerance = 2e-6;

type Case = [operation: string, shapes: Record<string, number[]>, options: object];

/** Two minibatches of eight, and one of three. */
const groupings = [
  { x: [16, 4, 4, 6], y: [2, 1, 2, 1], z: [16, 4, 4, 7], sets: 2, size: 4 },
  { x: [3, 2, 3, 70], y: [1, 1, 1, 1], z: [3, 2, 3, 71], sets: 1, size: 3 },
];

// prettier-ignore
const cases: Case[] = [
  ["PggConvFilterGrad", { x: [2, 4, 4, 3], y: [2, 4, 4, 5] }, { stride: 1, size: 3 }],
  ["PggConvFilterGrad", { x: [3, 5, 7, 40], y: [3, 5, 7, 33] }, { stride: 1, size: 3 }],
  ["PggConvFilterGrad", { x: [16, 8, 8, 9], y: [16, 8, 8, 16] }, { stride: 1, size: 3 }],
  ["PggConvFilterGrad", { x: [2, 6, 8, 3], y: [2, 3, 4, 2] }, { stride: 2, size: 4 }],
  ["PggConvFilterGrad", { x: [1, 16, 1, 70], y: [1, 16, 1, 1] }, { stride: 1, size: 1 }],
  ["PggConvFilterGrad", { x: [4, 16, 16, 32], y: [4, 16, 16, 3] }, { stride: 1, size: 1 }],
  ["PggBiasLeakyRelu", { x: [3, 5, 7, 6], bias: [6] }, {}],
  ["PggBiasLeakyRelu", { x: [4, 70], bias: [70] }, {}],
  ["PggBiasLeakyReluGrad", { dy: [3, 5, 7, 6] }, { x: [3, 5, 7, 6], bias: [6] }],
  ["PggPixelNorm", { x: [3, 5, 7, 6] }, { epsilon: 1e-8 }],
  ["PggPixelNorm", { x: [4, 70] }, { epsilon: 0.1 }],
  ["PggPixelNormGrad", { dy: [2, 5, 7, 33], x: [2, 5, 7, 33] }, { epsilon: 1e-8 }],
  ["PggChannelSum", { x: [3, 5, 7, 6] }, { shape: [3, 5, 7, 6] }],
  ["PggChannelSum", { x: [16, 16, 16, 40] }, { shape: [16, 16, 16, 40] }],
  ["PggChannelSum", { x: [4, 1] }, { shape: [4, 1] }],
  ...groupings.flatMap(({ x, y, z, ...groups }): Case[] => [
    ["PggDeviation", { x }, groups],
    ["PggDeviationGrad", { dy: y, x }, groups],
    ["PggDeviationTangent", { u: x, x }, groups],
    ["PggDeviationCurve", { u: x, dy: y, x }, groups],
    ["PggAppend", { x, y }, groups],
    ["PggDrop", { z }, groups],
    ["PggGather", { z }, groups],
  ]),
  ["PggBlend", { before: [2, 4, 4, 3], after: [2, 4, 4, 3], alpha: [1] }, {}],
  ["PggShare", { x: [2, 4, 4, 3], alpha: [1] }, { rest: true }],
  ["PggShare", { x: [2, 4, 4, 3], alpha: [1] }, { rest: false }],
  ["PggUpsample2x", { x: [3, 5, 7, 6] }, { factor: 1 }],
  ["PggUpsample2x", { x: [2, 4, 4, 3] }, { factor: 0.25 }],
  ["PggDownsample2x", { x: [3, 6, 8, 5] }, { factor: 1 }],
  ["PggDownsample2x", { x: [2, 4, 4, 3] }, { factor: 4 }],
  ["PggConv", { x: [2, 4, 4, 3], w: [3, 3, 3, 5] }, { stride: 1 }],
  ["PggConv", { x: [3, 5, 7, 40], w: [3, 3, 40, 33] }, { stride: 1 }],
  ["PggConv", { x: [2, 6, 8, 9], w: [4, 4, 9, 17] }, { stride: 2 }],
  ["PggConv", { x: [1, 16, 1, 70], w: [1, 1, 70, 1] }, { stride: 1 }],
  ["PggConv", { x: [4, 16, 16, 6], w: [3, 3, 6, 4] }, { stride: 1 }],
  ["PggConvTranspose", { y: [2, 4, 4, 5], w: [3, 3, 3, 5] }, { stride: 1 }],
  ["PggConvTranspose", { y: [3, 5, 7, 33], w: [3, 3, 40, 33] }, { stride: 1 }],
  ["PggConvTranspose", { y: [2, 3, 4, 17], w: [4, 4, 9, 17] }, { stride: 2 }],
  ["PggConvTranspose", { y: [1, 16, 1, 3], w: [1, 1, 70, 3] }, { stride: 1 }],
  ["PggBias", { x: [3, 5, 7, 6], bias: [6] }, {}],
  ["PggTally", { state: [3, 3], value0: [16], value1: [1], value2: [] }, {}],
  ["PggAdam", adamShapes([3, 3, 20, 9]), { beta1: 0, beta2: 0.99, adamEpsilon: 1e-8, factor: 1 }],
  ["PggAdam", adamShapes([7]), { beta1: 0.5, beta2: 0.9, adamEpsilon: 1e-3, factor: 0.3 }],
  ["PggScale", { x0: [40, 50], x1: [3], x2: [2, 2] }, { factors: [0.5, 3, -1] }],
  ["PggAverage", { average0: [40, 50], value0: [40, 50], average1: [3], value1: [3], rate: [1] }, {}],
];

function adamShapes(shape: number[]) {
  return { w: shape, m: shape, v: shape, gradient: shape, rate: [1], correction: [1] };
}

// Convolutions and their adjoints, for which WebGPU has none of ours.
// prettier-ignore
const wasmCases: Case[] = [
  ["PggConv", { x: [2, 4, 4, 3], w: [3, 3, 3, 5] }, { stride: 1 }],
  ["PggConv", { x: [3, 5, 7, 33], w: [3, 3, 33, 16] }, { stride: 1 }],
  ["PggConv", { x: [3, 1, 2, 5], w: [3, 3, 5, 9] }, { stride: 1 }],
  ["PggConv", { x: [2, 6, 8, 3], w: [4, 4, 3, 2] }, { stride: 2 }],
  ["PggConv", { x: [1, 6, 1, 70], w: [1, 1, 70, 1] }, { stride: 1 }],
  ["PggConv", { x: [2, 6, 6, 16], w: [1, 1, 16, 3] }, { stride: 1 }],
  ["PggConvTranspose", { y: [3, 5, 7, 16], w: [3, 3, 33, 16] }, { stride: 1 }],
  ["PggConvTranspose", { y: [1, 6, 1, 1], w: [1, 1, 70, 1] }, { stride: 1 }],
  ["PggConvTranspose", { y: [2, 3, 4, 2], w: [4, 4, 3, 2] }, { stride: 2 }],
  ["PggConvFilterGrad", { x: [2, 6, 6, 3], y: [2, 6, 6, 16] }, { stride: 1, size: 1 }],
];

/** Operations whose kernels are written for threads that work together and for threads that work alone. */
const twofold = [
  "PggConv",
  "PggConvTranspose",
  "PggConvFilterGrad",
  "PggPixelNorm",
  "PggPixelNormGrad",
  "PggAdam",
];

/** Engines that have kernels of ours, with the cases of those. */
const faster = engines.flatMap((engine): (typeof engine & { cases: [threads: Threads, ...Case][] })[] => {
  const alone = (of: Case[]) => of.map((given): [Threads, ...Case] => ["alone", ...given]);
  if (engine.name === "cpu") return [];
  if (engine.name === "wasm")
    return [
      { ...engine, cases: alone([...cases, ...wasmCases].filter(([name]) => operations.includes(name))) },
    ];
  const again = cases.filter(([name]) => twofold.includes(name));
  return [
    {
      ...engine,
      cases: [...alone(cases), ...again.map((given): [Threads, ...Case] => ["together", ...given])],
    },
  ];
});

describe.each(faster)("on $name", ({ name: backendName, open, close, cases }) => {
  beforeAll(open);
  afterAll(close);

  let before = 0;
  beforeEach(() => (before = tf.memory().numTensors));
  afterEach(() => expect(tf.memory().numTensors, "every tensor was freed").toBe(before));

  test.each(cases)("threads %s: %s of %j, %j", async (threads, operation, shapes, options) => {
    if (backendName === "webgpu") chooseThreads(internals(tf.backend() as WebGPUBackend).device, threads);
    const inputs = Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => [
        name,
        name === "v" ? tf.tidy(() => numbers(shape).square()) : numbers(shape, i),
      ]),
    );
    const backend = tf.backend();
    // Tensors travel as options where no gradient is to reach them.
    const tensors = Object.entries(options).filter(([name]) => ["x", "bias"].includes(name));
    const carried = Object.fromEntries(tensors.map(([name, shape]) => [name, numbers(shape as number[], 5)]));
    const attrs = { ...options, ...carried } as unknown as tf.NamedAttrMap;
    const run = (kernelFunc: tf.KernelFunc) => kernelFunc({ inputs, attrs, backend });
    const own = tf.getKernel(operation, backendName)!.kernelFunc;
    expect(own).not.toBe(plainKernel(operation));
    const [got, again, expected] = await Promise.all(
      [own, own, plainKernel(operation)].map((kernel) => read(run(kernel))),
    );
    expect(again).toEqual(got);
    // Squares of a gradient come as any numbers with the right sum.
    if (operation === "PggAdam") for (const result of [got!, expected!]) result[3] = summed(result[3]!);
    expect(got!.map(({ shape }) => shape)).toEqual(expected!.map(({ shape }) => shape));
    expected!.forEach(({ values }, i) => expect(furthest(got![i]!.values, values)).toBeLessThan(tolerance));
    tf.dispose([inputs, carried]);
  });
});

async function read(outputs: tf.TensorInfo | tf.TensorInfo[]) {
  const tensors = [outputs]
    .flat()
    .map((info) => (info instanceof tf.Tensor ? info : tf.engine().makeTensorFromTensorInfo(info)));
  const results = await Promise.all(
    tensors.map(async (tensor) => ({ shape: tensor.shape, values: await tensor.data<"float32">() })),
  );
  tf.dispose(tensors);
  return results;
}

const summed = ({ values }: { values: Float32Array }) => ({
  shape: [],
  values: Float32Array.of(values.reduce((sum, value) => sum + value, 0)),
});

/** The largest distance, as a share of the largest number. NaN where anything is. */
function furthest(got: Float32Array, expected: Float32Array): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...got.map((value, i) => Math.abs(value - expected[i]!))) / scale;
}
