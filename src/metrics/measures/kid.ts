// KID of Bińkowski et al. (2018, "Demystifying MMD GANs", §4): the unbiased squared MMD with a cubic kernel, here on
// features that are not Inception's, so that its values compare with each other and not with those of papers.

import { type Features, needAtLeast, needSameWidth } from "../samples.ts";
import { dot } from "./vectors.ts";

export interface Kid {
  /** Squared MMD, in the kernel's units. About 0, and as often below, when both sets have one distribution. */
  kid: number;
  /** By the jackknife over blocks. Too large by 1.3 to 1.5 where both sets have one distribution (LOG.md). */
  standardError: number;
  blocks: number;
}

/**
 * The unbiased squared MMD with the kernel (x·y / F + 1)³ over all samples. The standard error is that of leaving out one
 * block of reals and fakes after the other (Efron & Stein 1981); blocks are consecutive, so the samples' order must mean
 * nothing.
 *
 * @throws Trouble when a block would hold fewer than two of either
 */
export function kernelDistance(reals: Features, fakes: Features, blocks = 10): Kid {
  needSameWidth(reals, fakes);
  needAtLeast(2 * blocks, Math.min(reals.count, fakes.count), "reals and fakes each", "KID");

  const within = [reals, fakes].map((set) => blockSums(set, set, blocks, true));
  const between = blockSums(reals, fakes, blocks, false);
  const estimate = (without: number) => {
    const [N, M] = [reals, fakes].map(({ count }) => count - blockLength(count, blocks, without));
    return (
      total(within[0]!, blocks, without) / (N! * (N! - 1)) +
      total(within[1]!, blocks, without) / (M! * (M! - 1)) -
      (2 * total(between, blocks, without)) / (N! * M!)
    );
  };

  const partial = Array.from({ length: blocks }, (_, block) => estimate(block));
  const mean = partial.reduce((sum, value) => sum + value, 0) / blocks;
  const squares = partial.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { kid: estimate(-1), standardError: Math.sqrt((squares * (blocks - 1)) / blocks), blocks };
}

/** Sums of the kernel by pairs of blocks [B,B]. Within one set no sample is paired with itself. */
function blockSums(a: Features, b: Features, blocks: number, within: boolean): Float64Array {
  const F = a.width;
  const sums = new Float64Array(blocks * blocks);
  for (let i = 0; i < a.count; i++) {
    const row = blockOf(i, a.count, blocks) * blocks;
    const end = within ? i : b.count;
    for (let j = 0; j < end; j++) {
      const base = dot(a.values, i * F, b.values, j * F, F) / F + 1;
      const kernel = base * base * base;
      sums[row + blockOf(j, b.count, blocks)]! += within ? 2 * kernel : kernel; // the kernel is symmetric
    }
  }
  return sums;
}

/** The sum over pairs of blocks of which none is `without`. */
function total(sums: Float64Array, blocks: number, without: number): number {
  let sum = 0;
  for (let a = 0; a < blocks; a++)
    for (let b = 0; b < blocks; b++) if (a !== without && b !== without) sum += sums[a * blocks + b]!;
  return sum;
}

function blockOf(index: number, count: number, blocks: number): number {
  return Math.floor((index * blocks) / count);
}

/** How many of `count` samples are in a block; none in block -1. */
function blockLength(count: number, blocks: number, block: number): number {
  if (block < 0) return 0;
  return Math.ceil(((block + 1) * count) / blocks) - Math.ceil((block * count) / blocks);
}
