// The page as a person uses it: its controls by their names, and what it shows, read back.

import crypto from "node:crypto";
import fs from "node:fs";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { controls } from "../../src/ui/words/controls.ts";
import { type Config, type Key, type Report, rules, type Value } from "../../src/worker/protocol.ts";
import { observe } from "./observe.ts";

/** Many steps a second on any CPU, and no end of them. */
export const tiny: Partial<Config> = {
  channelsMax: 8,
  latent: 8,
  batch: 8,
  tickImages: 64,
  images: 1_000_000,
};

export class Playground {
  /** Addresses of everything the page and its worker asked for. */
  readonly requests: string[] = [];
  /** Errors and warnings: of scripts, of the console, and of the page's own policy. */
  readonly complaints: string[] = [];

  constructor(
    readonly page: Page,
    private readonly patience: number,
  ) {
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
  }

  get transport(): Locator {
    return this.page.getByRole("button", { name: /^(Train|Pause)$/ });
  }
  get setup(): Locator {
    return this.page.getByRole("complementary", { name: "Set-up" });
  }
  get slider(): Locator {
    return this.page.getByRole("slider", { name: "Moment of the run" });
  }
  get dialog(): Locator {
    return this.page.getByRole("dialog");
  }
  get alert(): Locator {
    return this.page.getByRole("alert");
  }
  /** The canvas of the left panel. */
  get fakes(): Locator {
    const heading = this.page.getByRole("heading", { name: /^Fakes/ });
    return this.page.getByRole("figure").filter({ has: heading }).locator("canvas");
  }

  async open(address: string): Promise<void> {
    await this.page.addInitScript(observe);
    await this.page.goto(address);
  }

  /** Waits until a run is set up, its samples are on screen, and nothing is trained. */
  async standsStill(): Promise<void> {
    await this.page
      .getByRole("button", { name: "Train", exact: true })
      .and(this.page.locator(":enabled"))
      .waitFor();
    await this.eventually(() => this.page.locator("[aria-busy=true]").count()).toBe(0);
  }

  /** Waits until `read` gives what the assertion wants: await playground.eventually(read).toBe(1). */
  readonly eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, this.#patiently);

  get #patiently() {
    return { timeout: this.patience, interval: 50 };
  }

  /** The control of a setting. */
  setting(key: Key): Locator {
    const label = controls[key].label.replace(/[^\w\s]/g, "\\$&");
    return this.setup.getByLabel(new RegExp(`^${label}( ?, changed)?$`));
  }

  /** Asks for settings. The worker makes them, or they wait for a new run. */
  async set(settings: Partial<Config>): Promise<void> {
    for (const [key, value] of Object.entries(settings) as [Key, Value][]) {
      const control = this.setting(key);
      if (rules[key].kind === "switch") {
        if ((await control.isChecked()) !== value) await control.click();
      } else if (rules[key].kind === "choice") await control.selectOption(String(value));
      else {
        await control.fill(String(value));
        await control.press("Enter");
      }
    }
  }

  /** Sets up a run of its own from a preset and some settings. */
  async newRun(preset: "paper" | "quick", settings: Partial<Config> = {}): Promise<void> {
    const { data, ...rest } = settings;
    await this.page.getByRole("combobox", { name: "Preset" }).selectOption(preset);
    await this.standsStill();
    if (data) {
      await this.page.getByRole("combobox", { name: "Data" }).selectOption(data);
      await this.standsStill();
    }
    await this.set(rest);
    await this.setup.getByRole("button", { name: "New run" }).click();
    await this.standsStill();
  }

  async train(): Promise<void> {
    await this.page.getByRole("button", { name: "Train", exact: true }).click();
  }

  async pause(): Promise<void> {
    await this.page.getByRole("button", { name: "Pause", exact: true }).click();
    await this.standsStill();
  }

  /** Chooses from the menu of single steps. */
  async takeStep(name: string): Promise<void> {
    await this.page.getByRole("button", { name: "Step" }).click();
    await this.page.getByRole("listitem").getByRole("button", { name }).click();
  }

  /** A number of the status strip, e.g. "Step" or "Images". */
  async number(term: string): Promise<number> {
    return Number.parseInt((await this.status(term)).replaceAll("\u202f", ""), 10);
  }

  /** What the status strip says under `term`. */
  async status(term: string): Promise<string> {
    const strip = this.page.getByRole("region", { name: "Where the run stands" });
    const entry = strip.locator("dl > div").filter({ has: this.page.getByText(term, { exact: true }) });
    return entry.locator("dd").innerText();
  }

  /** Pixels of the left panel as they are now, as a short text that differs when they do. */
  async picture(): Promise<string> {
    const pixels = await this.fakes.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    return crypto.createHash("sha256").update(pixels).digest("hex");
  }

  /** The same once they have changed no more for a while: the panel is drawn at most three times a second. */
  async stillPicture(): Promise<string> {
    let last = { picture: await this.picture(), since: performance.now() };
    await this.eventually(async () => {
      const picture = await this.picture();
      if (picture !== last.picture) last = { picture, since: performance.now() };
      return performance.now() - last.since;
    }).toBeGreaterThan(700);
    return last.picture;
  }

  /** The log of changes, a line each. */
  async changes(): Promise<string[]> {
    const log = this.page.locator("details").filter({ hasText: "Changes while running" });
    return (await log.locator("li").allTextContents()).map((line) => line.replace(/\s+/g, " ").trim());
  }

  /** What the list of changes to come says while it is closed; undefined where there are none. */
  async coming(): Promise<string | undefined> {
    const [said] = await this.page.locator("summary").filter({ hasText: "To come" }).allTextContents();
    return said?.replace(/\s+/g, " ");
  }

  /** Which run it is, how safe, and whether it is the same: the line below the status. */
  async runLine(): Promise<string> {
    return this.page.getByRole("region", { name: "Where the run stands" }).locator(".line").innerText();
  }

  /** Waits until the newest state of a run that stands still is kept. */
  async isSaved(): Promise<void> {
    const step = await this.status("Step");
    await this.eventually(() => this.runLine()).toContain(`Saved at step ${step}`);
  }

  /** Comes back to the page: what was in memory is gone. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.standsStill();
  }

  async openRuns(): Promise<void> {
    await this.page.getByRole("button", { name: "Runs", exact: true }).click();
    await this.dialog.waitFor();
  }

  /** Lets a prompted worker say something that takes a broken machine to happen. */
  async prompt(report: Report): Promise<void> {
    await this.page.evaluate((said) => new BroadcastChannel("prompter").postMessage(said), report);
  }

  /** Chooses a file of a run in the open list of runs. */
  async import({ name, bytes }: { name: string; bytes: Uint8Array }): Promise<void> {
    const file = { name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) };
    await this.dialog.getByLabel("A .pgan file").setInputFiles(file);
  }

  /** Drops a file in the middle of the page. */
  async drop({ name, bytes }: { name: string; bytes: Uint8Array }): Promise<void> {
    await this.page.evaluate(
      ({ name, bytes }) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
        for (const type of ["dragover", "drop"])
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      },
      { name, bytes: [...bytes] },
    );
  }

  /** Presses a button of the open dialog, and takes what is downloaded. */
  async save(button: string): Promise<{ name: string; bytes: Uint8Array }> {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.dialog.getByRole("button", { name: button }).click(),
    ]);
    return { name: download.suggestedFilename(), bytes: fs.readFileSync(await download.path()) };
  }
}
