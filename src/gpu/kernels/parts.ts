// Sums that were split into parts, put together one part after the other: in the same order every time.

import * as tf from "../../gan/tf.ts";
import type { Backend } from "../record/backend.ts";
import { launch } from "./launch.ts";
import type { MapModule } from "./wgsl.ts";

const total: MapModule = {
  name: "PggParts",
  inputs: ["parts"], // [parts,size]
  fields: ["size: u32", "parts: u32"],
  reads: 8,
  value: `var sum = 0.0;
    for (var part = 0u; part < $.parts; part++) { sum += $parts(part * $.size + i); }
    return sum;`,
};

/** Most parts, and fewest rows worth one of their own. */
const [mostParts, fewest] = [32, 1024];

/** How a sum over `rows` is split, the same for all sums over them. Parts begin at multiples of 16. */
export function split(rows: number): { parts: number; each: number } {
  const wanted = Math.max(1, Math.min(mostParts, Math.floor(rows / fewest)));
  const each = Math.ceil(rows / wanted / 16) * 16;
  return { parts: Math.ceil(rows / each), each };
}

/** The sum of `parts`, which are freed; or the one that there is. */
export function addParts(
  backend: Backend,
  parts: tf.TensorInfo,
  shape: readonly number[],
  count: number,
): tf.TensorInfo[] {
  if (count === 1) return [parts];
  const size = tf.util.sizeFromShape([...shape]);
  const sum = launch(backend, total, {
    outputs: [shape],
    inputs: [parts],
    fields: [size, count],
  });
  backend.disposeData(parts.dataId);
  return sum;
}
