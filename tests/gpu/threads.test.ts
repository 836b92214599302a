// Who computes in which way, and that the bits are the same where both ways add in one order.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conv } from "../../src/gan/ops/index.ts";
import * as tf from "../../src/gan/tf.ts";
import { chooseThreads, threadsOf, type Threads } from "../../src/gpu/kernels/threads.ts";
import { internals } from "../../src/gpu/record/backend.ts";
import { isSoftware } from "../../src/gpu/webgpu.ts";
import { adapter, engines } from "../engines.ts";
import { numbers } from "../gan/finiteDifferences.ts";

const gpu = engines.find(({ name }) => name === "webgpu");
// The first one compiles everything, which takes a busy machine a while.
describe.runIf(gpu)("on WebGPU", { timeout: 400_000 }, () => {
  beforeAll(() => gpu!.open());
  afterAll(() => gpu!.close());

  test("a software adapter has threads that work alone, and a GPU threads that work together", () => {
    const { device } = internals(tf.backend() as WebGPUBackend);
    expect(threadsOf(device)).toBe(isSoftware(adapter!) ? "alone" : "together");
  });

  // [H,W,Ci,Co], K and stride: tiles of threads that are full, half empty, and beyond the images.
  test.each([
    [[5, 7, 5, 9], 3, 1],
    [[6, 8, 3, 4], 4, 2],
    [[16, 16, 8, 12], 3, 1],
  ] as const)(
    "convolutions and their gradients have the same bits however threads work: %j",
    async ([H, W, Ci, Co], K, stride) => {
      const { device } = internals(tf.backend() as WebGPUBackend);
      const of = (threads: Threads) => {
        chooseThreads(device, threads);
        return tf.tidy(() => {
          const [x, w] = [numbers([8, H, W, Ci]), numbers([K, K, Ci, Co], 1)];
          const y = conv(x as tf.Tensor4D, w as tf.Tensor4D, stride);
          const gradient = tf.grads((x, w) => conv(x as tf.Tensor4D, w as tf.Tensor4D, stride));
          return [y, ...gradient([x, w], numbers(y.shape, 2) as tf.Tensor4D)];
        });
      };
      const results = [of("alone"), of("together")];
      const [alone, together] = await Promise.all(
        results.map((tensors) => Promise.all(tensors.map((tensor) => tensor.data()))),
      );
      expect(alone).toEqual(together);
      tf.dispose(results);
    },
  );
});
