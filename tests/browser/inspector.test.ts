// The inspector as one uses it without a mouse: a cell is chosen, its sample told of, and Escape leads back to the grid.

import { expect, test } from "vitest";
import { violations } from "./axe.ts";
import { useChromium } from "./chromium.ts";

const open = useChromium();

const fragment = "#v=1&preset=quick&seed=9&images=1000000&tickImages=64&batch=8&latent=8&channelsMax=8";

test("a sample is inspected from the keyboard, on a narrow screen, and nothing beneath moves", async () => {
  const playground = await open({ engine: "wasm", fragment, viewport: { width: 360, height: 740 } });
  const { page, eventually } = playground;
  await playground.takeStep("10 steps");
  await eventually(() => playground.number("Step")).toBe(10);

  const drawer = page.getByRole("complementary", { name: /^Fake/ });
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  await page.getByRole("gridcell", { name: "Fake 1", exact: true }).focus();
  for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "End"]) await page.keyboard.press(key);
  expect(await focused()).toBe("Fake 16");
  const place = () => playground.fakes.boundingBox();
  const before = await place();
  await page.keyboard.press("Enter");
  await drawer.getByText("Reals to their nearest other real").first().waitFor();
  expect(await drawer.getByRole("heading", { level: 2 }).innerText()).toBe("Fake 16");
  expect(await drawer.innerText()).toMatch(/EMA of G at 80 images, step 10\./);
  expect(await drawer.innerText()).toMatch(/at or above \d+ % of 1.024 reals/);
  expect(await place()).toEqual(before);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);

  await drawer.getByLabel("To fake").fill("3");
  await page.keyboard.press("Enter");
  await eventually(() => drawer.innerText()).toMatch(/Fake 16 to fake 3: \d+° along the great circle/);
  expect(await drawer.getByRole("img", { name: /^Step \d: D's score/ }).count()).toBe(8);
  await drawer.getByRole("button", { name: "Compare 256 new samples" }).click();
  await eventually(() => drawer.innerText()).toContain("Arora and Zhang (2017)");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  expect(await focused()).toBe("Fake 16");

  // One cursor: of a moment of the past its own weights are looked at, and of the newest once that is on screen again.
  await playground.slider.fill("1");
  await page.getByRole("gridcell", { name: "Fake 16", exact: true }).press("Enter");
  await eventually(() => drawer.innerText()).toMatch(
    /EMA of G at 8 images, step 1\.\s+On screen is a moment of the past: 8 images, step 1\. These are its weights/,
  );
  expect(await drawer.getByRole("img").count()).toBeGreaterThan(0);
  expect(await violations(page)).toEqual([]);
  await drawer.getByRole("button", { name: "Go to the newest" }).click();
  await eventually(() => drawer.innerText()).toMatch(/EMA of G at 80 images, step 10\.\s+Look again/);
  expect(playground.complaints).toEqual([]);
});
