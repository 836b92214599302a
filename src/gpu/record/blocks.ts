// Memory for what lives within a step: as few bytes as hold all temporaries that live at one time.

import type { Operation, Slot, Tape } from "./tape.ts";

/** A buffer that many temporaries use one after another, in one recording or in several that take turns. */
export interface Block {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  users: number;
}

/** Largest share of a block that may lie idle, as the reciprocal of the share in use. */
const largestWaste = 4;

export class Blocks {
  readonly #device: GPUDevice;
  readonly #blocks: Block[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get bytes(): number {
    return this.#blocks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * A block for each temporary of a tape, such that no two that live at the same time share one. Whole blocks, never parts:
   * a buffer can't be read and written in one dispatch, however far apart.
   */
  place({ operations, results }: Tape): { blocks: ReadonlyMap<Slot, Block>; used: readonly Block[] } {
    const ends = lastUses(operations);
    for (const slot of results.values()) ends.set(slot, operations.length);
    const blocks = new Map<Slot, Block>();
    const free = new Set(this.#blocks);
    operations.forEach((operation, i) => {
      const slots = [...operation.writes, ...operation.reads].filter(({ kind }) => kind === "temporary");
      for (const slot of slots) if (!blocks.has(slot)) blocks.set(slot, this.#take(slot.bytes, free));
      for (const slot of slots) if (ends.get(slot) === i) free.add(blocks.get(slot)!);
    });
    const used = [...new Set(blocks.values())];
    for (const block of used) block.users++;
    return { blocks, used };
  }

  /** Gives back what `place` gave. Blocks that nobody uses any more are destroyed. */
  release(used: readonly Block[]): void {
    for (const block of used) {
      if (--block.users > 0) continue;
      this.#blocks.splice(this.#blocks.indexOf(block), 1);
      block.buffer.destroy();
    }
  }

  /** The smallest free block that is not much too large, or a new one. */
  #take(bytes: number, free: Set<Block>): Block {
    let best: Block | undefined;
    for (const block of free)
      if (block.bytes >= bytes && block.bytes <= largestWaste * bytes && !(best && best.bytes <= block.bytes))
        best = block;
    if (!best) {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      best = { buffer: this.#device.createBuffer({ size: bytes, usage }), bytes, users: 0 };
      this.#blocks.push(best);
    }
    free.delete(best);
    return best;
  }
}

function lastUses(operations: readonly Operation[]): Map<Slot, number> {
  const last = new Map<Slot, number>();
  operations.forEach(({ reads, writes }, i) => {
    for (const slot of [...reads, ...writes]) last.set(slot, i);
  });
  return last;
}
