// A real Chromium on the page as it is built and served, for the tests of one file.

import { type Browser, type BrowserContextOptions, chromium, type Route } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { Playground } from "./playground.ts";
import { useServer } from "./served.ts";

/** What WebGPU finds: a GPU emulated on the CPU, or none. */
type Gpu = "software" | "none";

const flags: Record<Gpu, string[]> = {
  software: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  none: [],
};

export interface Visit extends BrowserContextOptions {
  /** Which engine the address asks for. "unasked": as a newcomer comes, who is shown a recording and waited for no further. */
  engine?: "auto" | "webgpu" | "wasm" | "unasked";
  /** The address from its # on. */
  fragment?: string;
  /** What becomes of the worker's script on its way: it finds another machine, says what a test tells it, or is missing. */
  worker?: "without WebGPU" | "without a disk" | "with eight cores" | "prompted" | "missing";
  /** What becomes of other files on their way. */
  routes?: Record<string, (route: Route) => Promise<void>>;
  /** Milliseconds to wait for anything, at most. */
  patience?: number;
}

/**
 * Starts a Chromium and a server before the tests of a file, and ends them after.
 * @returns opens the page as a new visitor, until the test ends
 */
export function useChromium(gpu: Gpu = "none"): (visit?: Visit) => Promise<Playground> {
  let browser: Browser;
  const address = useServer();

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", ...flags[gpu]],
    });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await browser?.close();
  });

  return async ({ engine = "auto", fragment = "", worker, routes, patience = 60_000, ...options } = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(patience);
    if (worker) await context.route("**/assets/worker-*.js", served[worker]);
    const playground = new Playground(await context.newPage(), patience);
    if (routes) for (const [path, answer] of Object.entries(routes)) await context.route(path, answer);
    await playground.open(`${address()}${engine === "unasked" ? "" : `?engine=${engine}`}${fragment}`);
    if (worker !== "missing" && engine !== "unasked") await playground.standsStill();
    return playground;
  };
}

const served: Record<NonNullable<Visit["worker"]>, (route: Route) => Promise<void>> = {
  // No flag of Chromium's does it.
  "without WebGPU": (route) => begun(route, "delete WorkerNavigator.prototype.gpu;"),
  "with eight cores": (route) =>
    begun(route, "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 8 });"),
  "without a disk": (route) => begun(route, "delete StorageManager.prototype.getDirectory;"),
  prompted: (route) =>
    begun(route, "new BroadcastChannel('prompter').onmessage = ({ data }) => self.postMessage(data);"),
  missing: (route) => route.fulfill({ status: 404 }),
};

/** The script as it is, after some code of ours. */
async function begun(route: Route, code: string): Promise<void> {
  const response = await route.fetch();
  await route.fulfill({ response, body: code + (await response.text()) });
}
