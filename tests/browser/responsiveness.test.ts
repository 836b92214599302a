// How soon the page answers while it opens and while a run trains.

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Report } from "../../src/worker/protocol.ts";
import { useChromium } from "./chromium.ts";
import { tasksDuring } from "./tasks.ts";

const open = useChromium();

/** Milliseconds of the processor that a task on the main thread may take. */
const longest = 50;

test("the page opens in short tasks", async ({ annotate }) => {
  const { page: served } = await open();
  const address = served.url();
  const browser = served.context().browser()!;
  await served.close();
  const visits: number[][] = [];
  for (let i = 0; i < 3; i++) {
    const page = await (await browser.newContext()).newPage(); // nothing is cached
    const ready = page.getByRole("button", { name: "Train", exact: true }).and(page.locator(":enabled"));
    visits.push(
      await tasksDuring(page, async () => {
        await page.goto(address);
        await ready.waitFor();
      }),
    );
    await page.close();
  }
  await annotate(`longest tasks while the page opened, in ms: ${visits.map(told).join("; ")}`);
  for (const tasks of visits) expect(tasks.length).toBeGreaterThan(10);
  expect(leastOf(visits)).toBeLessThan(longest);
});

test("the page answers while a run trains, and pauses when told to", async ({ annotate }) => {
  const playground = await open();
  const { page, eventually } = playground;
  await playground.newRun("quick", { images: 1_000_000 });
  await playground.train();
  await eventually(() => playground.number("Step")).toBeGreaterThan(10);
  const from = await playground.number("Step");
  const windows: number[][] = [];
  for (let i = 1; i <= 3; i++)
    windows.push(
      await tasksDuring(page, () =>
        eventually(() => playground.number("Step")).toBeGreaterThan(from + 40 * i),
      ),
    );
  await annotate(`longest tasks in thrice 40 steps, in ms: ${windows.map(told).join("; ")}`);
  const pauses: number[] = [];
  for (let i = 0; i < 3; i++) {
    if (i > 0) await playground.train();
    await page.waitForTimeout(300 + 70 * i);
    pauses.push(await timePause(page));
  }
  await annotate(`from the click to a run that stands still, in ms: ${told(pauses)}`);

  expect(leastOf(windows)).toBeLessThan(longest);
  // The goal is 100 ms, on a machine that does nothing else: a busy one holds up the worker as well as the page.
  expect(Math.min(...pauses)).toBeLessThan(1_000);
});

test("the page answers with charts, grids and a timeline as large as they get", async ({ annotate }) => {
  const { page, eventually } = await open({ worker: "prompted", viewport: { width: 1280, height: 3000 } });
  await page.evaluate(fill, 1_900);
  const chart = page.getByRole("img", { name: /^Losses/ });
  await eventually(() => chart.getAttribute("aria-label")).toContain("1\u202f900");
  const windows: number[][] = [];
  for (let i = 0; i < 3; i++)
    windows.push(
      await tasksDuring(page, async () => {
        for (let look = 0; look < 5; look++) {
          await page.evaluate(fill, 1);
          await page.waitForTimeout(250);
        }
      }),
    );
  await annotate(`longest tasks with all there can be, in ms: ${windows.map(told).join("; ")}`);
  expect(leastOf(windows)).toBeLessThan(longest);
});

/**
 * The least of the longest tasks of three windows. What the page itself does comes in each of them; on a busy machine
 * the processor is slower at times, as others use its caches: seen once, a task of 51 ms where the next took 26.
 */
const leastOf = (windows: number[][]) => Math.min(...windows.map(([first]) => first!));

const told = (lengths: number[]) =>
  lengths
    .slice(0, 5)
    .map((ms) => ms.toFixed(0))
    .join(", ");

/** Runs in the page: lets the worker say what it says in so many looks at a run at 64×64, each with a moment. */
async function fill(looks: number): Promise<void> {
  const channel = new BroadcastChannel("prompter");
  const say = (report: Report) => channel.postMessage(report);
  const canvas = new OffscreenCanvas(512, 512);
  canvas.getContext("2d");
  const png = await canvas.convertToBlob();
  const counted = window as typeof window & { looks?: number };
  for (let i = 0; i < looks; i++) {
    const step = (counted.looks = (counted.looks ?? 0) + 1);
    const value = (place: number) => ({ mean: 2 + Math.sin(step / 50 + place), std: 0.5, n: 1 });
    const images = step * 16;
    const stats = {
      lossD: value(0),
      lossG: value(1),
      scoreReal: value(2),
      scoreFake: value(3),
      gradNormD: value(4),
      gradNormG: value(5),
    };
    say({ type: "stats", row: { images, step, resolution: 64, alpha: 1, secPerStep: 0.1, stats } });
    if (i < looks - 240) continue; // the timeline holds no more moments
    say({
      type: "frame",
      frame: { images, step, resolution: 64, alpha: 1, columns: 8, png, events: [], eventsMade: 0 },
    });
  }
  const pixels = new Uint8Array(64 * 64 * 64 * 3).map((_, i) => (i * 7) % 251);
  const grid = { pixels, count: 64, resolution: 64, channels: 3 } as const;
  say({ type: "samples", images: 0, alpha: 1, weights: "average", grid });
  say({ type: "reals", images: 0, grid });
}

/** Milliseconds from a click on Pause until the page says that the run stands still. */
function timePause(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const button = [...document.querySelectorAll("button")].find(
      (each) => each.textContent.trim() === "Pause",
    )!;
    const clicked = performance.now();
    button.click();
    await new Promise<void>((resolve) => {
      const look = () => button.textContent.trim() === "Train" && resolve();
      new MutationObserver(look).observe(button, { childList: true, characterData: true, subtree: true });
    });
    return performance.now() - clicked;
  });
}
