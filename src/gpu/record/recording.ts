// A tape that can be played: pipelines there, memory given out, bind groups made.

import type { Blocks } from "./blocks.ts";
import { Compiling } from "./backend.ts";
import type { StepQueue } from "./queue.ts";
import type { Slot, Tape } from "./tape.ts";

/** Where WebGPU lets a binding begin. */
const alignment = 256;

export interface Recording {
  /** Dispatches and copies of one replay. */
  readonly dispatches: number;
  readonly copies: number;
  /** Bytes of its own: inputs, constants and uniforms. */
  readonly bytes: number;
  /** Takes the step, on the state as it is when its turn comes. */
  replay(queue: StepQueue, inputs: ReadonlyMap<string, ArrayLike<number>>): void;
  /** Only once no step waits in a queue. */
  free(): void;
}

type Command = { from: GPUBuffer; to: GPUBuffer; bytes: number } | Bound;

interface Bound {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  workgroups: readonly [number, number, number];
}

/**
 * @param tape whose pipelines have all been compiled
 * @param state the buffer of each tensor of the store, at hand for as long as the recording is
 */
export function createRecording(
  device: GPUDevice,
  tape: Tape,
  blocks: Blocks,
  state: (name: string, bytes: number) => GPUBuffer,
): Recording {
  const { operations, results } = tape;
  const slots = [...new Set(operations.flatMap(({ reads, writes }) => [...reads, ...writes]))];
  const inputs = arena(
    device,
    slots.filter((slot) => slot.kind === "input"),
    GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM,
  );
  const constants = arena(
    device,
    slots.filter((slot) => slot.kind === "constant"),
    GPUBufferUsage.STORAGE,
  );
  const texts = new Map<string, { bytes: number; content: Uint8Array }>();
  const uniformOf = ({ uniforms }: { uniforms: Uint8Array }) => {
    const key = uniforms.join();
    const known = texts.get(key) ?? { bytes: uniforms.length, content: uniforms };
    texts.set(key, known);
    return known;
  };
  const uniformSlots = operations.map(({ dispatch }) => dispatch && uniformOf(dispatch));
  const uniforms = arena(device, [...texts.values()], GPUBufferUsage.UNIFORM);
  for (const { at, buffer } of [constants, uniforms])
    for (const [slot, { offset }] of at)
      if ("content" in slot)
        device.queue.writeBuffer(buffer, offset, slot.content as Uint8Array<ArrayBuffer>);

  const { blocks: placed, used } = blocks.place(tape);
  const binding = (slot: Slot): GPUBufferBinding => {
    switch (slot.kind) {
      case "temporary":
        return { buffer: placed.get(slot)!.buffer, offset: 0, size: slot.bytes };
      case "state":
        return { buffer: state(slot.name, slot.bytes) };
      case "input":
        return inputs.at.get(slot)!;
      case "constant":
        return constants.at.get(slot)!;
    }
  };

  const layouts = new Map<GPUComputePipeline, GPUBindGroupLayout>();
  const layoutOf = (pipeline: GPUComputePipeline) => {
    const layout = layouts.get(pipeline) ?? pipeline.getBindGroupLayout(0);
    layouts.set(pipeline, layout);
    return layout;
  };
  const copy = (from: Slot, to: Slot): Command => {
    const { buffer, offset = 0 } = binding(from);
    if (offset > 0) throw new Error("Inputs and constants are not copied.");
    return { from: buffer, to: binding(to).buffer, bytes: from.bytes };
  };
  const commands = operations.map(({ dispatch, reads, writes }, i): Command => {
    if (!dispatch) return copy(reads[0]!, writes[0]!);
    const pipeline = compiled(dispatch.pipeline);
    const entries = [...dispatch.bindings.map(binding), uniforms.at.get(uniformSlots[i]!)!].map(
      (resource, binding) => ({ binding, resource }),
    );
    const group = device.createBindGroup({ layout: layoutOf(pipeline), entries });
    return { pipeline, group, workgroups: dispatch.workgroups };
  });
  for (const [name, slot] of results) commands.push(copy(slot, { kind: "state", name, bytes: slot.bytes }));

  const staged = new Float32Array(inputs.bytes / 4);
  const places = [...inputs.at].map(([{ path, bytes }, { offset }]) => ({
    path,
    offset: offset / 4,
    length: bytes / 4,
  }));
  const owned = [inputs, constants, uniforms];
  const dispatches = commands.filter((command) => "group" in command).length;
  return {
    dispatches,
    copies: commands.length - dispatches,
    bytes: owned.reduce((sum, { bytes }) => sum + bytes, 0),
    replay(queue, values) {
      for (const { path, offset, length } of places) {
        const given = values.get(path);
        if (given?.length !== length)
          throw new Error(
            `Input ${path} has ${given?.length ?? "no"} numbers, not the ${length} of its recording.`,
          );
        staged.set(given, offset);
      }
      queue.add(inputs.buffer, staged, (encoder) => encode(encoder, commands));
    },
    free() {
      for (const { buffer } of owned) buffer.destroy();
      blocks.release(used);
    },
  };
}

function encode(encoder: GPUCommandEncoder, commands: readonly Command[]): void {
  let pass: GPUComputePassEncoder | undefined;
  let current: GPUComputePipeline | undefined;
  for (const command of commands) {
    if ("group" in command) {
      const { pipeline, group, workgroups } = command;
      if (!pass) [pass, current] = [encoder.beginComputePass(), undefined];
      if (pipeline !== current) pass.setPipeline((current = pipeline));
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    } else {
      pass?.end();
      pass = undefined;
      encoder.copyBufferToBuffer(command.from, 0, command.to, 0, command.bytes);
    }
  }
  pass?.end();
}

/** One buffer for many small things, each where a binding may begin. */
function arena<S extends { readonly bytes: number }>(device: GPUDevice, slots: readonly S[], usage: number) {
  const at = new Map<S, GPUBufferBinding & { offset: number }>();
  let bytes = 0;
  for (const slot of slots) bytes += Math.ceil(slot.bytes / alignment) * alignment;
  const buffer = device.createBuffer({ size: Math.max(bytes, 4), usage: usage | GPUBufferUsage.COPY_DST });
  let offset = 0;
  for (const slot of slots) {
    at.set(slot, { buffer, offset, size: slot.bytes });
    offset += Math.ceil(slot.bytes / alignment) * alignment;
  }
  return { buffer, bytes, at };
}

function compiled(pipeline: GPUComputePipeline | Compiling): GPUComputePipeline {
  const made = pipeline instanceof Compiling ? pipeline.pipeline : pipeline;
  if (!made) throw new Error("A pipeline is still being compiled.");
  return made;
}
