// Kernels of ours on tfjs's WASM heap: where tensors lie in it, memory to work in, and the modules that share it.

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type * as tf from "../../gan/tf.ts";
import { assemble, type WasmFunction } from "./assembler.ts";

/** What the kernels use of the backend, and of the program that emscripten made of it. */
interface Internals {
  wasm: {
    _malloc(bytes: number): number;
    _free(address: number): void;
    HEAPF32: Float32Array;
    /** With threads, the memory they share. */
    wasmMemory?: WebAssembly.Memory;
    asm?: { memory?: WebAssembly.Memory };
  };
  dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
}

type Call = (...numbers: number[]) => void;

/** The heap of one backend. */
export class Heap {
  readonly #backend: Internals;
  readonly #memory: WebAssembly.Memory;
  readonly #shared: boolean;
  readonly #functions = new Map<string, Record<string, Call>>();

  constructor(backend: BackendWasm) {
    this.#backend = backend as unknown as Internals;
    const { wasmMemory, asm } = this.#backend.wasm;
    const memory = wasmMemory ?? asm?.memory;
    if (!memory) throw new Error("tfjs-backend-wasm has changed: it no longer shows its memory");
    this.#memory = memory;
    this.#shared = !(memory.buffer instanceof ArrayBuffer);
  }

  /** Where a tensor's numbers begin, in bytes. */
  address({ dataId }: tf.TensorInfo): number {
    return this.#backend.dataIdMap.get(dataId).memoryOffset;
  }

  /** A new tensor, whose numbers are not yet set. */
  output(shape: readonly number[]): tf.TensorInfo {
    return this.#backend.makeOutput([...shape], "float32");
  }

  /** Memory for as long as `use` runs. May move the views of the heap, not what is in it. */
  borrow<T>(floats: number, use: (address: number) => T): T {
    const address = this.#backend.wasm._malloc(4 * floats) >>> 0;
    try {
      return use(address);
    } finally {
      this.#backend.wasm._free(address);
    }
  }

  /** Numbers from an address on. Not to be kept: a view ends when the heap grows, as it may with the next tensor. */
  floats(address: number, count: number): Float32Array {
    return this.#backend.wasm.HEAPF32.subarray(address / 4, address / 4 + count);
  }

  /** The numbers of a tensor, likewise not to be kept. */
  view(tensor: tf.TensorInfo): Float32Array {
    return this.floats(
      this.address(tensor),
      tensor.shape.reduce((size, length) => size * length, 1),
    );
  }

  /** Sets numbers to 0. */
  clear(address: number, count: number): void {
    this.floats(address, count).fill(0);
  }

  /** Functions that were compiled under `key`, or are now. */
  functions<F extends string>(key: string, define: () => readonly WasmFunction[]): Record<F, Call> {
    let functions = this.#functions.get(key);
    if (!functions) {
      const module = new WebAssembly.Module(assemble(define(), this.#shared));
      const { exports } = new WebAssembly.Instance(module, { tfjs: { memory: this.#memory } });
      functions = exports as Record<string, Call>;
      this.#functions.set(key, functions);
    }
    return functions as Record<F, Call>;
  }
}

const heaps = new WeakMap<object, Heap>();

export function heapOf(backend: unknown): Heap {
  let heap = heaps.get(backend as object);
  if (!heap) heaps.set(backend as object, (heap = new Heap(backend as BackendWasm)));
  return heap;
}
