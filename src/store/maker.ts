// What computes here, in the words that a checkpoint keeps.

import { version as app } from "../../package.json";
import * as tf from "../gan/tf.ts";
import type { Maker } from "./pgan/manifest.ts";

/** @param engine its name and device, as the engine tells them */
export function makerOf({ name, device }: { name: string; device: string }): Maker {
  // Dawn in Node stands in for a navigator, which tells nothing of the system.
  const node = (globalThis as { process?: { version?: string; platform?: string; arch?: string } }).process;
  const agent = node?.version
    ? `Node ${node.version} ${node.platform} ${node.arch}`
    : (globalThis.navigator?.userAgent ?? "unknown");
  const [words, most] = [device.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ").trim() || "unknown", 200];
  return {
    engine: name,
    device: words.slice(0, most),
    agent: agent.slice(0, 400),
    app,
    tfjs: tf.version_core,
  };
}
