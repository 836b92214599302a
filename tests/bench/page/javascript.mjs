// What a replayed step costs a page in JavaScript: the bench's own engine in a real Chromium.
//
//   node tests/bench/page/javascript.mjs [--resolution 16] [--channels 64] [--steps 12]
//
// Steps are waited for between two measurements, so that it is the JavaScript that is timed. On the software adapter, which
// computes on the same cores, a step at 16 px with 64 channels takes some ten seconds, and times are longer than they need be.

import util from "node:util";
import { chromium as launcher } from "playwright-core";
import { createServer } from "vite";
import { prepare, root } from "../../../src/cli/launch/install.mjs";
import { findChromium, remedy } from "../../chromium.mjs";

const { values } = util.parseArgs({
  options: {
    resolution: { type: "string", default: "16" },
    channels: { type: "string", default: "64" },
    steps: { type: "string", default: "12" },
  },
});
prepare();
const executablePath = findChromium();
if (!executablePath) {
  console.error(`No Chromium found.\n${remedy}`);
  process.exit(1);
}
const server = await createServer({
  root,
  logLevel: "error",
  server: { port: 0 },
  appType: "custom",
  plugins: [{ name: "page", configureServer: servePage }],
});
await server.listen();
const flags = ["--enable-unsafe-webgpu", "--disable-background-networking"];
const software = process.platform === "linux" ? ["--use-webgpu-adapter=swiftshader"] : [];
const browser = await launcher.launch({ executablePath, args: ["--no-sandbox", ...flags, ...software] });
try {
  const page = await browser.newPage();
  await page.goto(new URL("page.html", server.resolvedUrls?.local[0]).href);
  const asked = {
    of: {
      resolution: Number(values.resolution),
      channels: Number(values.channels),
      fade: true,
      batch: 16,
    },
    steps: Number(values.steps),
  };
  const { device, dispatches, times } = await page.evaluate(async ({ of, steps }) => {
    const path = "/tests/bench/page/javascript.ts";
    return (await import(path)).measure(of, steps);
  }, asked);
  times.sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  console.log(`Chromium ${browser.version()}, ${device}`);
  console.log(
    `${values.resolution} px, ${values.channels} channels, fade on: ${dispatches} dispatches; JavaScript a step, of ` +
      `${times.length}: least ${times[0].toFixed(2)} ms, median ${median.toFixed(2)} ms`,
  );
} finally {
  await browser.close();
  await server.close();
}

/** @param {import("vite").ViteDevServer} server */
function servePage({ middlewares }) {
  middlewares.use("/page.html", (_, response) => {
    response.setHeader("content-type", "text/html");
    response.setHeader("cross-origin-opener-policy", "same-origin"); // without these two, clocks are coarse
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    response.end("<!doctype html><title>Bench</title>");
  });
}
