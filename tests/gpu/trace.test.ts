// Tracing runs nothing and makes nothing, writes down no more than is needed, and refuses by name what can't be
// recorded. All of it on an adapter that computes nothing.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Config, defaults, losses } from "../../src/gan/settings/config.ts";
import { conv, upsample2x } from "../../src/gan/ops/index.ts";
import * as tf from "../../src/gan/tf.ts";
import type { OpenEngine } from "../../src/gpu/engine.ts";
import { chooseThreads, type Threads } from "../../src/gpu/kernels/threads.ts";
import { assemble } from "../../src/gpu/kernels/wgsl.ts";
import { internals } from "../../src/gpu/record/backend.ts";
import { bakedConfig } from "../../src/gpu/record/key.ts";
import { shorten } from "../../src/gpu/record/shorten.ts";
import { recordedSteps } from "../../src/gpu/record/steps.ts";
import { trace } from "../../src/gpu/record/trace.ts";
import { openWebGpu } from "../../src/gpu/webgpu.ts";
import { nullGpu } from "../engines.ts";
import { tinyRun } from "../gan/tiny.ts";

const backend = () => tf.backend() as WebGPUBackend;
const openNull = async () => openWebGpu((await nullGpu!.requestAdapter())!);
const shapes = { inputs: new Map([["x", [2, 3]]]), state: new Map([["w", [3, 2]]]) };

/** The tape of a step that sets w to a function of x and w. */
function tapeOf(step: (x: tf.Tensor2D, w: tf.Tensor2D) => tf.Tensor) {
  return trace(
    internals(backend()),
    shapes,
    ({ inputs, state }) => {
      const [x, w] = [inputs.get("x"), state.get("w")] as [tf.Tensor2D, tf.Tensor2D];
      return new Map([["w", tf.keep(tf.tidy(() => step(x, w)))]]);
    },
    Object.create(internals(backend()).pipelineCache),
  );
}

const namesOf = (step: Parameters<typeof tapeOf>[0]) =>
  shorten(tapeOf(step)).operations.map(({ name }) => name.replace("Program", ""));

