// Listens to a step instead of running it: every dispatch tfjs would make is written down, and nothing is executed.
//
// Buffers are stand-ins that own no memory, a new one for each tensor, so that what is written down never has to guess
// which of two tensors a reused buffer held. Pipelines begin to compile. What would make the recording differ from the
// step that it stands for throws by name.

import * as tf from "../../gan/tf.ts";
import {
  type Backend,
  Compiling,
  type DataId,
  type Pipeline,
  type Program,
  type Uniform,
} from "./backend.ts";
import type { Work } from "../kernels/wgsl.ts";
import type { Operation, Slot, Tape } from "./tape.ts";

/**
 * Most numbers that JavaScript may put into a step: scalars and short lists. A longer array is data and not a constant,
 * unless all its numbers are the same, like the zeros with which tfjs starts a gradient.
 */
const longestConstant = 16;

/** Is told of kernels of our own, which do not go through tfjs. */
export interface Listener {
  work(work: Work<tf.TensorInfo>): void;
  copy(from: tf.TensorInfo, to: tf.TensorInfo): void;
}

/** Who listens to a backend at the moment. */
export const listeners = new WeakMap<Backend, Listener>();

/** The tensors a step works on, as it is traced. */
export interface Traced {
  inputs: ReadonlyMap<string, tf.Tensor>;
  state: ReadonlyMap<string, tf.Tensor>;
}

/**
 * Writes down what `step` does.
 * @param shapes of the inputs by path, and of the state by name
 * @param step takes one step and returns the state's new tensors by name, for this to free
 * @param pipelines those there are and those that are being compiled, by tfjs's keys, to which new ones are added
 * @throws Error when the step reads a tensor, or depends on anything but its inputs, the state and the plan
 */
