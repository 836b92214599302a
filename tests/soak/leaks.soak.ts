// Ten thousand steps in one page, run after run: what is alive at the start of each, as figures.

import { afterAll, expect, test } from "vitest";
import { useProfile } from "../browser/profile.ts";
import { useServer } from "../browser/served.ts";
import { soak, soakFlags } from "../browser/soak.ts";

const steps = Number(process.env.STEPS ?? 10_000);
const stepsPerRun = 500;

const profile = useProfile(useServer(), soakFlags);
afterAll(() => profile.remove());

test(`${steps} steps leave nothing behind`, { timeout: 3_600_000 }, async () => {
  const readings = await soak(await profile.open(), steps, stepsPerRun);
  console.table(
    readings.map(({ steps, tensors, tensorBytes, heapBytes }) => ({
      steps,
      tensors,
      "tensor kB": Math.round(tensorBytes / 1e3),
      "JavaScript MB": (heapBytes / 1e6).toFixed(2),
    })),
  );
  const [first, last] = [readings[0]!, readings.at(-1)!];
  expect([last.tensors, last.tensorBytes]).toEqual([first.tensors, first.tensorBytes]);
  expect(last.heapBytes).toBeLessThan(1.05 * first.heapBytes);
});
