// Long use leaves nothing behind: tensors, their bytes and JavaScript's memory are where they were.

import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, dist, isBuilt } from "../../src/cli/build.mjs";
import { serve } from "../../src/cli/serve.mjs";
import { useProfile } from "./profile.ts";
import { soak, soakFlags } from "./soak.ts";

let server: Awaited<ReturnType<typeof serve>>;
const profile = useProfile(() => server.url, soakFlags);

beforeAll(async () => {
  const folder = process.env.DIST_PATH ?? dist;
  if (folder === dist && !isBuilt()) build();
  server = await serve(path.resolve(folder), { port: 0 });
});
afterAll(async () => {
  await profile.remove();
  server.server.close();
  server.server.closeAllConnections();
});

// npm run soak takes 10,000 steps and prints what it reads.
test("after five runs of 200 steps everything is as after the first", { timeout: 300_000 }, async () => {
  const readings = await soak(await profile.open(), 1_000, 200);
  const [first, last] = [readings[0]!, readings.at(-1)!];
  expect([last.tensors, last.tensorBytes]).toEqual([first.tensors, first.tensorBytes]);
  expect(last.heapBytes).toBeLessThan(1.25 * first.heapBytes);
});
