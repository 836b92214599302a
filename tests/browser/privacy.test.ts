// Nothing leaves the page's own origin, and its policy says so.

import { expect, test } from "vitest";
import { useChromium } from "./chromium.ts";

const open = useChromium();

test("two whole visits ask nothing of anyone else", async () => {
  const playground = await open();
  const { page, dialog } = playground;
  await playground.train();
  await playground.eventually(() => playground.number("Step")).toBeGreaterThan(3);
  await playground.set({ pixelNorm: false });
  await playground.pause();
  await playground.isSaved();
  await page.getByRole("button", { name: "Export" }).click();
  await playground.save("Save grid");
  await playground.reload();
  await page.getByRole("button", { name: "Continue" }).first().click();
  await page.getByText("Resumed exactly").first().waitFor();
  for (const name of ["Runs", "Share"]) {
    await page.getByRole("button", { name, exact: true }).click();
    await dialog.getByRole("button", { name: "Close" }).click();
  }
  await playground.slider.press("Home");
  await page.getByRole("button", { name: "Branch from here" }).click();
  await playground.standsStill();

  const { origin } = new URL(page.url());
  expect([...new Set(playground.requests.map((address) => new URL(address).origin))]).toEqual([origin]);
  // What the worker asks for is seen here too: scripts, the engine, the data.
  expect(playground.requests).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/worker.*\.js$/),
      expect.stringMatching(/\.wasm$/),
      expect.stringMatching(/images\.idx3.*\.gz$/),
    ]),
  );
  expect(playground.complaints).toEqual([]);
});

test("its policy keeps page and worker to their own origin", async () => {
  const playground = await open();
  const { page } = playground;
  const response = await page.reload();
  expect(response?.headers()["content-security-policy"]).toMatch(/default-src 'none';.*connect-src 'self'/);
  await playground.standsStill();

  const tries = "fetch('https://example.com/').then(() => 'reached', () => 'refused')";
  expect(await page.evaluate(tries)).toBe("refused");
  expect(await page.workers()[0]!.evaluate(tries)).toBe("refused");
  expect(playground.complaints.join("\n")).toContain("Policy: connect-src forbids https://example.com");
});
