// How a kernel of ours runs: WGSL of its own, on tfjs's tensors, in tfjs's queue or on the tape of whoever listens.

import * as tf from "../../gan/tf.ts";
import { type Backend, Compiling, type Pipeline } from "../record/backend.ts";
import { listeners } from "../record/trace.ts";
import { assemble, type KernelModule, type MapModule, mapWorkgroups } from "./wgsl.ts";

export interface Launch {
  /** Shapes of new tensors to write, or tensors of `copied`, to be changed in place. */
  outputs: readonly (readonly number[] | tf.TensorInfo)[];
  inputs: readonly tf.TensorInfo[];
  /** In the order of the module's fields. */
  fields?: readonly number[];
  /** As many as a map needs, where it is one. */
  workgroups?: readonly [number, number?, number?];
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
  module: KernelModule | MapModule,
  { outputs, inputs, fields = [], workgroups }: Launch,
): tf.TensorInfo[] {
  const queue = backend as Queue;
  const written = outputs.map((output) =>
    "dataId" in output ? output : queue.makeTensorInfo([...output], "float32"),
  );
  const ids = new Map<tf.TensorInfo["dataId"], tf.TensorInfo>();
  // Clones share their data, and a kernel binds it once.
  const read = inputs.map((input) => ids.get(input.dataId) ?? (ids.set(input.dataId, input), input));
  for (const { dataId } of [...written, ...read]) backend.uploadToGPU(dataId);
  const size = tf.util.sizeFromShape(written[0]!.shape);
  const [x, y = 1, z = 1] = workgroups ?? mapWorkgroups(size);
  const work = { module, fields, inputs: read, outputs: written, finish: [], workgroups: [x, y, z] as const };
  const listener = listeners.get(backend);
  if (listener) {
    listener.work(work);
    return written;
  }

  const { name, code, uniforms, ...bindings } = assemble(work, size);
  const pipeline = pipelineOf(backend, name, code);
  if (pipeline instanceof Compiling) throw new Error(`Kernel ${name} is still being compiled.`);
  const tensors = [...bindings.outputs, ...bindings.inputs];
  const bound: GPUBindingResource[] = tensors.map(({ dataId }) => ({
    buffer: backend.tensorMap.get(dataId).resource!,
  }));
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
  for (const { dataId } of tensors) queue.commandQueueOwnedIds.add(dataId);
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

/** The pipeline of some code, made now where there is none. */
export function pipelineOf(
  backend: Pick<Backend, "device" | "pipelineCache">,
  name: string,
  code: string,
): Pipeline {
  return (backend.pipelineCache[name] ??= backend.device.createComputePipeline(
    descriptorOf(backend.device, name, code),
  ));
}

export const descriptorOf = (
  device: GPUDevice,
  name: string,
  code: string,
): GPUComputePipelineDescriptor => ({
  label: name,
  layout: "auto",
  compute: { module: device.createShaderModule({ code, label: name }), entryPoint: "main" },
});
