// How a kernel of ours runs: WGSL of its own, on tfjs's tensors, in tfjs's queue or on the tape of whoever listens.

import type * as tf from "../../gan/tf.ts";
import { type Backend, Compiling, type Pipeline } from "../record/backend.ts";
import { listeners } from "../record/trace.ts";

export interface Kernel {
  /** Names the pipeline: every number that is written into the code must be part of it. */
  name: string;
  /** A module with an entry point `main`. Bindings: outputs, then inputs, then uniforms where there are any. */
  code: string;
}

export interface Launch {
  /** Shapes of new tensors to write, or tensors of `copied`, to be changed in place. */
  outputs: readonly (readonly number[] | tf.TensorInfo)[];
  inputs: readonly tf.TensorInfo[];
  /** In the order of the shader's struct, every one of four bytes. */
  uniforms?: readonly ({ i: number } | { f: number })[];
  workgroups: readonly [number, number?, number?];
}

/** What the kernels use of tfjs's backend beyond what recordings do. */
type Queue = Backend & {
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  ensureCommandEncoderReady(): void;
  makeTensorInfo(shape: number[], dtype: tf.DataType): tf.TensorInfo;
};

/** Dispatches between two submits, as tfjs has it by default. */
const submitEvery = 15;

/** Runs a kernel and returns its outputs. */
export function launch(
  backend: Backend,
  kernel: Kernel,
  { outputs, inputs, ...rest }: Launch,
): tf.TensorInfo[] {
  const queue = backend as Queue;
  const written = outputs.map((output) =>
    "dataId" in output ? output : queue.makeTensorInfo([...output], "float32"),
  );
  const ids = [...written, ...inputs].map(({ dataId }) => dataId);
  for (const id of ids) backend.uploadToGPU(id);
  const pipeline = pipelineOf(backend, kernel);
  const [x, y = 1, z = 1] = rest.workgroups;
  const uniforms = packed(rest.uniforms ?? []);
  const listener = listeners.get(backend);
  if (listener) {
    const parts = { pipeline, uniforms, workgroups: [x, y, z] as const };
    listener.dispatch(kernel.name, parts, written, inputs);
    return written;
  }

  if (pipeline instanceof Compiling) throw new Error(`Kernel ${kernel.name} is still being compiled.`);
  const bound: GPUBindingResource[] = ids.map((id) => ({ buffer: backend.tensorMap.get(id).resource! }));
  if (uniforms.length > 0) {
    const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM;
    const buffer = backend.bufferManager.acquireBuffer(uniforms.length, usage);
    backend.queue.writeBuffer(buffer, 0, uniforms);
    backend.uniformPendingDisposal.push(buffer);
    bound.push({ buffer });
  }
  const entries = bound.map((resource, binding) => ({ binding, resource }));
  const group = backend.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  queue.ensureCommandEncoderReady();
  const pass = (queue.computePassEncoder ??= backend.commandEncoder!.beginComputePass());
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(x, y, z);
  for (const id of ids) queue.commandQueueOwnedIds.add(id);
  if (++queue.dispatchCountInPass >= submitEvery) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  return written;
}

/** A tensor like `tensor`, for a kernel to change in place. */
export function copied(backend: Backend, tensor: tf.TensorInfo): tf.TensorInfo {
  const queue = backend as Queue;
  const copy = queue.makeTensorInfo(tensor.shape, tensor.dtype);
  for (const { dataId } of [tensor, copy]) backend.uploadToGPU(dataId);
  const listener = listeners.get(backend);
  if (listener) listener.copy(tensor, copy);
  else {
    const [from, to] = [tensor, copy].map(({ dataId }) => backend.tensorMap.get(dataId).resource!);
    queue.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.commandEncoder!.copyBufferToBuffer(from!, 0, to!, 0, to!.size);
    for (const { dataId } of [tensor, copy]) queue.commandQueueOwnedIds.add(dataId);
  }
  return copy;
}

function pipelineOf(backend: Backend, { name, code }: Kernel): Pipeline {
  return (backend.pipelineCache[name] ??= backend.device.createComputePipeline({
    label: name,
    layout: "auto",
    compute: { module: backend.device.createShaderModule({ code, label: name }), entryPoint: "main" },
  }));
}

function packed(uniforms: NonNullable<Launch["uniforms"]>): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * uniforms.length));
  uniforms.forEach((number, at) => {
    if ("i" in number) view.setInt32(4 * at, number.i, true);
    else view.setFloat32(4 * at, number.f, true);
  });
  return new Uint8Array(view.buffer);
}
