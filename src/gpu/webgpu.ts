// WebGPU as a tfjs backend on a device of our own: all the limits the adapter has, and no silent errors.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { Trouble } from "../gan/errors.ts";
import * as tf from "../gan/tf.ts";
import type { Loss, OpenEngine, Platform } from "./engine.ts";
import { useKernels } from "./kernels/index.ts";
import { chooseThreads } from "./kernels/threads.ts";
import { recordedSteps } from "./record/steps.ts";

/** Limits that tfjs or the training steps outgrow at WebGPU's guaranteed values. */
const raisedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
] as const;

/**
 * The fastest adapter of this machine.
 * @throws Trouble where there is no WebGPU, or WebGPU has no adapter to offer
 */
export async function findAdapter(platform: Platform): Promise<GPUAdapter> {
  const gpu = await platform.gpu();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new Trouble(platform.noAdapter.message, platform.noAdapter.remedy);
  return adapter;
}

/** Whether the "GPU" is a program on the CPU, as browsers offer where they find no usable GPU. */
export function isSoftware({ info }: GPUAdapter): boolean {
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(nameOf(info));
}

/** The adapter's own words, as far as the browser tells them. */
export function nameOf(info: GPUAdapterInfo): string {
  const words = [info.vendor, info.architecture, info.description].filter((word) => word !== "");
  return words.length > 0 ? words.join(" ") : "an unnamed GPU";
}

/**
 * Makes the adapter tfjs's current backend.
 * @param kernels our own ones, or plain tfjs to compare them with
 * @throws Trouble when the adapter gives no device
 */
export async function openWebGpu(
  adapter: GPUAdapter,
  kernels: "fast" | "plain" = "fast",
): Promise<OpenEngine> {
  const device = await requestDevice(adapter);
  let open = true;
  const lost = firstLoss(device, () => open);

  const { WebGPUBackend } = await import("./backend.ts"); // Registers its kernels.
  if (kernels === "plain") await import("./plainKernels.ts");
  if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => new WebGPUBackend(device, adapter.info));
  setFlags();
  useKernels(kernels);
  // By the adapter alone: a checkpoint names it, and so tells which way its numbers came about.
  chooseThreads(device, isSoftware(adapter) ? "alone" : "together");
  await tf.setBackend("webgpu");

  return {
    name: "webgpu",
    device: nameOf(adapter.info),
    software: isSoftware(adapter),
    limits: {
      maxBufferSize: Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize),
    },
    recordSteps: () => recordedSteps(tf.backend() as WebGPUBackend),
    lost,
    close() {
      if (!open) return;
      open = false;
      tf.removeBackend("webgpu");
      device.destroy();
    },
  };
}

/** The same run gives the same bits only where every operation runs at one place and adds in one order. */
function setFlags(): void {
  // Small tensors that sit on the CPU would be computed there: other roundings after a resume,
  // and constants baked into recorded steps.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  // Packed tiles for every matmul. Left to itself tfjs splits long sums over threads that add in any order.
  tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", 3);
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(raisedLimits.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures: GPUFeatureName[] = adapter.features.has("timestamp-query")
    ? ["timestamp-query"]
    : [];
  try {
    return await adapter.requestDevice({ requiredLimits, requiredFeatures });
  } catch (cause) {
    throw new Trouble(
      `The GPU (${nameOf(adapter.info)}) could not be opened: ${cause instanceof Error ? cause.message : cause}.`,
      "Close other pages that use the GPU, then reload, or train on WASM.",
      { cause },
    );
  }
}

/**
 * The first thing that makes the device's results worthless: it is gone, out of memory, or refused a command.
 * WebGPU skips a refused command without a word, and every number after it is wrong.
 */
function firstLoss(device: GPUDevice, inUse: () => boolean): Promise<Loss> {
  const gone = device.lost.then(({ reason, message }): Loss => ({
    reason: reason === "destroyed" && !inUse() ? "destroyed" : "lost", // somebody else may destroy it, or a test
    message,
  }));
  const refused = new Promise<Loss>((resolve) => {
    device.addEventListener("uncapturederror", ({ error }) => {
      resolve({
        reason: error instanceof GPUOutOfMemoryError ? "out-of-memory" : "error",
        message: error.message,
      });
    });
  });
  return Promise.race([gone, refused]);
}
