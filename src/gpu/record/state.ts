// The store's tensors in buffers that stay where they are, as recordings need them, while everybody else goes on to read,
// clone, and replace the tensors.

import type { Store } from "../../gan/state.ts";
import * as tf from "../../gan/tf.ts";
import { type Backend, flush, type TensorData } from "./backend.ts";

export class PinnedState {
  readonly #backend: Backend;
  readonly #buffers = new Map<string, GPUBuffer>();
  /** What tfjs knows of each buffer, once a tensor is in it. */
  readonly #data = new Map<string, TensorData>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get bytes(): number {
    return [...this.#buffers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The buffer of a tensor of the store, whether or not there is such a tensor yet. */
  buffer(name: string, bytes: number): GPUBuffer {
    const known = this.#buffers.get(name);
    if (known) return known;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = this.#backend.device.createBuffer({ size: bytes, usage });
    this.#buffers.set(name, buffer);
    return buffer;
  }

  /**
   * Moves tensors of the store to their buffers, where they are not there already or share their data with a clone: what
   * is written to the buffers from then on is the value of the store's tensor, and of no other.
   */
  pin(store: Store, names: Iterable<string>): void {
    const backend = this.#backend;
    const moved: string[] = [];
    for (const name of names) {
      const data = backend.tensorMap.get(store.read(name).dataId);
      if (data.refCount === 1 && data === this.#data.get(name) && data.resource) continue;
      backend.uploadToGPU(store.read(name).dataId);
      moved.push(name);
    }
    if (moved.length === 0) return;

    flush(backend);
    const encoder = backend.device.createCommandEncoder();
    const tensors = moved.map((name) => {
      const { dataId, shape, size } = store.read(name);
      const data = backend.tensorMap.get(dataId);
      const buffer = this.buffer(name, 4 * size);
      if (data.resource === buffer)
        this.#giveOwnBuffer(data, encoder); // to the clones
      else encoder.copyBufferToBuffer(data.resource!, 0, buffer, 0, buffer.size);
      return tf.tensor({ buffer, zeroCopy: true }, shape, "float32");
    });
    backend.queue.submit([encoder.finish()]);
    moved.forEach((name, i) => {
      const data = backend.tensorMap.get(tensors[i]!.dataId);
      // tfjs keeps what it has once read, and would go on to give that.
      Object.defineProperty(data, "values", { get: () => null, set() {}, configurable: true });
      this.#data.set(name, data);
      store.write(name, tensors[i]!);
    });
  }

  /** Destroys the buffers. Clones of tensors that are still about get buffers of their own. */
  dispose(): void {
    const alive = [...this.#data].filter(([name, { resource }]) => resource === this.#buffers.get(name));
    if (alive.length > 0) {
      flush(this.#backend);
      const encoder = this.#backend.device.createCommandEncoder();
      for (const [, data] of alive) this.#giveOwnBuffer(data, encoder);
      this.#backend.queue.submit([encoder.finish()]);
    }
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
    this.#data.clear();
  }

  #giveOwnBuffer(data: TensorData, encoder: GPUCommandEncoder): void {
    const pinned = data.resource!;
    const own = this.#backend.bufferManager.acquireBuffer(pinned.size, pinned.usage);
    encoder.copyBufferToBuffer(pinned, 0, own, 0, pinned.size);
    Object.defineProperty(data, "values", { value: null, writable: true, configurable: true });
    data.resource = own;
    data.external = false;
  }
}
