// The first visit: a recorded experiment that plays at once and needs no engine, until a person wants to train it.

import path from "node:path";
import { expect, test } from "vitest";
import { inBothThemes } from "./axe.ts";
import { useChromium } from "./chromium.ts";
import type { Playground } from "./playground.ts";

const open = useChromium();
const screenshots = path.resolve(import.meta.dirname, "../../out/screenshots");

const cursor = ({ page }: Playground) => page.getByRole("slider", { name: "Moment of the recording" });
const covered = ({ page }: Playground) => page.getByText(/^\d+ of 16 modes$/).allTextContents();

/** Pixels of both grids. */
const pictures = ({ page }: Playground) =>
  page
    .locator("figure canvas")
    .evaluateAll((all) => all.map((each) => (each as HTMLCanvasElement).toDataURL()));

test("a newcomer sees a recording play, without an engine, and makes it happen on this machine", async () => {
  const playground = await open({ engine: "unasked" });
  const { page, eventually } = playground;
  await page.getByRole("button", { name: "Pause" }).waitFor();
  const shownAfter = await page.evaluate(() => performance.now());
  expect(shownAfter).toBeLessThan(5_000); // under a second on a machine that does nothing else

  // It goes on by itself, and stays where it is put: pictures, count and charts together.
  await eventually(() => cursor(playground).inputValue()).not.toBe("0");
  await cursor(playground).fill("0");
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  expect(await covered(playground)).toEqual(["0 of 16 modes", "0 of 16 modes"]);
  const histogram = page.getByRole("img", { name: /^B: D scores: 64 reals between .*, 64 fakes between / });
  const begun = await histogram.getAttribute("aria-label");
  const first = await pictures(playground);
  expect(first[1]).toBe(first[0]); // one seed, and nothing trained yet
  await page.keyboard.press("End");
  const [a, b] = (await covered(playground)).map((text) => Number.parseInt(text));
  expect(b).toBeLessThan(a!);
  expect(await histogram.getAttribute("aria-label")).not.toBe(begun);
  expect(new Set([...first, ...(await pictures(playground))]).size).toBe(3);
  await page
    .getByRole("img", { name: new RegExp(`^Modes at .*covered · A ${a} of 16; covered · B ${b} of 16;`) })
    .waitFor();

  const shifts = await page.evaluate(() => window.shifts);
  const moved = shifts.reduce((sum, { value }) => sum + value, 0);
  expect(moved, JSON.stringify(shifts)).toBeLessThan(0.001); // a few characters, while numbers change

  // A pointer over a chart reads values there; pressed, it takes the cursor along, and the pictures with it.
  const last = await cursor(playground).inputValue();
  const chart = page.getByRole("img", { name: /^Losses at / });
  const position = { x: 20, y: 40 }; // left of the axis: its beginning
  await chart.hover({ position });
  await page.getByRole("heading", { name: /^Losses, at \d+ images$/ }).waitFor();
  expect(await cursor(playground).inputValue()).toBe(last);
  await chart.click({ position });
  await eventually(() => cursor(playground).inputValue()).toBe("0");
  expect(await pictures(playground)).toEqual(first);

  // Another experiment, where something was changed on the way.
  await page.getByRole("navigation").getByRole("button", { name: "does it forget?" }).click();
  await page.getByRole("button", { name: /⚑1 Step 1.000, A and B/ }).click();
  expect(await cursor(playground).getAttribute("aria-valuetext")).toMatch(/^step 1.000, 16.000 images$/);
  expect(page.url()).toMatch(/#lab=pull-it-live$/);

  expect(playground.requests.filter((address) => /worker|tfjs|wasm|idx/.test(address))).toEqual([]);
  await page.getByRole("button", { name: "Train this on my machine" }).click();
  // B differs from the first step on: the twin is forked off at once, and both are trained.
  await page.getByRole("heading", { name: "Fakes of B" }).waitFor();
  await eventually(() => playground.number("Step")).toBeGreaterThan(10);
  await playground.pause();
  expect(await playground.coming()).toContain("To come");
  expect(await page.getByRole("combobox", { name: "Preset" }).inputValue()).toBe("quick");
  await page.goBack();
  await page.getByRole("button", { name: "Train this on my machine" }).waitFor();
  await page.goForward();
  await playground.standsStill();
  expect(await playground.number("Step")).toBeGreaterThan(10);
  expect(playground.complaints).toEqual([]);
});

test("an alarm is marked on the timeline and on every chart, and leads to its onset and its evidence", async () => {
  const { page, eventually, complaints } = await open({ engine: "unasked", reducedMotion: "reduce" });
  const lanes = page.getByRole("toolbar", { name: /^Alarms (on|over) / });
  await eventually(() => lanes.count()).toBe(4);
  const marks = lanes.getByRole("button");
  await marks.first().waitFor();

  // By keyboard: one stop for all marks of a lane, words at the one with the focus, arrows to the others.
  const [lane, words] = [lanes.first(), page.getByText(/^Alarm B1: .*, since \d.\d+ images/)];
  expect(await lanes.locator("button[tabindex='0']").count()).toBe(4);
  expect(await words.first().isVisible()).toBe(false);
  await lane.getByRole("button").first().focus();
  await page.keyboard.press("End"); // of the marks: the cursor stays
  await page.keyboard.press("Home");
  await words.first().waitFor();
  await page.keyboard.press("Escape");
  await words.first().waitFor({ state: "hidden" });
  const slider = page.getByRole("slider", { name: "Moment of the recording" });
  expect(await slider.inputValue()).toBe("0");
  await page.keyboard.press("Enter");
  await eventually(() => slider.inputValue()).not.toBe("0");
  const evidence = page.getByRole("group", { name: /^Evidence for B: / });
  await evidence.first().waitFor();
  await eventually(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Evidence");

  // By pointer, on a chart; nothing else moves it there.
  const there = await slider.inputValue();
  await slider.fill("0");
  const onChart = page.getByRole("toolbar", { name: "Alarms over Losses" }).getByRole("button").first();
  await onChart.hover();
  await onChart.getByText(/^Alarm B1: /).waitFor();
  await onChart.click();
  await eventually(() => slider.inputValue()).toBe(there);
  expect(complaints).toEqual([]);
});

test.each([360, 900, 1280])(
  "the lab at %i px: nothing too wide, and axe finds nothing serious",
  async (width) => {
    const playground = await open({
      engine: "unasked",
      viewport: { width, height: 800 },
      reducedMotion: "reduce",
    });
    const { page } = playground;
    await page.getByRole("button", { name: "Play", exact: true }).waitFor(); // it stands still when asked to be calm
    await page.keyboard.press("End");
    const overflowing = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflowing).toBeLessThanOrEqual(0);
    expect(await inBothThemes(playground, "lab")).toEqual([]);
    await page.screenshot({ path: path.join(screenshots, `lab-${width}.png`), fullPage: true });
  },
);

test("a recording that is cut says so, and a run of one's own can still be set up", async () => {
  const playground = await open({
    engine: "unasked",
    routes: { "**/lab/*/recording.json": (route) => route.fulfill({ body: '{"format":"pggan rec' }) },
  });
  const { page } = playground;
  expect(await page.getByRole("alert").innerText()).toMatch(
    /^This recording is damaged: the file is .*, not JSON\./,
  );
  await page.getByRole("button", { name: "Set up a run of my own" }).click();
  await playground.standsStill();
});
