// Where things are: nothing moves by itself, and narrow windows hold the whole page. Leaves pictures in out/screenshots.

import path from "node:path";
import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";

const open = useChromium();
const screenshots = path.resolve(import.meta.dirname, "../../out/screenshots");

test("nothing moves while the page loads, samples arrive and a run trains", async () => {
  const playground = await open();
  await playground.train();
  await playground.eventually(() => playground.number("Step")).toBeGreaterThan(20);
  await playground.pause();
  const shifts = await playground.page.evaluate(() => window.shifts);
  const total = shifts.reduce((sum, { value }) => sum + value, 0);
  // 0.1 is what counts as good on the web. This is a few characters that take the room of others.
  expect(total, JSON.stringify(shifts)).toBeLessThan(0.001);
});

test.each([320, 360, 900, 1200, 1440])("at %i px nothing is wider than the window", async (width) => {
  const playground = await open({ viewport: { width, height: 800 }, colorScheme: "dark" });
  const { page } = playground;
  await playground.train();
  await playground.eventually(() => playground.number("Step")).toBeGreaterThan(20);
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
    await page.screenshot({ path: path.join(screenshots, `${width}-${colorScheme}.png`), fullPage: true });
  }
  const overflowing = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflowing).toBeLessThanOrEqual(0);

  // The message at the foot of the page leaves the buttons of the set-up free.
  if (width >= 900) {
    const message = (await page.getByRole("status").filter({ hasText: "WebGPU" }).boundingBox())!;
    const newRun = (await playground.setup.getByRole("button", { name: "New run" }).boundingBox())!;
    expect(message.x).toBeGreaterThan(newRun.x + newRun.width);
  }

  if (width >= 1200) {
    const tops = await page
      .locator("header .bar > *")
      .evaluateAll((parts) =>
        parts
          .map((part) => part.getBoundingClientRect())
          .map(({ top, height }) => Math.round(top + height / 2)),
      );
    expect(Math.max(...tops) - Math.min(...tops)).toBeLessThanOrEqual(2); // one row
  }

  // As a viewer needs it: to scrub and to come back.
  await playground.slider.fill("0");
  await page.getByRole("button", { name: "Back to live" }).click();
  for (const name of ["Export", "Runs"]) {
    await page.getByRole("button", { name, exact: true }).click();
    const box = (await playground.dialog.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width);
    await page.keyboard.press("Escape");
  }
});
