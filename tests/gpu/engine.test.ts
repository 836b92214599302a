// Engines open, compute what plain loops compute, and give everything back when closed.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Trouble } from "../../src/gan/errors.ts";
import * as tf from "../../src/gan/tf.ts";
import type { OpenEngine, Platform } from "../../src/gpu/engine.ts";
import { openEngine } from "../../src/gpu/openEngine.ts";
import { node } from "../../src/gpu/node.ts";
import { selfCheck } from "../../src/gpu/selfCheck.ts";
import { adapter, engines } from "../engines.ts";

describe.each(engines)("$name", ({ name, open, close }) => {
  beforeAll(open);
  afterAll(close);

  test("is tfjs's current backend", async () => {
    expect(tf.getBackend()).toBe(name);
    expect(Array.from(await tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).data())).toEqual([3, 3, 3, 3]);
  });

  test("passes the self check, which keeps no tensor", async () => {
    const before = tf.memory().numTensors;
    expect(await selfCheck()).toBeUndefined();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.runIf(name === "webgpu")("names the kernel of an operation that is not loaded with it", () => {
    const unused = () => tf.tidy(() => tf.tanh(tf.scalar(1)));
    expect(unused).toThrow("Kernel 'Tanh' not registered for backend 'webgpu'");
  });

  // The sizes of dense layers: batch × (16 · channels) × channels, and one output.
  test.each([
    [16, 1024, 64],
    [16, 64, 1],
    [4, 2080, 16],
    [1, 7, 5],
    [64, 32, 1024],
    [3, 1, 4],
  ])("multiplies [%i,%i] by [_,%i], the same way twice", async (M, K, N) => {
    const [a, b] = [table(M, K, 0), table(K, N, 1)];
    const first = await product(a, b);
    expect(await product(a, b)).toEqual(first);
    const errors = first.map((got, at) => {
      const expected = a[Math.floor(at / N)]!.reduce((sum, value, k) => sum + value * b[k]![at % N]!, 0);
      return Math.abs(got - expected);
    });
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-3);
  });
});

test("a wrong kernel is caught and named", async () => {
  const cpu = engines[0]!;
  await cpu.open();
  const sum = tf.getKernel(tf.Sum, "cpu")!;
  const multiply = tf.getKernel(tf.Prod, "cpu")!.kernelFunc;
  tf.unregisterKernel(tf.Sum, "cpu");
  tf.registerKernel({ ...sum, kernelFunc: multiply });
  expect((await selfCheck())?.operation).toBe("a sum");
  tf.unregisterKernel(tf.Sum, "cpu");
  tf.registerKernel(sum);
});

describe("openEngine", () => {
  let engine: OpenEngine | undefined;
  afterEach(() => engine?.close());

  const without = (gpu: Platform["gpu"]): Platform => ({ ...node, gpu });
  const noGpu = without(() => Promise.reject(new Trouble("This browser has no WebGPU.", "Use another.")));
  const noAdapter = without(() => Promise.resolve({ requestAdapter: () => Promise.resolve(null) } as never));

  test("asked for WASM, opens it without a notice", async () => {
    engine = await openEngine("wasm", noGpu);
    expect(engine).toMatchObject({ name: "wasm", software: false });
    expect(engine.device).toMatch(/^\d+ threads?, SIMD$/);
    expect(engine.notice).toBeUndefined();
  });

  test("left to choose, takes WASM where there is no WebGPU, and says why", async () => {
    engine = await openEngine("auto", noGpu);
    expect(engine).toMatchObject({ name: "wasm", notice: { message: "This browser has no WebGPU." } });
  });

  test("left to choose, takes WASM where WebGPU offers no adapter, and says why", async () => {
    engine = await openEngine("auto", noAdapter);
    expect(engine).toMatchObject({ name: "wasm", notice: node.noAdapter });
  });

  test("asked for WebGPU, refuses where there is none", async () => {
    await expect(openEngine("webgpu", noGpu)).rejects.toThrow(Trouble);
    await expect(openEngine("webgpu", noAdapter)).rejects.toThrow(node.noAdapter.message);
  });

  test("opens again after it was closed", async () => {
    for (let i = 0; i < 3; i++) {
      engine = await openEngine("wasm", noGpu);
      expect(Array.from(tf.ones([3]).sum().dataSync())).toEqual([3]);
      engine.close();
    }
    engine = undefined;
  });
});

describe.runIf(adapter)("WebGPU", () => {
  test.runIf(adapter?.info.isFallbackAdapter)("on a software GPU only runs when asked for", async () => {
    const auto = await openEngine("auto", node);
    expect(auto).toMatchObject({ name: "wasm", notice: { message: expect.stringContaining("software") } });
    auto.close();
    const asked = await openEngine("webgpu", node);
    expect(asked).toMatchObject({ name: "webgpu", software: true, notice: { message: expect.any(String) } });
    asked.close();
  });

  test("reports a refused command, and its own end", async () => {
    const first = await openEngine("webgpu", node);
    (tf.backend() as WebGPUBackend).device.createBuffer({ size: 4, usage: 0 });
    expect(await first.lost).toMatchObject({ reason: "error", message: expect.stringContaining("usage") });
    first.close();

    const second = await openEngine("webgpu", node);
    second.close();
    expect(await second.lost).toMatchObject({ reason: "destroyed" });
  });
});

function table(rows: number, columns: number, seed: number): number[][] {
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => Math.sin(i * 12.9 + j * 78.2 + seed)),
  );
}

async function product(a: number[][], b: number[][]): Promise<number[]> {
  const result = tf.tidy(() => tf.matMul(tf.tensor2d(a), tf.tensor2d(b)));
  const values = Array.from(await result.data());
  result.dispose();
  return values;
}