export function trace(
  backend: Backend,
  shapes: Record<"inputs" | "state", ReadonlyMap<string, readonly number[]>>,
  step: (traced: Traced) => ReadonlyMap<string, tf.Tensor>,
  pipelines: Record<string, Pipeline>,
): Tape {
  const operations: Operation[] = [];
  const slots = new WeakMap<GPUBuffer, Slot>();
  const buffers = new WeakMap<Slot, GPUBuffer>();
  const constants = new Map<string, Slot>();

  const bufferOf = (slot: Slot): GPUBuffer => {
    const known = buffers.get(slot);
    if (known) return known;
    const buffer = standIn(slot.bytes);
    slots.set(buffer, slot);
    buffers.set(slot, buffer);
    return buffer;
  };
  const temporary = (bytes: number) => bufferOf({ kind: "temporary", bytes });
  const symbols = (kind: "inputs" | "state", slotOf: (name: string, bytes: number) => Slot) =>
    new Map(
      [...shapes[kind]].map(([name, shape]) => {
        const buffer = bufferOf(slotOf(name, 4 * tf.util.sizeFromShape([...shape])));
        return [name, tf.tensor({ buffer, zeroCopy: true }, [...shape], "float32")] as const;
      }),
    );

  let born = 0;
  const slotOf = ({ dataId }: Pick<tf.TensorInfo, "dataId">): Slot => {
    const { resource } = backend.tensorMap.get(dataId);
    const slot = resource ? slots.get(resource) : undefined;
    if (!slot) throw new Error("The step uses a tensor that it was not given.");
    return slot;
  };
  const upload = (dataId: tf.TensorInfo["dataId"]) => {
    const data = backend.tensorMap.get(dataId);
    if (data.resource) return;
    const { values } = data;
    const length = tf.util.sizeFromShape(data.shape);
    if (!values) {
      data.resource = temporary(4 * length);
      return;
    }
    if ((dataId as DataId).id <= born) throw new Error("The step uses a tensor that it was not given.");
    if (length > longestConstant && Array.prototype.some.call(values, (value) => value !== values[0]))
      throw new Error(`The step uploads [${data.shape}] numbers, which would be baked into its recording.`);
    const content = new Uint8Array(
      (data.dtype === "float32" ? Float32Array : Int32Array).from(values).buffer,
    );
    const key = content.join();
    const slot = constants.get(key) ?? { kind: "constant", bytes: content.length, content };
    constants.set(key, slot);
    data.resource = bufferOf(slot);
  };

  let written = new Uint8Array();
  const record = (program: Program, output: tf.TensorInfo, inputs: tf.TensorInfo[], own: Uniform[] = []) => {
    if (program.pixelsOpType != null) throw new Error("The step draws pixels, which can't be recorded.");
    backend.makeUniforms(uniformsOf(program, output, inputs, own));
    const [to, ...from] = [output, ...inputs].map(slotOf) as [Slot, ...Slot[]];
    operations.push({
      name: program.constructor.name,
      reads: from,
      writes: [to],
      dispatch: {
        pipeline: program.pipeline,
        bindings: [to, ...from],
        uniforms: written,
        workgroups: [...program.dispatch],
      },
    });
  };
  const listener: Listener = {
    work(work) {
      const [writes, reads] = [work.outputs.map(slotOf), (work.inputs as tf.TensorInfo[]).map(slotOf)];
      const of = { ...work, outputs: writes, inputs: reads, finish: [] };
      operations.push({ name: work.module.name, reads, writes, work: of });
    },
    copy: (from, to) => operations.push({ name: "Copy", reads: [slotOf(from)], writes: [slotOf(to)] }),
  };
  const refuse = (what: string) => () => {
    throw new Error(`The step ${what}, which can't be recorded.`);
  };
  const reading = refuse("reads a tensor");

  const results = new Map<string, Slot>();
  const take = (traced: Traced) =>
    shadowed(
      [
        [
          backend,
          {
            bufferManager: { acquireBuffer: temporary, releaseBuffer() {} },
            queue: {
              writeBuffer: (_: GPUBuffer, __: number, bytes: ArrayBuffer) =>
                (written = new Uint8Array(bytes)),
            },
            pipelineCache: pipelines,
            uniformPendingDisposal: [],
            recordAndSubmit: record,
            uploadToGPU: upload,
            ...{ read: reading, readSync: reading, readToGPU: reading, getBufferData: reading },
            ...{ time: refuse("times its kernels"), copyBuffer: refuse("copies a buffer") },
            createTensorFromGPUData: refuse("makes a tensor of a buffer"),
          },
        ],
        [
          backend.device,
          {
            createComputePipeline: (descriptor: GPUComputePipelineDescriptor) =>
              new Compiling(backend.device, descriptor),
          },
        ],
        [Math, { random: refuse("draws a random number") }],
      ],
      () => {
        listeners.set(backend, listener);
        try {
          tf.tidy(() => {
            for (const [name, tensor] of step(traced)) {
              upload(tensor.dataId);
              results.set(name, slotOf(tensor));
              tensor.dispose();
            }
          });
        } finally {
          listeners.delete(backend);
        }
      },
    );

  tf.tidy(() => {
    born = (tf.scalar(0).dataId as DataId).id;
    const inputs = symbols("inputs", (path, bytes) => ({ kind: "input", path, bytes }));
    const state = symbols("state", (name, bytes) => ({ kind: "state", name, bytes }));
    take({ inputs, state });
  });
  return { operations, results };
}

/** What passes for a buffer of the device, as far as tfjs looks. */
function standIn(bytes: number): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  return Object.create(GPUBuffer.prototype, { size: { value: bytes }, usage: { value: usage } }) as GPUBuffer;
}

/** What every program of tfjs is told, in the order in which its shader declares it. */
function uniformsOf(
  program: Program,
  output: tf.TensorInfo,
  inputs: tf.TensorInfo[],
  own: Uniform[],
): Uniform[] {
  const numbers = (type: string, data: number[]): Uniform => ({ type, data: [...data] });
  const size = tf.util.sizeFromShape(program.outputShape) / (program.outputComponent || 1);
  return [
    numbers("float32", [NaN]),
    numbers("float32", [Infinity]),
    ...[...inputs, output].flatMap(({ shape }) => [
      numbers("int32", shape),
      numbers("int32", tf.util.computeStrides(shape)),
    ]),
    ...(program.size ? [numbers("int32", [size])] : []),
    ...own.map(({ type, data }) => numbers(type, data)),
  ];
}

/** Does `work` while objects have other properties. */
function shadowed(shadows: [object: object, properties: object][], work: () => void): void {
  const before = shadows.flatMap(([object, properties]) =>
    Object.keys(properties).map(
      (name) => [object, name, Object.getOwnPropertyDescriptor(object, name)] as const,
    ),
  );
  try {
    for (const [object, properties] of shadows)
      for (const [name, value] of Object.entries(properties))
        Object.defineProperty(object, name, { value, configurable: true, writable: true });
    work();
  } finally {
    for (const [object, name, descriptor] of before)
      if (descriptor) Object.defineProperty(object, name, descriptor);
      else Reflect.deleteProperty(object, name);
  }
}
