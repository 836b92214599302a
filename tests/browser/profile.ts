// A Chromium with a profile that outlives it, which a test can kill at any moment as a power cut would.

import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Command, Progress, Report } from "../../src/worker/protocol.ts";

/** The page's worker, spoken to as the page does. */
export interface Conversation {
  page: Page;
  send(command: Command): Promise<void>;
  /** The first report of a type, from the `from`-th report on. */
  next<T extends Report["type"]>(type: T, from?: number): Promise<Extract<Report, { type: T }>>;
  /** The last report of a type so far. */
  last<T extends Report["type"]>(type: T): Promise<Extract<Report, { type: T }> | undefined>;
  /** How many reports there have been. */
  count(): Promise<number>;
  /** Forgets all reports so far. */
  clear(): Promise<void>;
  /** Waits until `reached` holds of the run's progress. */
  until(reached: (progress: Progress) => boolean): Promise<Progress>;
  /** The live run as a .pgan file. */
  checkpoint(): Promise<Uint8Array>;
}

/** Chromium on a folder of its own. `open` starts it again after a kill. */
export function useProfile(address: () => string, flags: readonly string[] = []) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pggan-profile-"));
  let child: ChildProcess | undefined;
  let browser: Browser | undefined;

  return {
    /** A browser that was killed may not come up at once; that is not what is tested. */
    async open(query = "?engine=wasm", tries = 3): Promise<Conversation> {
      child = start(folder, flags);
      try {
        browser = await chromium.connectOverCDP(await debugAddress(child), { timeout: 20_000 });
      } catch (error) {
        await this.kill();
        if (tries === 1) throw error;
        return this.open(query, tries - 1);
      }
      const page = await browser.contexts()[0]!.newPage();
      await page.addInitScript(listen);
      await page.goto(`${address()}${query}`);
      return conversation(page);
    },

    /** Ends every process of the browser at once. Nothing is flushed, nothing is told. */
    async kill(): Promise<void> {
      if (child?.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child!.once("exit", resolve));
        process.kill(-child.pid!, "SIGKILL");
        await gone;
      }
      await browser?.close().catch(() => {});
      [child, browser] = [undefined, undefined];
    },

    async remove(): Promise<void> {
      if (child) await this.kill();
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Starts Chromium in a group of processes of its own. */
function start(folder: string, flags: readonly string[]): ChildProcess {
  const own = ["--headless", "--no-sandbox", "--no-first-run", "--disable-background-networking"];
  return spawn(
    process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    [...own, "--remote-debugging-port=0", `--user-data-dir=${folder}`, ...flags],
    { detached: true, stdio: ["ignore", "ignore", "pipe"] },
  );
}

/** Where Chromium listens, which it tells in its own words. */
function debugAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.once("exit", () => reject(new Error(`Chromium did not start: ${said.slice(-500)}`)));
    child.stderr!.on("data", (data: Buffer) => {
      said += data.toString();
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (address) resolve(address);
    });
  });
}

interface Heard {
  worker?: Worker;
  reports: Report[];
}

/** Runs in the page before its scripts: keeps the worker, and what it says. */
function listen(): void {
  const heard: Heard = { reports: [] };
  Object.assign(window, { heard });
  const Original = window.Worker;
  window.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Original>) {
      super(...args);
      heard.worker = this;
      this.addEventListener("message", ({ data }) => {
        const report = data as Report;
        // Pictures are not asked for, and would pile up.
        if (!["samples", "reals", "frame"].includes(report.type)) heard.reports.push(report);
      });
    }
  };
}

declare global {
  interface Window {
    heard: Heard;
  }
}

function conversation(page: Page): Conversation {
  return {
    page,
    async send(command) {
      await page.waitForFunction(() => window.heard.worker !== undefined); // it starts after the first paint
      await page.evaluate((command) => window.heard.worker!.postMessage(command), command);
    },
    async next(type, from = 0) {
      const found = await page.waitForFunction(
        ([type, from]) => window.heard.reports.slice(from).find((report) => report.type === type),
        [type, from] as const,
        { polling: 20, timeout: 60_000 },
      );
      return (await found.jsonValue()) as never;
    },
    last: (type) =>
      page.evaluate(
        (type) => window.heard.reports.findLast((report) => report.type === type),
        type,
      ) as Promise<never>,
    count: () => page.evaluate(() => window.heard.reports.length),
    async until(reached) {
      for (;;) {
        const { progress } = (await this.last("progress"))!;
        if (reached(progress)) return progress;
        await page.waitForTimeout(100);
      }
    },
    async checkpoint() {
      const from = await this.count();
      await this.send({ type: "export", id: 1e6, what: { type: "checkpoint" } });
      await this.next("exported", from);
      // A file can't be handed over as it is.
      const text = await page.evaluate(async () => {
        const exported = window.heard.reports.findLast((report) => report.type === "exported");
        const bytes = new Uint8Array(await (exported as { file: Blob }).file.arrayBuffer());
        return bytes.toBase64();
      });
      return Buffer.from(text, "base64");
    },
    clear: () => page.evaluate(() => void (window.heard.reports.length = 0)),
  };
}
