// How soon the page answers while a run trains.

import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";

const open = useChromium();

test("the page answers while a run trains, and pauses when told to", async ({ annotate }) => {
  const playground = await open();
  const { page } = playground;
  await playground.newRun("quick");
  await playground.train();
  await playground.eventually(() => playground.number("Step")).toBeGreaterThan(10);
  const begun = await page.evaluate(() => performance.now());
  const from = await playground.number("Step");
  await playground.eventually(() => playground.number("Step")).toBeGreaterThan(from + 150);

  const longTasks = await page.evaluate(() => window.longTasks);
  const lengths = longTasks.filter(({ start }) => start > begun).map(({ duration }) => duration);
  await annotate(`tasks over 50 ms while training: ${lengths.join(", ") || "none"}`);

  const pauseMs = await page.evaluate(async () => {
    const button = [...document.querySelectorAll("button")].find(
      (each) => each.textContent.trim() === "Pause",
    )!;
    const clicked = performance.now();
    button.click();
    await new Promise<void>((resolve) => {
      const observer = new MutationObserver(() => button.textContent.trim() === "Train" && resolve());
      observer.observe(button, { childList: true, characterData: true, subtree: true });
    });
    return performance.now() - clicked;
  });
  await annotate(`from the click to a run that stands still: ${pauseMs.toFixed(0)} ms`);

  // The goals are 50 and 100 ms, on a machine that does nothing else. A busy one with two cores, where the worker
  // takes the one and other programs the other, holds up any task; four and ten times that is no longer the machine.
  expect(Math.max(0, ...lengths)).toBeLessThan(200);
  expect(pauseMs).toBeLessThan(1_000);
});
