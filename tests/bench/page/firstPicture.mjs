// How long a person waits for pictures: the built page in a real Chromium on WebGPU, from its opening, and from Train.
//
//   node tests/bench/page/firstPicture.mjs [--preset quick]... [--repeats 3] [--wait 0] [--json FILE]
//
// Train is pressed as soon as it can be, or so many seconds later. Each repeat is a Chromium of its own, as one keeps what
// it has compiled. Without a GPU Chromium computes on the CPU: then all times are those of the cores that are free.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import util from "node:util";
import { chromium as launcher } from "playwright-core";
import { build, dist, isBuilt } from "../../../src/cli/launch/build.mjs";
import { prepare } from "../../../src/cli/launch/install.mjs";
import { serve } from "../../../src/cli/launch/serve.mjs";
import { findChromium, remedy } from "../../chromium.mjs";

const { values } = util.parseArgs({
  options: {
    preset: { type: "string", multiple: true, default: ["browser", "paper", "quick"] },
    repeats: { type: "string", default: "3" },
    wait: { type: "string", default: "0" },
    json: { type: "string" },
  },
});
prepare();
const executablePath = findChromium();
if (!executablePath) {
  console.error(`No Chromium found.\n${remedy}`);
  process.exit(1);
}
const folder = process.env.DIST_PATH ?? dist;
if (folder === dist && !isBuilt()) build();
const { server, url } = await serve(path.resolve(folder), { port: 0 });
/** @type {{ preset: string, times: Record<string, number> }[]} */
const runs = [];
const before = os.loadavg()[0] ?? 0;
let [version, device] = ["", ""];
try {
  // In turn, so that what else the machine does falls on all of them.
  for (let repeat = 0; repeat < Number(values.repeats); repeat++)
    for (const preset of values.preset) runs.push({ preset, times: await visit(preset) });
} finally {
  server.close();
  server.closeAllConnections();
}
print();

/**
 * Milliseconds of one visit, by what they were spent on.
 * @param {string} preset
 */
async function visit(preset) {
  const software = process.platform === "linux" ? ["--use-webgpu-adapter=swiftshader"] : [];
  const args = ["--no-sandbox", "--enable-unsafe-webgpu", "--disable-background-networking", ...software];
  const started = await launcher.launchServer({ executablePath, args });
  const { pid = 0 } = started.process();
  const browser = await launcher.connect(started.wsEndpoint());
  try {
    version = browser.version();
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(300_000);
    await context.route("**/assets/worker-*.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `(${watchWorker})();${await response.text()}` });
    });
    const page = await context.newPage();
    await page.addInitScript(watchPage);
    await page.goto(`${url}?engine=webgpu#v=1&preset=${preset}`);
    const train = page.getByRole("button", { name: "Train", exact: true }).and(page.locator(":enabled"));
    await train.waitFor();
    await shown(page, false);
    await page.waitForTimeout(1000 * Number(values.wait));
    await page.evaluate(() => {
      Reflect.get(window, "seen").pressed = performance.timeOrigin + performance.now();
    });
    const before = processorMs(pid);
    await train.click();
    await shown(page, true);
    const spent = processorMs(pid);
    const seen = /** @type {Seen} */ (await page.evaluate(() => Reflect.get(window, "seen")));
    device = seen.engine.device;
    const { opened, ...times } = timesOf(seen);
    const processor = { "processor: before Train": before, "processor: from Train": spent - before };
    return { ...opened, ...times, ...(spent > 0 && processor) };
  } finally {
    await browser.close();
    await started.close();
  }
}

/**
 * Milliseconds that all processes of a browser have computed, on all cores; 0 where that can't be told.
 * @param {number} group its first process, which leads the group of all
 */
function processorMs(group) {
  if (process.platform !== "linux") return 0;
  const ticksPerSecond = 100; // what Linux counts in, for all that is told to programs
  let ticks = 0;
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      // After the name, which may hold anything: state, parent, group, …, and as 12th and 13th user and system time.
      const fields = fs
        .readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      if (Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has just ended.
    }
  return (1000 * ticks) / ticksPerSecond;
}

/**
 * Waits for a picture of an untrained G, or of a trained one.
 * @param {import("playwright-core").Page} page
 * @param {boolean} trained
 */
async function shown(page, trained) {
  await page.waitForFunction((trained) => {
    const { pictures } = /** @type {Seen} */ (Reflect.get(window, "seen"));
    return pictures.some(({ images }) => images > 0 === trained);
  }, trained);
}

