// What a run survives in a real browser: a kill, a full disk, a tab that is frozen; and the way out to the command line.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { type Config, defaults, presets } from "../../src/worker/protocol.ts";
import { train } from "../cli/command.ts";
import { useProfile } from "./profile.ts";
import { useServer } from "./served.ts";

const address = useServer();
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "pggan-survival-"));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

let profile: ReturnType<typeof useProfile>;
beforeEach(() => {
  profile = useProfile(address);
});
afterEach(() => profile.remove());

/** Sets up a run of its own in a fresh page. */
async function begun(config: Config) {
  const page = await profile.open();
  await page.next("started");
  const from = await page.count();
  await page.send({ type: "start", config, planned: [], engine: "wasm" });
  await page.next("started", from);
  return page;
}

const shapes: Config = { ...presets.quick!, ...{ from: 4, channelsMax: 4, latent: 8, images: 1e6 } };

test("digits: trained, killed, continued, flipped, branched, exported and resumed on the command line, with one unbroken chart", async () => {
  const digits: Config = {
    ...defaults,
    ...{ to: 8, channelsMax: 8, latent: 16, imagesPerPhase: 800, imagesPerFade: 800, tickImages: 160 },
  };
  let page = await begun(digits);
  await page.send({ type: "train" });
  await page.until(({ images }) => images >= 480);
  await page.next("saved");
  await profile.kill();

  page = await profile.open();
  await page.page
    .getByRole("button", { name: /^Continue/ })
    .first()
    .click();
  expect((await page.next("verified")).verdict).toMatchObject({ kind: "exact" });
  await page.page.getByText("Resumed exactly").first().waitFor();
  await page.send({ type: "train" });
  await page.until(({ images }) => images >= 960);
  await page.send({ type: "flip", key: "pixelNorm", value: false });
  await page.until(({ images }) => images >= 1_280);
  await page.send({ type: "pause" });
  await page.next("paused");

  const from = await page.count();
  const change = { key: "learningRateG", value: 0.001 } as const;
  await page.send({ type: "branch", at: { step: 40, eventsMade: 0 }, changes: [change], engine: "wasm" });
  const { run, past } = await page.next("started", from);
  expect(run.parent).toMatchObject({ step: 40, images: 640 });
  expect(past!.events).toMatchObject([{ key: "learningRateG", step: 40 }]);
  await page.send({ type: "train" });
  await page.until(({ images }) => images >= 900);
  await page.send({ type: "pause" });
  await page.next("paused", from);
  const file = path.join(scratch, "branch.pgan");
  fs.writeFileSync(file, await page.checkpoint());

  const out = path.join(scratch, "resumed");
  const { code, text } = await train([
    "--resume",
    file,
    "--images",
    "1600",
    "--engine",
    "wasm",
    "--out",
    out,
  ]);
  expect(code).toBe(0);
  expect(text).toMatch(/^Resumed exactly/m); // the page's WASM and Node's are one
  const ticks = fs.readFileSync(path.join(out, "stats.jsonl"), "utf8").trim().split("\n");
  let steps = 0;
  for (const { step, lossD_n } of ticks.map((line) => JSON.parse(line) as Record<string, number>))
    expect(step).toBe((steps += lossD_n!));
  expect(steps).toBe(100);
});

test("a disk that is full ends nothing, and is told; with room again the run is saved", async () => {
  const page = await begun(shapes);
  const devtools = await page.page.context().newCDPSession(page.page);
  const { origin } = new URL(address());
  await page.send({ type: "train" });
  await page.next("saved");
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1_000 });
  await page.send({ type: "keep" });
  const { notice } = await page.next("unsaved");
  expect(notice.message).toBe("This browser won't store more.");
  await page.page.getByText(notice.message).first().waitFor();
  const { step } = (await page.last("progress"))!.progress;
  await page.until((progress) => progress.step > step + 50);
  expect(await page.last("failed")).toBeUndefined();

  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  const from = await page.count();
  await page.send({ type: "keep" });
  expect((await page.next("saved", from)).step).toBeGreaterThan(step);
});

test("a tab that was frozen goes on where it was", async () => {
  const page = await begun(shapes);
  const devtools = await page.page.context().newCDPSession(page.page);
  await page.send({ type: "train" });
  await page.next("saved");
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await devtools.send("Page.setWebLifecycleState", { state: "active" });
  const { step } = (await page.last("progress"))!.progress;
  await page.until((progress) => progress.step > step + 20);
  expect(await page.last("failed")).toBeUndefined();
});
