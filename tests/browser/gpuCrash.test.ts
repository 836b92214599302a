// The browser's GPU process dies under training: another device is opened, and the run goes on where it was.

import { afterAll, expect, test } from "vitest";
import { presets } from "../../src/worker/protocol.ts";
import { useProfile } from "./profile.ts";
import { useServer } from "./served.ts";

const profile = useProfile(useServer(), ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]);
afterAll(() => profile.remove());

test("a run on WebGPU goes on after the GPU process died", { timeout: 180_000 }, async () => {
  const page = await profile.open("?engine=wasm");
  await page.next("started");
  const from = await page.count();
  const small = { from: 4, to: 4, channelsMax: 1, latent: 4, batch: 4, images: 1e6 } as const;
  await page.send({ type: "start", config: { ...presets.quick!, ...small }, planned: [], engine: "webgpu" });
  await page.next("started", from);
  await page.send({ type: "train" });
  const { step: safe } = await page.next("saved", from);

  const devtools = await page.page.context().browser()!.newBrowserCDPSession();
  await devtools.send("Browser.crashGpuProcess").catch(() => {}); // it is gone before it can answer
  const { notice } = await page.next("recovering", from);
  expect(notice.message).toMatch(/^The GPU was reset at step \d+: [^.]+\.$/);
  const { step, redone } = await page.next("recovered", from);
  expect([step >= safe, redone >= 0]).toEqual([true, true]);
  await page.page
    .getByText(/^Resumed\./)
    .first()
    .waitFor();
  await page.until((progress) => progress.step > step);
  expect(await page.last("failed")).toBeUndefined();
});