/** @param {Seen} seen */
function timesOf({ origin, pressed, stepped, pictures, pipelines, engine, gaps }) {
  const untrained = pictures.find(({ images }) => images === 0);
  const trained = pictures.find(({ images }) => images > 0);
  if (!untrained || !trained) throw new Error("The page showed no picture.");
  const ready = Math.max(...pipelines.map(({ until }) => until));
  const opened = {
    "opened to engine": engine.at - origin,
    "opened to untrained picture": untrained.at - origin,
  };
  return {
    opened,
    "Train to last pipeline": Math.max(0, ready - pressed),
    "Train to first step": stepped - pressed,
    "Train to picture": trained.at - pressed,
    "worker busy at a time": Math.max(...gaps.filter(({ at }) => at > untrained.at).map(({ ms }) => ms)),
    "steps behind the picture": trained.step,
    "pipelines compiled at once": pipelines.filter(({ waited }) => waited).length,
    "pipelines compiled beside": pipelines.filter(({ waited }) => !waited).length,
  };
}

function print() {
  const load = `load ${before.toFixed(1)} before, ${(os.loadavg()[0] ?? 0).toFixed(1)} after, ${os.cpus().length} cores`;
  console.log(`Chromium ${version}, ${device}; ${values.repeats} visits each; ${load}`);
  console.log(`Train was pressed ${values.wait} s after it could be. Least (median):`);
  for (const preset of values.preset) {
    const own = runs.filter((run) => run.preset === preset).map(({ times }) => times);
    console.log(`\n${preset}`);
    for (const what of Object.keys(own[0] ?? {})) {
      const sorted = own.map((times) => times[what] ?? 0).sort((a, b) => a - b);
      const counts = /^(steps|pipelines)/.test(what);
      const figure = (/** @type {number} */ ms) => (counts ? String(ms) : `${(ms / 1000).toFixed(2)} s`);
      const [least, median] = [sorted[0] ?? 0, sorted[Math.floor(sorted.length / 2)] ?? 0];
      console.log(`  ${what.padEnd(28)} ${figure(least).padStart(8)} (${figure(median)})`);
    }
  }
  const date = new Date().toISOString();
  if (values.json !== undefined)
    fs.writeFileSync(
      values.json,
      `${JSON.stringify({ date, version, device, load, wait: values.wait, runs }, null, 1)}\n`,
    );
}

/** @typedef {{ from: number, until: number, waited: boolean }} Pipeline */
/** @typedef {{ images: number, step: number, at: number }} Picture */
/** @typedef {{ ms: number, at: number }} Gap */
/**
 * @typedef {{ origin: number, pressed: number, stepped: number, pictures: Picture[], pipelines: Pipeline[], gaps: Gap[],
 *   engine: { device: string, at: number } }} Seen
 */

/** Runs in the page before it does: notes when the worker's samples are on screen. Clocks are those of 1970. */
function watchPage() {
  const now = () => performance.timeOrigin + performance.now();
  /** @type {Seen} */
  const seen = {
    origin: performance.timeOrigin,
    pressed: 0,
    stepped: 0,
    engine: { device: "", at: 0 },
    pictures: [],
    pipelines: [],
    gaps: [],
  };
  Object.assign(window, { seen });
  new BroadcastChannel("bench").onmessage = ({ data }) => {
    if ("ms" in data) seen.gaps.push(data);
    else seen.pipelines.push(data);
  };
  let step = 0;
  const Plain = window.Worker;
  window.Worker = class extends Plain {
    /** @param {ConstructorParameters<typeof Worker>} given */
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (data.type === "engine") seen.engine = { device: data.engine.device, at: now() };
        if (data.type === "progress") step = data.progress.step;
        if (data.type === "stats") seen.stepped ||= now();
        if (data.type !== "samples") return;
        const picture = { images: data.images, step };
        // Painted in the next frame, which is over when the one after it begins.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => seen.pictures.push({ ...picture, at: now() })),
        );
      });
    }
  };
}

/** Runs in the worker before it does: notes when each pipeline was asked for and was there, and when it let nothing in. */
function watchWorker() {
  const now = () => performance.timeOrigin + performance.now();
  const channel = new BroadcastChannel("bench");
  const beat = 10;
  let last = now();
  setInterval(() => {
    const ms = now() - last;
    last = now();
    if (ms > 2 * beat) channel.postMessage({ ms, at: last });
  }, beat);
  const device = GPUDevice.prototype;
  const { createComputePipeline, createComputePipelineAsync } = device;
  device.createComputePipeline = function (descriptor) {
    const from = now();
    const pipeline = createComputePipeline.call(this, descriptor);
    channel.postMessage({ from, until: now(), waited: true });
    return pipeline;
  };
  device.createComputePipelineAsync = async function (descriptor) {
    const from = now();
    const pipeline = await createComputePipelineAsync.call(this, descriptor);
    channel.postMessage({ from, until: now(), waited: false });
    return pipeline;
  };
}