describe.runIf(nullGpu)("on an adapter that computes nothing", () => {
  let engine: OpenEngine;
  let before = 0;
  beforeAll(async () => {
    engine = await openNull();
    before = tf.memory().numTensors;
  });
  afterAll(() => engine.close());
  afterEach(() => expect(tf.memory().numTensors, "every tensor was freed").toBe(before));

  test("tracing makes no buffer and submits nothing", () => {
    const { device } = backend();
    const calls: string[] = [];
    const methods = [
      "createBuffer",
      "createCommandEncoder",
      "createBindGroup",
      "createComputePipeline",
    ] as const;
    for (const name of methods)
      Object.defineProperty(device, name, { value: () => calls.push(name), configurable: true });
    tapeOf((x, w) => tf.matMul(w, x).matMul(w).add(1));
    for (const name of methods) Reflect.deleteProperty(device, name);
    expect(calls).toEqual([]);
    expect(tf.memory()).toMatchObject({ numBytesInGPU: 0 });
  });

  test("nothing is done twice, nor for nothing", () => {
    expect(
      namesOf((x, w) => {
        tf.exp(x); // nobody looks at it
        return w.mul(tf.matMul(x, w).sum()).add(tf.matMul(x, w).sum());
      }),
    ).toEqual(["MatMulPacked", "PggTotal", "PggSum/repeated"]);
  });

  test("operations of ours that follow one another become one, and products in it stay rounded", () => {
    const { operations } = shorten(tapeOf((x, w) => tf.transpose(x).mul(w).add(w.neg())));
    expect(operations.map(({ name }) => name)).toEqual(["TransposeSharedProgram", "PggSum"]);
    const { work, writes } = operations[1]!;
    const { name, code, inputs } = assemble(work!, writes[0]!.bytes / 4);
    expect(name).toBe("PggSum(PggProduct(#0,#1),PggNegative(#1))");
    expect(inputs).toHaveLength(2);
    expect(code).toContain("bitcast<u32>(x) ^ u.none");
  });

  test.each<[Threads, string[]]>([
    ["together", ["PggConv"]],
    ["alone", ["PggUpsample2x", "PggConv/8x4"]],
  ])("threads %s: a convolution of larger images is %j", (threads, names) => {
    chooseThreads(backend().device, threads);
    const larger = (x: tf.Tensor) => upsample2x(x.reshape([1, 2, 1, 3]));
    expect(namesOf((x, w) => conv(larger(x), w.reshape([1, 1, 3, 2])))).toEqual(names);
    chooseThreads(backend().device, "together");
  });

  test("a new value is copied only where the old one is still looked at", () => {
    expect(shorten(tapeOf((_, w) => w.exp().add(1))).results.size).toBe(0);
    expect(shorten(tapeOf((_, w) => w.add(1))).results.size).toBe(1);
    expect(shorten(tapeOf((_, w) => w.exp().add(1).mul(w))).results.size).toBe(1);
    expect(shorten(tapeOf((x) => tf.transpose(x))).results.size).toBe(0);
    expect(shorten(tapeOf((_, w) => w.clone())).results.size).toBe(0);
  });

  const elsewhere = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  test.each<[string, Parameters<typeof tapeOf>[0], string]>([
    ["a read", (x, w) => w.mul(x.dataSync()[0]!), "reads a tensor"],
    ["a random number", (_, w) => w.mul(Math.random()), "draws a random number"],
    ["a random tensor", (_, w) => w.add(tf.randomNormal([3, 2])), "draws a random number"],
    [
      "an upload of data",
      (_, w) =>
        w.add(
          tf.matMul(
            tf.tensor2d(
              Array.from({ length: 30 }, (_, i) => i),
              [3, 10],
            ),
            tf.zeros([10, 2]),
          ),
        ),
      "uploads [3,10] numbers, which would be baked into its recording",
    ],
  ])("%s is refused by name", (_, step, message) => {
    expect(() => tapeOf(step)).toThrow(message);
    expect(
      namesOf((_, w) => w.exp()),
      "the next one can be traced",
    ).toEqual(["UnaryOp"]);
  });

  test("so are tensors that a step was not given, wherever they are", async () => {
    const [onCpu, onGpu] = [elsewhere(), tf.tidy(() => elsewhere().add(1))];
    for (const tensor of [onCpu, onGpu])
      expect(() => tapeOf((_, w) => w.add(tensor))).toThrow("a tensor that it was not given");
    tf.dispose([onCpu, onGpu]);
  });

  test("so are settings that are not in the recording's key", () => {
    const config = bakedConfig(defaults);
    expect([config.pixelNorm, config.gpWeight > 0]).toEqual([true, true]);
    expect(() => config.learningRateD).toThrow("looks at setting learningRateD");
  });

  const settings: Partial<Config>[] = [
    ...losses.map((loss) => ({ loss, r1Gamma: 1 })),
    { upsampling: "transposed", downsampling: "strided", spectralNorm: true, augment: true },
    { minibatchStddev: false, pixelNorm: false, latentNorm: false, equalizedLr: false, beta1: 0.5 },
  ];
  test.each(settings)("%j needs no kernel of tfjs that the page does not load", (changes) => {
    const run = tinyRun({ from: 4, imagesPerPhase: 4, ...changes }, recordedSteps(backend()));
    for (let i = 0; i < 2; i++) {
      run.advance(); // traced, and taken as it is written
      run.grow();
    }
    expect(run.resolution).toBe(8);
    run.dispose();
  });

  test("a replay makes the dispatches it says, and fewer than the step it stands for", async () => {
    const steps = recordedSteps(backend());
    const run = tinyRun({ from: 4, imagesPerPhase: 4 }, steps);
    let dispatches = 0;
    run.advance();
    run.grow();
    await steps.settled();
    const encoder = GPUComputePassEncoder.prototype;
    const { dispatchWorkgroups } = encoder;
    encoder.dispatchWorkgroups = function (...size) {
      dispatches++;
      return dispatchWorkgroups.apply(this, size);
    };
    run.advance();
    await steps.settled();
    const eager = dispatches;
    run.advance();
    encoder.dispatchWorkgroups = dispatchWorkgroups;
    const recorded = steps.report.recordings.filter(({ key }) => key.includes(",8,true"));
    expect(dispatches - eager).toBe(recorded.reduce((sum, { dispatches }) => sum + dispatches, 0));
    expect(dispatches - eager).toBeLessThan(eager);
    run.dispose();
  });
});

describe.runIf(nullGpu)("a device that is lost", () => {
  test.each(["compiled", "replayed"])("while steps are %s is told of as ever", async (when) => {
    const engine = await openNull();
    const steps = recordedSteps(backend());
    const run = tinyRun({}, steps);
    run.advance();
    if (when === "replayed") await steps.settled();
    backend().device.destroy();
    expect(await engine.lost).toMatchObject({ reason: "lost" });
    await steps.settled();
    await expect(run.readStats()).rejects.toThrow();
    engine.close();
  });
});
