// What is asked of WebGPU: dispatches, and bytes of buffers. Every engine goes through the same few calls.

/** Counts from the moment it is installed, for all devices of this process. */
export interface Meter {
  dispatches: number;
  /** Bytes of buffers that were made and not destroyed. One that was left to be collected as garbage counts. */
  bytes: number;
  /** The most there ever were since `peak` was last set. */
  peak: number;
}

/** Puts counting in front of WebGPU's own calls. WebGPU's classes must be global. */
export function installMeter(): Meter {
  const meter: Meter = { dispatches: 0, bytes: 0, peak: 0 };
  const pass = GPUComputePassEncoder.prototype;
  const { dispatchWorkgroups } = pass;
  pass.dispatchWorkgroups = function (...size) {
    meter.dispatches++;
    return dispatchWorkgroups.apply(this, size);
  };

  const living = new WeakSet<GPUBuffer>();
  const device = GPUDevice.prototype;
  const { createBuffer } = device;
  device.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    living.add(buffer);
    meter.bytes += descriptor.size;
    meter.peak = Math.max(meter.peak, meter.bytes);
    return buffer;
  };
  const buffers = GPUBuffer.prototype;
  const { destroy } = buffers;
  buffers.destroy = function () {
    if (living.delete(this)) meter.bytes -= this.size;
    return destroy.call(this);
  };
  return meter;
}
