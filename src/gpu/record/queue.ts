// When replayed steps go to the GPU: short ones together, as each submit has its price. They are encoded where tfjs encodes,
// so that whatever tfjs does in between keeps its place, and a read submits them all.

import { type Backend, flush } from "./backend.ts";

/** GPU time of steps that are submitted together, ms: little for a picture or a pause to wait for. */
export const usualTogether = 20;
/** Inputs of steps that wait behind others of the same recording, bytes. */
const room = 1 << 20;

export class StepQueue {
  readonly #backend: Backend;
  readonly #together: number;
  /** Where the inputs of waiting steps lie, as their recordings' own buffers are yet to be read. */
  #staging?: GPUBuffer;
  #staged = 0;
  /** Steps that wait, and the encoder they are in: when tfjs has another one, they were submitted. */
  #waiting = 0;
  #encoder?: GPUCommandEncoder | null;
  /** Input buffers that they read. */
  readonly #unread = new Set<GPUBuffer>();
  /** GPU time of a step, ms, as measured last. */
  #milliseconds = Infinity;
  #measuring = false;

  constructor(backend: Backend, together: number) {
    this.#backend = backend;
    this.#together = together;
  }

  get bytes(): number {
    return this.#staging?.size ?? 0;
  }

  /**
   * Puts a step at the end of the queue.
   * @param inputs its recording's buffer of inputs, and their numbers
   * @param encode writes the step's commands
   */
  add(inputs: GPUBuffer, numbers: Float32Array<ArrayBuffer>, encode: (to: GPUCommandEncoder) => void): void {
    const backend = this.#backend;
    const { device, queue } = backend;
    if (backend.commandEncoder !== this.#encoder) this.#forget();
    const late = this.#unread.has(inputs);
    if (late && this.#staged + numbers.byteLength > room) this.submit();
    backend.endComputePassEncoder();
    backend.commandEncoder ??= device.createCommandEncoder();
    this.#encoder = backend.commandEncoder;

    if (this.#unread.has(inputs)) {
      const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      this.#staging ??= device.createBuffer({ size: room, usage });
      queue.writeBuffer(this.#staging, this.#staged, numbers);
      this.#encoder.copyBufferToBuffer(this.#staging, this.#staged, inputs, 0, numbers.byteLength);
      this.#staged += numbers.byteLength;
    } else queue.writeBuffer(inputs, 0, numbers);
    this.#unread.add(inputs);
    encode(this.#encoder);
    if (++this.#waiting === 1) queueMicrotask(() => this.submit()); // when the thread stops taking steps
    if (this.#waiting * this.#milliseconds >= this.#together) this.submit();
  }

  /** Submits what waits. */
  submit(): void {
    const waited = this.#backend.commandEncoder === this.#encoder ? this.#waiting : 0;
    this.#forget();
    if (waited === 0) return;
    flush(this.#backend);
    this.#measure(waited);
  }

  dispose(): void {
    this.submit();
    this.#staging?.destroy();
    this.#staging = undefined;
  }

  #forget(): void {
    [this.#waiting, this.#staged, this.#encoder] = [0, 0, undefined];
    this.#unread.clear();
  }

  /** How long steps take, work before them included: too long rather than too short. */
  #measure(steps: number): void {
    if (this.#measuring) return;
    this.#measuring = true;
    const began = performance.now();
    const done = () => (this.#measuring = false);
    this.#backend.queue.onSubmittedWorkDone().then(() => {
      this.#milliseconds = (performance.now() - began) / steps;
      done();
    }, done);
  }
}
