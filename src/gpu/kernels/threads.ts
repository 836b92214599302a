// Which way of computing suits a device: threads that help one another, or threads that work alone.
//
// On a GPU the threads of a workgroup fetch a tile together and wait for one another at barriers. A program on the CPU
// that plays a GPU pays for every barrier by leaving each thread and coming back to it, which costs more than all that
// is fetched. There every thread has its own results, and keeps as many as it can, for each number it fetches.

export type Threads = "together" | "alone";

const chosen = new WeakMap<GPUDevice, Threads>();

/** Threads together, unless told otherwise: what a GPU is good at. */
export const threadsOf = (device: GPUDevice): Threads => chosen.get(device) ?? "together";

/** Has kernels compute so on a device from now on. The numbers may differ in their last bits. */
export function chooseThreads(device: GPUDevice, threads: Threads): void {
  chosen.set(device, threads);
}
