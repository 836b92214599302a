// Which device trains: looks for a GPU, falls back to WASM and says why, and checks that it computes right.

import { Trouble } from "../gan/errors.ts";
import type { Notice, OpenEngine, Platform } from "./engine.ts";
import { selfCheck } from "./selfCheck.ts";
import { openWasm } from "./wasm.ts";
import { findAdapter, isSoftware, nameOf, openWebGpu } from "./webgpu.ts";

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
