// Compares a tensor with the numbers it should hold.

import { expect } from "vitest";
import type { Tensor } from "../../src/gan/tf.ts";

/** Each number within `tolerance` of the expected one, as a share of it or of 1, whichever is more. */
export async function expectClose(
  tensor: Tensor,
  expected: ArrayLike<number>,
  tolerance = 1e-5,
): Promise<void> {
  const values = await tensor.data();
  expect(values).toHaveLength(expected.length);
  const errors = Array.from(
    expected,
    (value, i) => Math.abs(values[i]! - value) / Math.max(1, Math.abs(value)),
  );
  const worst = errors.reduce((a, b) => Math.max(a, b), 0);
  expect(worst, `got ${values}, expected ${expected}`).toBeLessThanOrEqual(tolerance);
}
