// Long use leaves nothing behind: tensors, their bytes and JavaScript's memory are where they were.

import { afterAll, expect, test } from "vitest";
import { useProfile } from "./profile.ts";
import { useServer } from "./served.ts";
import { soak, soakFlags } from "./soak.ts";

const address = useServer();
const profile = useProfile(address, soakFlags);

afterAll(() => profile.remove());

// npm run soak takes 10,000 steps and prints what it reads.
test("after five runs of 200 steps everything is as after the first", { timeout: 300_000 }, async () => {
  const readings = await soak(await profile.open(), 1_000, 200);
  const [first, last] = [readings[0]!, readings.at(-1)!];
  expect([last.tensors, last.tensorBytes]).toEqual([first.tensors, first.tensorBytes]);
  expect(last.heapBytes).toBeLessThan(1.05 * first.heapBytes);
});
