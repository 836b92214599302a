// Which device trains: looks for a GPU, falls back to WASM and says why, and checks that it computes right.

import { Trouble } from "../gan/errors.ts";
import type { Steps } from "../gan/step.ts";
import { selfCheck } from "./selfCheck.ts";
import { openWasm } from "./wasm.ts";
import { findAdapter, isSoftware, nameOf, openWebGpu } from "./webgpu.ts";

/**
 * A tfjs backend that is set up and current. Its first four fields are what the page is told about it;
 * the rest can't be posted to another thread.
 */
export interface OpenEngine {
  name: "webgpu" | "wasm";
  /** The device in words a person can check, e.g. "NVIDIA ada lovelace" or "4 threads, SIMD". */
  device: string;
  /** A GPU that is emulated on the CPU. */
  software: boolean;
  /** Why a faster engine is not in use, where one was looked for: a cause and what would help. */
  notice?: Notice;

  limits: EngineLimits;
  /** A faster way to take the steps of one run, where the engine has one. What it computes is the same to the last bit. */
  recordSteps?(): Steps;
  /** Resolves when what the engine computes can no longer be trusted. Never rejects; absent where that can't happen. */
  lost?: Promise<Loss>;
  /** Frees the device and every tensor on it. */
  close(): void;
}

export interface Notice {
  message: string;
  remedy: string;
}

export interface EngineLimits {
  /** Bytes that one tensor may hold. */
  maxBufferSize: number;
  /** Bytes that all tensors together may hold, where that is known. */
  maxBytes?: number;
}

export interface Loss {
  /** "destroyed" is our own doing: the engine was closed. */
  reason: "destroyed" | "lost" | "out-of-memory" | "error";
  message: string;
}

/** What differs between a page and Node: where WebGPU and the WASM files come from. */
export interface Platform {
  /**
   * WebGPU's entry point.
   * @throws Trouble where there is none
   */
  gpu(): Promise<GPU>;
  /** What to do where WebGPU offers no adapter. */
  noAdapter: Notice;
  /** Where the three WASM files are, by tfjs's names for them. */
  wasmFiles(): Promise<Record<string, string>>;
}

/**
 * Sets up tfjs on the device asked for. "auto" takes WebGPU on a real GPU, else WASM, with a notice that says why.
 * @throws Trouble where the device asked for is not there, or computes wrongly
 */
export async function openEngine(
  choice: "auto" | "webgpu" | "wasm",
  platform: Platform,
): Promise<OpenEngine> {
  if (choice === "wasm") return checked(await openWasm(platform));
  try {
    const adapter = await findAdapter(platform);
    if (!isSoftware(adapter)) return await checked(await openWebGpu(adapter));
    if (choice === "auto") throw softwareOnly(adapter);
    return { ...(await checked(await openWebGpu(adapter))), notice: softwareNotice };
  } catch (error) {
    if (choice === "webgpu" || !(error instanceof Trouble)) throw error;
    const { message, remedy } = error;
    return { ...(await checked(await openWasm(platform))), notice: { message, remedy } };
  }
}

const softwareNotice: Notice = {
  message: "Running on a software GPU; several times slower than WASM.",
  remedy: "Train on WASM, or turn on hardware acceleration if this machine has a GPU.",
};

const softwareOnly = (adapter: GPUAdapter): Trouble =>
  new Trouble(
    `The only GPU on offer is software (${nameOf(adapter.info)}), several times slower than WASM.`,
    "If this machine has a GPU, turn on hardware acceleration and update its driver.",
  );

/** The engine, if it computes what a plain loop computes. */
async function checked(engine: OpenEngine): Promise<OpenEngine> {
  const wrong = await selfCheck();
  if (wrong === undefined) return engine;
  engine.close();
  throw new Trouble(
    `${engine.device} computes ${wrong.operation} wrongly: it is off by ${wrong.error.toPrecision(2)}.`,
    engine.name === "webgpu"
      ? "Update the graphics driver or the browser, or train on WASM."
      : "Use another browser.",
  );
}
