// What a step takes in, laid out one behind the other: the same plan always has the same layout.

import type { Layer } from "../../gan/networks/layers.ts";
import { parameterNames } from "../../gan/networks/parameters.ts";
import { batchAt } from "../../gan/settings/settings.ts";
import type { DiscriminatorInputs, GeneratorInputs, Plan } from "../../gan/step.ts";
import * as tf from "../../gan/tf.ts";

export type Network = "D" | "G";
export type Inputs = DiscriminatorInputs | GeneratorInputs;
type Shape = number[];

/** Every tensor among the inputs of a step, by its path, e.g. "z", "augmentation/light", "paces/D/b4/conv/bias/rate". */
export function inputShapes(network: Network, { config, depth, g, d }: Plan): Map<string, Shape> {
  const R = depth.resolution;
  const N = batchAt(R, config);
  const colors = toPixels(g).shape.at(-1)!;
  const shapes = new Map<string, Shape>([
    ["z", [N, config.latent]],
    ["alpha", [1]],
  ]);
  if (config.augment) {
    shapes.set("augmentation/rows", [N, R, R]);
    shapes.set("augmentation/columns", [N, R, R]);
    shapes.set("augmentation/light", [N, 1, 1]);
  }
  if (network === "D") {
    shapes.set("real", [N, R, R, colors]);
    shapes.set("mix", [N, 1, 1, 1]);
    for (const weight of ["gpWeight", "r1Gamma", "drift"]) shapes.set(weight, [1]);
  } else shapes.set("averageRate", [1]);
  for (const name of parameterNames(network === "D" ? d : g))
    for (const number of ["rate", "correction"]) shapes.set(`paces/${name}/${number}`, [1]);
  return shapes;
}

/** The tensors of a step's inputs by path. */
export function flatten({ paces, augmentation, ...rest }: Inputs): Map<string, tf.Tensor> {
  const tensors = new Map<string, tf.Tensor>(Object.entries(rest as tf.NamedTensorMap));
  for (const [name, tensor] of Object.entries(augmentation ?? {}))
    tensors.set(`augmentation/${name}`, tensor);
  for (const [name, { rate, correction }] of paces) {
    tensors.set(`paces/${name}/rate`, rate);
    tensors.set(`paces/${name}/correction`, correction);
  }
  return tensors;
}

/** The inputs of a step from tensors by path: the inverse of `flatten`. */
export function unflatten<I extends Inputs>(tensors: ReadonlyMap<string, tf.Tensor>): I {
  const inputs: Record<string, unknown> = {};
  const paces = new Map<string, Record<string, tf.Tensor>>();
  const augmentation: Record<string, tf.Tensor> = {};
  for (const [path, tensor] of tensors) {
    const last = path.slice(path.lastIndexOf("/") + 1);
    if (path.startsWith("augmentation/")) augmentation[last] = tensor;
    else if (path.startsWith("paces/")) {
      const name = path.slice("paces/".length, path.lastIndexOf("/"));
      paces.set(name, { ...paces.get(name), [last]: tensor });
    } else inputs[path] = tensor;
  }
  const changed = Object.keys(augmentation).length > 0 ? { augmentation } : {};
  return { ...inputs, ...changed, paces } as unknown as I;
}

function toPixels(g: readonly Layer[]): Layer {
  return g.findLast(({ rgb }) => rgb)!;
}
