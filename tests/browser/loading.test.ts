// What a visitor waits for: how much JavaScript comes before a run can be trained, and in which order.

import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { expect, test } from "vitest";
import { dist } from "../../src/cli/launch/build.mjs";
import { useChromium } from "./chromium.ts";
import { tiny } from "./playground.ts";

const open = useChromium("software");

/**
 * Bytes of JavaScript, gzipped, that are loaded before Train is pressed: on a first visit, which begins with a recorded
 * experiment, and in the playground with its worker and engine. tfjs's WebGPU backend alone is 78 kB.
 */
const mostBytes = { unasked: 100_000, playground: 250_000 };

test("a first visit loads little, and neither worker nor engine", async ({ annotate }) => {
  const { requests, page } = await open({ engine: "unasked" });
  await page.getByRole("button", { name: "Train this on my machine" }).waitFor();
  const { names, bytes } = scriptsOf(requests);
  await annotate(`${names.length} scripts, ${bytes} bytes gzipped`);
  expect(names).not.toContain("worker");
  expect(bytes).toBeLessThan(mostBytes.unasked);
});

test.for(["wasm", "webgpu"] as const)("little is loaded to train on %s", async (engine, { annotate }) => {
  const { requests, page } = await open({ engine });
  const { names, bytes } = scriptsOf(requests);
  await annotate(`${names.length} scripts, ${bytes} bytes gzipped`);
  expect(names).toContain("worker");
  expect(bytes).toBeLessThan(mostBytes.playground);

  const [paint] = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint"));
  const [worker] = await page.evaluate(() =>
    performance.getEntriesByType("resource").filter(({ name }) => /\/worker-[^/]*\.js$/.test(name)),
  );
  expect(paint!.startTime).toBeGreaterThan(0);
  expect(worker!.startTime).toBeGreaterThan(paint!.startTime);
});

test("charts are loaded when there is something to draw", async () => {
  const playground = await open({ engine: "wasm" });
  const names = () => playground.requests.map(nameOf);
  await playground.newRun("quick", tiny);
  expect(names()).not.toContain("plot");
  await playground.train();
  await playground.eventually(names).toContain("plot");
  const chart = playground.page.getByRole("img", { name: /^Losses/ });
  await chart.scrollIntoViewIfNeeded(); // out of sight it is not drawn
  await playground.eventually(() => chart.getAttribute("aria-label")).toMatch(/^Losses up to/);
});

/** Scripts among what was requested, and their size. */
function scriptsOf(requests: readonly string[]): { names: string[]; bytes: number } {
  const files = requests.filter((address) => address.endsWith(".js")).map(fileOf);
  const bytes = files.reduce((sum, file) => sum + zlib.gzipSync(fs.readFileSync(file)).length, 0);
  return { names: files.map(nameOf), bytes };
}

/** The file of the build that is served at an address. */
function fileOf(address: string): string {
  return path.join(process.env.DIST_PATH ?? dist, new URL(address).pathname);
}

/** A script's name without the hash of what is in it: "worker" of "assets/worker-DlRs1sMk.js". */
function nameOf(address: string): string {
  return path.basename(address).replace(/-[\w-]{8}\.js$/, "");
}
