// A run that grows: each resolution fades in, and the page shows it without moving a cell.

import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";

const open = useChromium();

test("a run grows from 4 to 16 px, and every cell keeps its place", async () => {
  const playground = await open();
  const { page, eventually } = playground;
  const growing = { from: 4, to: 16, imagesPerPhase: 256, imagesPerFade: 256, images: 1_536 };
  await playground.newRun("quick", { ...growing, channelsMax: 8, latent: 8, batch: 8, tickImages: 64 });
  const rail = page.getByRole("list", { name: "Resolutions" });
  expect(await rail.getByRole("listitem").allInnerTexts()).toEqual(["4", "8", "16"]);
  const place = await playground.fakes.boundingBox();

  await playground.train();
  for (const resolution of [8, 16]) {
    await page.getByText(new RegExp(`^${resolution}×${resolution} fading in, α 0\\.\\d\\d$`)).waitFor();
    expect(await rail.locator("[aria-current=step]").innerText()).toBe(String(resolution));
    await page.getByText(`${resolution}×${resolution} stable`).waitFor();
    expect(await playground.fakes.boundingBox()).toEqual(place);
  }
  await eventually(() => page.title()).toMatch(/^finished/);
  expect(await playground.number("Images")).toBe(1_536);

  // The past, from the first resolution to the last.
  const seen = new Map<string, string>();
  const moments = Number(await playground.slider.getAttribute("max"));
  for (let moment = 0; moment <= moments; moment++) {
    await playground.slider.fill(String(moment));
    const said = (await playground.slider.getAttribute("aria-valuetext"))!;
    seen.set(said, /\d+×\d+/.exec(said)![0]);
  }
  expect([...new Set(seen.values())]).toEqual(["4×4", "8×8", "16×16"]);
  expect([...seen.keys()].filter((said) => said.includes("α")).length).toBeGreaterThan(2);
  expect(await playground.fakes.boundingBox()).toEqual(place);
});
