// The page for everyone: what axe finds in each of its states, light and dark, and a visit without a mouse.

import { expect, test } from "vitest";
import type { Report } from "../../src/worker/protocol.ts";
import { inBothThemes } from "./axe.ts";
import { useChromium } from "./chromium.ts";
import { type Playground, tiny } from "./playground.ts";

const open = useChromium();

/** States of the page, in the order in which a visit comes through them. */
const states: [string, (playground: Playground) => Promise<unknown>][] = [
  ["idle", async () => {}],
  [
    "training",
    async (playground) => {
      await playground.newRun("quick", tiny);
      await playground.train();
      await playground.eventually(() => playground.number("Images")).toBeGreaterThan(300);
      await playground.set({ pixelNorm: false });
      await playground.eventually(() => playground.changes()).toHaveLength(1);
    },
  ],
  ["paused", (playground) => playground.pause()],
  [
    "offering the run of the visit before",
    async (playground) => {
      await playground.isSaved();
      await playground.reload();
      await playground.page.getByRole("region", { name: /^Continue run/ }).waitFor();
    },
  ],
  [
    "taken up and checked",
    async ({ page }) => {
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText("Resumed exactly").first().waitFor();
    },
  ],
  ["reviewing", (playground) => playground.slider.fill("1")],
  [
    "branched, with the list of runs",
    async (playground) => {
      await playground.page.getByRole("button", { name: "Branch from here" }).click();
      await playground.page.getByText(/^Branched from/).waitFor();
      await playground.openRuns();
      await playground.eventually(() => playground.dialog.getByRole("heading", { level: 3 }).count()).toBe(2);
    },
  ],
  [
    "asking for a name, before a run is deleted, and about storage",
    async ({ dialog }) => {
      await dialog.getByRole("button", { name: "Rename…" }).first().click();
      await dialog.getByRole("button", { name: "Delete…" }).last().click();
      await dialog.getByRole("button", { name: "Ask the browser to keep them" }).click();
      await dialog.getByText("The browser makes no promise").waitFor();
    },
  ],
  [
    "with a menu and all details open",
    async ({ page, dialog }) => {
      await dialog.getByRole("button", { name: "Close" }).click();
      await page.getByRole("button", { name: "Step" }).click();
      await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
    },
  ],
  [
    "with the export dialog",
    async ({ page }) => {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Export" }).click();
    },
  ],
  [
    "with the share dialog",
    async ({ page }) => {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Share" }).click();
    },
  ],
  [
    "with the list of keys",
    async ({ page }) => {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    },
  ],
  [
    "refusing a value, and asking before a run ends",
    async (playground) => {
      await playground.page.keyboard.press("Escape");
      await playground.set({ learningRateG: 7 });
      await playground.page.getByRole("button", { name: "New seed" }).click();
      await playground.page.getByRole("button", { name: "Keep this one" }).waitFor();
    },
  ],
  [
    "refusing a file",
    async (playground) => {
      await playground.page.getByRole("button", { name: "Keep this one" }).click();
      await playground.drop({ name: "cat.pgan", bytes: new Uint8Array(9) });
      await playground.page.getByRole("button", { name: "All runs" }).waitFor();
    },
  ],
  [
    "failed",
    async (playground) => {
      const newRun = playground.setup.getByRole("button", { name: "New run" });
      await playground.set({ to: 64, batch: 512, channelsMax: 512 });
      await newRun.click(); // goes to the value that is refused
      await expect
        .poll(() => playground.setting("learningRateG").evaluate((it) => it === document.activeElement))
        .toBe(true);
      await playground.set({ learningRateG: 0.003 });
      await newRun.click();
      await playground.page.getByRole("button", { name: "Start again" }).waitFor();
    },
  ],
];

test("axe finds nothing serious in any state, light and dark", async () => {
  const playground = await open();
  const found: string[] = [];
  for (const [state, reach] of states) {
    await reach(playground);
    found.push(...(await inBothThemes(playground, state)));
  }
  expect(found).toEqual([]);
});

/** What only a broken machine makes the worker say, and what the page then shows. */
const troubles: [Report, string][] = [
  [
    { type: "recovering", notice: { message: "The GPU was reset at step 80.", remedy: "" } },
    "The GPU was reset at step 80.",
  ],
  [{ type: "recovered", step: 80, redone: 50 }, "Resumed. 50 steps were redone."],
  [
    { type: "unsaved", notice: { message: "This browser won't store more.", remedy: "The run goes on." } },
    "Storage",
  ],
  [
    { type: "verified", verdict: { kind: "differs", state: "3f9a", steps: 3, because: ["another engine"] } },
    "This run does not go on exactly as it would have.",
  ],
  [
    {
      type: "failed",
      during: "training",
      error: { name: "Trouble", message: "The GPU was reset.", remedy: "Use a smaller batch." },
      live: false,
      lost: true,
    },
    "Start again with batch 8",
  ],
];

test("axe finds nothing serious in what a broken machine makes the page say", async () => {
  const playground = await open({ worker: "prompted" });
  const found: string[] = [];
  for (const [report, shown] of troubles) {
    await playground.prompt(report);
    await playground.page.getByText(shown, { exact: true }).first().waitFor();
    found.push(...(await inBothThemes(playground, shown)));
  }
  expect(found).toEqual([]);
});

test("a visit without a mouse", async () => {
  const playground = await open();
  const { page, eventually } = playground;
  await playground.newRun("quick", tiny);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());

  await page.keyboard.press("Space");
  await eventually(() => playground.number("Step")).toBeGreaterThan(16);
  await page.keyboard.press("Space");
  await playground.standsStill();
  const step = await playground.number("Step");
  const images = await playground.number("Images");
  await page.keyboard.press(".");
  await eventually(() => playground.number("Step")).toBe(step + 1);
  await playground.standsStill();
  await page.keyboard.press("Shift+Period");
  await eventually(() => playground.number("Images")).toBe((Math.floor(images / 64) + 1) * 64);
  await playground.standsStill();

  const live = await playground.stillPicture();
  await page.keyboard.press("Home");
  await page.getByText("Reviewing 0 images").first().waitFor();
  await eventually(() => playground.picture()).not.toBe(live);
  await page.keyboard.press("ArrowRight");
  await page
    .getByText(/^Reviewing [1-9]/)
    .first()
    .waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.getByText("Reviewing 0 images").first().waitFor();
  await page.keyboard.press("l");
  await eventually(() => playground.picture()).toBe(live);

  await page.keyboard.press("?");
  await playground.dialog.waitFor();
  await page.keyboard.press("Space"); // belongs to the dialog
  await page.keyboard.press("Escape");
  await playground.dialog.waitFor({ state: "detached" });
  expect(await playground.transport.innerText()).toContain("Train");

  // A file, from the button to the disk.
  await page.getByRole("button", { name: "Export" }).focus();
  await page.keyboard.press("Enter");
  await playground.dialog.getByRole("button", { name: "Save grid" }).focus();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  expect(download.suggestedFilename()).toMatch(/^fakes_.*\.png$/);
});

test("single keys can be switched off, and stay off", async () => {
  const { page } = await open();
  await page.keyboard.press("?");
  await page.getByRole("switch", { name: "Single keys act on the run" }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  expect(await page.getByRole("dialog").count()).toBe(0);
  await page.reload();
  await page.getByRole("button", { name: "Train", exact: true }).and(page.locator(":enabled")).waitFor();
  await page.keyboard.press("?");
  expect(await page.getByRole("dialog").count()).toBe(0);
});
