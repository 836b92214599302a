// The parts of tfjs's WebGPU backend that a recording works on. Most are private there; tfjs 4.22.0 is the last release,
// and is pinned.

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { DataType, TensorInfo } from "../../gan/tf.ts";

export type DataId = TensorInfo["dataId"] & { id: number };

/** What the backend knows of a tensor's data, which clones of it share. */
export interface TensorData {
  /** The numbers, where they are on the CPU. */
  values: ArrayLike<number> | null;
  resource?: GPUBuffer | null;
  dtype: DataType;
  shape: number[];
  refCount: number;
  /** Whether the buffer is somebody else's, who frees it. */
  external?: boolean;
}

export interface Program {
  pipeline: Pipeline;
  dispatch: [number, number, number];
  pixelsOpType?: number;
  size?: boolean;
  outputShape: number[];
  outputComponent?: number;
}

export type Uniform = { type: string; data: number[] };

/** A pipeline that is there, or one that is being compiled. */
export type Pipeline = GPUComputePipeline | Compiling;

/** Stands in for a pipeline until it is there. */
export class Compiling {
  pipeline?: GPUComputePipeline;
  readonly done: Promise<GPUComputePipeline>;

  constructor(device: GPUDevice, descriptor: GPUComputePipelineDescriptor) {
    this.done = device.createComputePipelineAsync(descriptor).then((made) => (this.pipeline = made));
    this.done.catch(() => {}); // whoever needs the pipeline hears of it
  }
}

export interface BufferPool {
  acquireBuffer(size: number, usage: number): GPUBuffer;
  releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void;
  freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
  numBytesUsed: number;
}

export interface Backend {
  device: GPUDevice;
  queue: GPUQueue;
  tensorMap: { get(dataId: TensorInfo["dataId"]): TensorData };
  bufferManager: BufferPool;
  pipelineCache: Record<string, Pipeline>;
  commandEncoder: GPUCommandEncoder | null;
  uniformPendingDisposal: GPUBuffer[];
  endComputePassEncoder(): void;
  submitQueue(): void;
  uploadToGPU(dataId: TensorInfo["dataId"]): void;
  disposeData(dataId: TensorInfo["dataId"]): void;
  makeUniforms(uniforms: Uniform[]): { offset: number; size: number; buffer: GPUBuffer };
}

export const internals = (backend: WebGPUBackend): Backend => backend as unknown as Backend;

/** Submits what tfjs has encoded so far, so that commands of ours come after it. */
export function flush(backend: Backend): void {
  if (!backend.commandEncoder) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/** Destroys the buffers tfjs keeps for later. It never does so itself: they are those of the largest step so far. */
export function drainPool(backend: Backend): void {
  flush(backend);
  const pool = backend.bufferManager;
  for (const buffers of pool.freeBuffers.values()) {
    for (const buffer of buffers) {
      pool.numBytesAllocated -= buffer.size;
      pool.numFreeBuffers--;
      buffer.destroy();
    }
    buffers.length = 0; // the list itself must stay: releaseBuffer takes it to be there
  }
}
