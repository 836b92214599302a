// The engines this machine has, for tests of numbers: describe.each(engines)("… on $name", ({ open, close }) => …).

import * as tf from "../src/gan/tf.ts";
import { openDawn } from "../src/gpu/dawn.ts";
import type { OpenEngine } from "../src/gpu/engine.ts";
import { node } from "../src/gpu/node.ts";
import { openWasm } from "../src/gpu/wasm.ts";
import { openWebGpu } from "../src/gpu/webgpu.ts";

export interface TestEngine {
  name: "cpu" | "wasm" | "webgpu";
  /** Makes the engine tfjs's current backend. Call it in beforeAll. */
  open(): Promise<void>;
  /** Frees the engine with every tensor on it. Call it in afterAll. */
  close(): void;
}

tf.enableProdMode(); // Else tfjs advertises itself in the output of tests. Nothing else depends on it.

/** An adapter Dawn found: a GPU, or SwiftShader where the environment leads Vulkan to one. */
export const adapter = await openDawn()
  .then((gpu) => gpu.requestAdapter())
  .catch(() => null);

/** A WebGPU that takes every command and computes nothing: for counting, and for what JavaScript costs. */
export const nullGpu = await openDawn()
  .then(() => import("webgpu"))
  .then(({ create }) => create(["backend=null"]))
  .catch(() => null);

export const engines: TestEngine[] = [cpu(), opened("wasm", () => openWasm(node))];
if (adapter) engines.push(opened("webgpu", () => openWebGpu(adapter)));

function cpu(): TestEngine {
  return {
    name: "cpu",
    async open() {
      await import("@tensorflow/tfjs-backend-cpu");
      await tf.setBackend("cpu");
    },
    close() {},
  };
}

function opened(name: "wasm" | "webgpu", openEngine: () => Promise<OpenEngine>): TestEngine {
  let engine: OpenEngine | undefined;
  return {
    name,
    async open() {
      engine = await openEngine();
    },
    close() {
      engine?.close();
    },
  };
}
