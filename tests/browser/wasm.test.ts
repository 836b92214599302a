// Where there is no WebGPU: the page says so, trains on WASM, and takes every change while it does.

import { strFromU8 } from "fflate";
import { expect, test } from "vitest";
import { controls } from "../../src/ui/words/controls.ts";
import { type Config, type Key, keys, presets, rules, type Value } from "../../src/worker/protocol.ts";
import { useChromium } from "./chromium.ts";
import { tiny } from "./playground.ts";

const open = useChromium();

/** Learning slowly enough for whatever is switched off. */
const slow: Partial<Config> = { ...tiny, learningRateG: 0.002, learningRateD: 0.002 };

test("it says which engine trains, and why not a GPU", async () => {
  const { page } = await open({ worker: "without WebGPU" });
  const pill = page.getByRole("button", { name: /^WASM on the CPU/ });
  expect(await pill.innerText()).toMatch(/\d threads?, SIMD · This browser has no WebGPU\./);

  const notice = page.getByRole("status").filter({ hasText: "This browser has no WebGPU." });
  expect(await notice.innerText()).toContain("use a current Chrome, Edge, Safari 26+, or Firefox");
  await notice.getByRole("button", { name: "Close this message" }).click();
  expect(await notice.count()).toBe(0);
  await pill.click();
  expect(await notice.count()).toBe(1);
});

test("it trains on several threads where there are cores for them", async () => {
  const playground = await open({ worker: "with eight cores" });
  expect(await playground.page.getByRole("button", { name: /^WASM/ }).innerText()).toContain(
    "4 threads, SIMD",
  );
  await playground.train();
  await playground.eventually(() => playground.number("Step")).toBeGreaterThan(3);
  expect(playground.complaints).toEqual([]);
});

test("every setting that can change does, while the run goes on", async () => {
  const playground = await open();
  const { eventually } = playground;
  await playground.newRun("quick", slow);
  await playground.train();

  const changing = keys.filter((key) => rules[key].when !== "start");
  for (const [done, key] of changing.entries()) {
    const from = { ...presets.quick!, ...slow }[key];
    await playground.set({ [key]: another(key, from) });
    await eventually(() => playground.changes()).toHaveLength(done + 1);
  }
  expect(await playground.changes()).toEqual(
    changing.map((key) => expect.stringContaining(controls[key].label)),
  );

  // Under all of them together, for a few ticks more.
  const changed = await playground.number("Step");
  await eventually(() => playground.number("Step")).toBeGreaterThan(changed + 24);
  await playground.pause();
  expect(await playground.status("Health")).toMatch(/^(All finite|\d+ alarms?)$/);
  expect(await playground.alert.count()).toBe(0);
  expect(playground.complaints).toEqual([]);

  await playground.page.getByRole("button", { name: "Export" }).click();
  const stats = strFromU8((await playground.save("Save stats")).bytes);
  const rows = stats
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);
  expect(rows.length).toBeGreaterThan(3);
  // A step of several batches may go past the end of its tick.
  expect(rows.map(({ images }) => Math.floor(images! / 64))).toEqual(rows.map((_, tick) => tick + 1));
  expect(rows.flatMap(Object.values).every(Number.isFinite)).toBe(true);
});

/** Another value that the setting takes, of about the same size. */
function another(key: Key, value: Value): Value {
  const rule = rules[key];
  if (rule.kind === "choice") return rule.choices.find((choice) => choice !== value) as Value;
  if (typeof value === "boolean") return !value;
  if (rule.kind === "number" && typeof value === "number") return rule.whole ? value + 1 : value / 2 || 0.5;
  throw new Error(`${key} has no other value`);
}
