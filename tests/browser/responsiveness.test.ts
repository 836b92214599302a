// How soon the page answers while a run trains.

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";

const open = useChromium();

test("the page answers while a run trains, and pauses when told to", async ({ annotate }) => {
  const playground = await open();
  const { page, eventually } = playground;
  await annotate(`tasks over 50 ms while the page opened, in ms: ${await longTasks(page)}`);

  await playground.newRun("quick", { images: 1_000_000 });
  await playground.train();
  await eventually(() => playground.number("Step")).toBeGreaterThan(10);
  await longTasks(page); // those of setting up
  const from = await playground.number("Step");
  await eventually(() => playground.number("Step")).toBeGreaterThan(from + 150);
  const lengths = await longTasks(page);
  await annotate(`tasks over 50 ms in 150 steps, in ms: ${lengths}`);
  const pauseMs = await timePause(page);
  await annotate(`from the click to a run that stands still: ${pauseMs.toFixed(0)} ms`);

  // The goals are 50 and 100 ms, on a machine that does nothing else. A busy one with two cores, where the worker
  // takes the one and other programs the other, holds up any task; four and ten times that is no longer the machine.
  expect(Math.max(0, ...lengths)).toBeLessThan(200);
  expect(pauseMs).toBeLessThan(1_000);
});

/** Lengths of the tasks over 50 ms on the main thread since the last call. */
function longTasks(page: Page): Promise<number[]> {
  return page.evaluate(() => window.longTasks.splice(0));
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
