// What the page is for, from end to end: a recorded collapse, made to happen here by twins, the switch put back, and shared.

import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";
import type { Playground } from "./playground.ts";

const open = useChromium();

const twinsOf = ({ page }: Playground) => page.getByRole("region", { name: "Twins" });

/** Where the fork was, as the badge and the note below it tell. */
const forkOf = async (playground: Playground) =>
  /Forked at ([^,]+, step \d+)\./.exec(await twinsOf(playground).innerText())?.[1];

test("a newcomer watches a collapse, makes it happen, puts the switch back, and shares the link", async () => {
  const playground = await open({
    engine: "unasked",
    permissions: ["clipboard-read", "clipboard-write"],
    viewport: { width: 1280, height: 1_900 },
  });
  const { page, eventually, dialog } = playground;
  await page.getByRole("button", { name: "Train this on my machine" }).click();
  await page.getByRole("heading", { name: "Fakes of B" }).waitFor();
  await eventually(() => twinsOf(playground).innerText()).toMatch(/Identical until image 0, checked/);
  await eventually(() => twinsOf(playground).innerText()).toMatch(/B differs in: R1 penalty γ 0 \(A: 1\)/);
  await eventually(() => playground.number("Step")).toBeGreaterThan(3);
  await playground.pause();

  // The switch is put back in B.
  await playground.set({ r1Gamma: 1 });
  await eventually(() => twinsOf(playground).innerText()).toContain("B differs in no setting now, but did");
  const made = await playground.changes();
  expect(made).toHaveLength(2);
  const fork = await forkOf(playground);
  const step = await playground.number("Step");

  await page.getByRole("button", { name: "Share" }).click();
  expect(await dialog.innerText()).toMatch(/a twin, forked off at 0 images with 2 changes of its own/);
  await dialog.getByRole("button", { name: "Copy" }).click();
  await dialog.getByText("Copied.").waitFor();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  await page.keyboard.press("Escape");

  // Somebody else opens it: the same fork, the same switches, at the same images.
  const other = await open({ fragment: link.hash });
  await other.eventually(() => twinsOf(other).innerText()).toMatch(/B differs in: R1 penalty γ 0 \(A: 1\)/);
  expect(await forkOf(other)).toBe(fork);
  expect(await other.coming()).toMatch(/^To come \(1\), at .* images: B: R1 penalty γ 1$/);
  await other.train();
  await other.eventually(() => other.number("Step")).toBeGreaterThan(step);
  await other.eventually(() => other.changes()).toEqual(made);
  await other.pause();

  // Who comes back finds both again.
  await playground.isSaved();
  await page.reload();
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await eventually(() => twinsOf(playground).innerText()).toMatch(/Identical until image 0, checked/);
  expect(await playground.changes()).toEqual(made);
  await eventually(() => playground.number("Step")).toBe(step);
  expect([...playground.complaints, ...other.complaints]).toEqual([]);
});
