// Everything a run leaves behind from step to step, under names. The store owns its tensors.

import * as tf from "./tf.ts";

/** Named tensors. Writing under a name frees what was there. */
export interface Store {
  /** The tensor under `name`; the store keeps owning it. */
  read(name: string): tf.Tensor;
  /** Takes over `tensor` under `name`. It outlives any tidy it was made in. */
  write(name: string, tensor: tf.Tensor): void;
  /** Names in the order in which they were first written. */
  names(): string[];
  /** Frees every tensor. */
  dispose(): void;
}

export function createStore(): Store {
  const tensors = new Map<string, tf.Tensor>();
  return {
    read(name) {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`no tensor named ${name}`);
      return tensor;
    },
    write(name, tensor) {
      const before = tensors.get(name);
      tensors.set(name, tf.keep(tensor));
      if (before !== tensor) before?.dispose();
    },
    names: () => [...tensors.keys()],
    dispose() {
      for (const tensor of tensors.values()) tensor.dispose();
      tensors.clear();
    },
  };
}

/** Name of the first tensor that holds a number that is not finite, if any: of D before G, as steps go. Reads all. */
export async function firstNonFinite(store: Store): Promise<string | undefined> {
  const names = store.names();
  const values = await Promise.all(names.map((name) => store.read(name).data()));
  const broken = names.filter((_, i) => !values[i]!.every(Number.isFinite)); // on the CPU: a GPU may not know NaN
  return broken.find((name) => name.startsWith("D/")) ?? broken[0];
}
