// A run that grows: each resolution fades in, and the page shows it without moving a cell.

import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";
import { tiny } from "./playground.ts";

const open = useChromium();

test("a run grows from 4 to 16 px, and every cell keeps its place", async () => {
  const playground = await open();
  const { page, eventually } = playground;
  const growing = {
    from: 4,
    to: 16,
    imagesPerPhase: 192,
    imagesPerFade: 192,
    tickImages: 128,
    images: 1_024,
  };
  await playground.newRun("quick", { ...tiny, ...growing });
  const rail = page.getByRole("list", { name: "Resolutions" });
  expect(await rail.getByRole("listitem").allInnerTexts()).toEqual(["4", "8", "16"]);
  const place = await playground.fakes.boundingBox();

  for (const [images, phase, current] of [
    [128, "4×4 stable", "4"],
    [256, "8×8 fading in, α 0.33", "8"],
    [384, "8×8 stable", "8"],
    [512, "8×8 stable", "8"],
    [640, "16×16 fading in, α 0.33", "16"],
  ] as const) {
    await playground.takeStep("One tick");
    await eventually(() => playground.number("Images")).toBe(images);
    expect(await playground.status("Phase")).toBe(phase);
    expect(await rail.locator("[aria-current=step]").innerText()).toBe(current);
    await playground.standsStill();
    expect(await playground.fakes.boundingBox()).toEqual(place);
  }
  await playground.train();
  await eventually(() => page.title()).toMatch(/^finished/);
  expect(await playground.number("Images")).toBe(1_024);

  // The past, from the first resolution to the last.
  const seen = new Map<string, string>();
  const moments = Number(await playground.slider.getAttribute("max"));
  for (let moment = 0; moment <= moments; moment++) {
    await playground.slider.fill(String(moment));
    const said = (await playground.slider.getAttribute("aria-valuetext"))!;
    seen.set(said, /\d+×\d+/.exec(said)![0]);
  }
  expect([...new Set(seen.values())]).toEqual(["4×4", "8×8", "16×16"]);
  expect([...seen.keys()].filter((said) => said.includes("α")).length).toBeGreaterThan(1);
  expect(await playground.fakes.boundingBox()).toEqual(place);

  // A chart that is pressed takes the cursor there; the keys of moments go on from it.
  const chart = page.getByRole("img", { name: /^Losses/ });
  await chart.scrollIntoViewIfNeeded(); // out of sight it is not drawn
  await eventually(() => chart.getAttribute("aria-label")).toMatch(/^Losses up to/);
  await chart.click({ position: { x: 20, y: 60 } }); // left of the axis: its beginning
  await eventually(() => playground.slider.inputValue()).toBe("0");
  await page.keyboard.press("ArrowRight");
  expect(await playground.slider.inputValue()).toBe("1");
});
