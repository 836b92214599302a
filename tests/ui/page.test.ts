// The small rules of the page: which moments stay, which keys act, how numbers read, and what is said aloud.

import { expect, test } from "vitest";
import { controls, groups, keysOf } from "../../src/ui/words/controls.ts";
import { ago, bytes, count, duration, moment, number } from "../../src/ui/words/format.ts";
import { addFrame } from "../../src/store/history/frames.ts";
import { isWanted, shortcutFor, type Press } from "../../src/ui/keyboard.ts";
import { Narrator } from "../../src/ui/words/narrator.ts";
import { Persistence } from "../../src/ui/state/persistence.svelte.ts";
import { keys, stageAt, defaults, type Frame, type Report } from "../../src/worker/protocol.ts";

const frame = (images: number, resolution = 4, eventful = false): Frame => ({
  images,
  step: images / 16,
  resolution,
  alpha: 1,
  png: new Blob(),
  columns: 8,
  eventsMade: 1,
  events: eventful ? [{ images, step: images / 16, key: "augment", from: false, to: true }] : [],
});

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  code: "",
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

test("the timeline is bounded, and keeps its ends, its changes and each new resolution", () => {
  let frames: readonly Frame[] = [];
  for (let i = 0; i < 1000; i++) frames = addFrame(frames, frame(i * 800, i < 300 ? 4 : 8, i === 100), 100);
  const kept = frames.map(({ images }) => images / 800);
  expect(kept.length).toBe(100);
  expect(kept).toEqual(expect.arrayContaining([0, 100, 300, 968, 999]));
  expect(kept).toEqual(kept.toSorted((a, b) => a - b));
});

test("old moments are thinned evenly, and never the one that is looked at", () => {
  const looked = frame(8);
  let frames: readonly Frame[] = [frame(0), looked];
  for (let i = 2; i < 500; i++) frames = addFrame(frames, frame(i * 8), 100, looked);
  expect(frames).toContain(looked);
  const gaps = frames.slice(2, -40).map(({ images }, i) => images - frames[i + 1]!.images);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(4 * Math.min(...gaps));
});

test("every setting has its place", () => {
  const placed = [...keysOf("run"), ...groups.flatMap(({ group }) => keysOf(group))];
  expect(placed.toSorted()).toEqual(keys.toSorted());
});

test("a setting without effect says why", () => {
  expect(controls.gpWeight.idle?.(defaults)).toBeUndefined();
  expect(controls.gpWeight.idle?.({ ...defaults, loss: "hinge" })).toContain("WGAN-GP");
  expect(controls.penaltyInterval.idle?.({ ...defaults, loss: "hinge", r1Gamma: 1 })).toBeUndefined();
});

test.each<[Press, string | undefined]>([
  [press(" "), "Train or pause"],
  [press("K"), "Train or pause"],
  [press("b"), "Branch from the moment under review"],
  [press("."), "One step"],
  [press(":", { code: "Period", shiftKey: true }), "Train to the next tick"],
  [press("ArrowLeft"), "Moment before"],
  [press("ArrowLeft", { shiftKey: true }), "Change before"],
  [press("ArrowRight", { shiftKey: true }), "Change after"],
  [press("L", { shiftKey: true }), undefined],
  [press("k", { ctrlKey: true }), undefined],
  [press("x"), undefined],
])("%j does: %s", (event, does) => expect(shortcutFor(event)?.does).toBe(does));

test("the space bar is a button's own while it has the focus, other keys are not", () => {
  const button = Object.assign(new EventTarget(), {
    closest: (selector: string) => selector.split(", ").includes("button"),
  });
  expect([isWanted(press(" "), button), isWanted(press("k"), button), isWanted(press(" "), null)]).toEqual([
    true,
    false,
    false,
  ]);
});

test("a slider keeps the keys that move it, and no others", () => {
  const slider = Object.assign(new EventTarget(), {
    closest: (selector: string) => selector === "[type=range]",
  });
  expect(["ArrowLeft", "Home", "b", "l"].map((key) => isWanted(press(key), slider))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  [count(793600), "793\u202f600"],
  [number(0.012345), "0.0123"],
  [number(Number.NaN), "NaN"],
  [duration(0.2), "1 s"],
  [duration(52), "50 s"],
  [duration(57), "1 min"],
  [duration(7_700), "2 h 10 min"],
  [ago(3), "3 s ago"],
  [moment(new Date(2026, 10, 25, 14, 2), new Date(2026, 10, 25, 14, 5).getTime()), "14:02 (3 min ago)"],
  [
    moment(new Date(2026, 10, 24, 14, 2), new Date(2026, 10, 25, 14, 2).getTime()),
    "24 Nov 2026, 14:02 (1 day ago)",
  ],
  [bytes(48_300_000), "48.3 MB"],
])("reads as %s", (text, expected) => expect(text).toBe(expected));

test("a screen reader hears events at once, and where the run stands at most every 15 s", () => {
  const narrator = new Narrator();
  const progress = {
    images: 12_400,
    step: 775,
    stage: stageAt(12_400, defaults),
    stepsPerSec: 20,
    secToNextPhase: 1,
    secToEnd: 1,
    tensors: 1,
    bytes: 1,
  };
  const summary = (mean: number) => ({ mean, std: 1, n: 9 });
  const row = {
    images: 12_400,
    step: 775,
    resolution: 8,
    alpha: 0.24,
    secPerStep: 0.04,
    stats: { scoreReal: summary(1.8), scoreFake: summary(-2.1) },
  };
  const series = { rows: [row], push() {}, clear() {} };
  const scene = { progress, history: { events: [], series }, beginning: "start" } as const;
  const report: Report = { type: "progress", progress };

  const said = narrator.tell(report, scene, 0);
  expect(said).toBe("12\u202f400 images, 8 by 8, fading in, 24 percent. D scores: real 1.8, fake minus 2.1.");
  expect(narrator.tell(report, scene, 14_000)).toBeUndefined();
  expect(narrator.tell({ type: "paused", because: "asked" }, scene, 14_500)).toBe("Paused.");
  expect(narrator.tell(report, scene, 16_000)).toBeUndefined();
  expect(narrator.tell(report, scene, 29_500)).toBe(said);
});

test.each([
  [{ persist: async () => true }, "keeps the runs"],
  [{ persist: async () => false }, "no promise"],
  [{ persist: () => Promise.reject(new Error("no")) }, "can't be asked"],
  [undefined, "can't be asked"],
])("the browser is asked to keep runs at the first save on purpose: case %#", async (storage, said) => {
  let asked = 0;
  const persist = storage && (() => (asked++, storage.persist()));
  const persistence = new Persistence(persist && { persist });
  expect(persistence.said).toBeUndefined();
  persistence.saving();
  persistence.saving();
  await expect.poll(() => persistence.said).toContain(said);
  expect(asked).toBe(storage ? 1 : 0);
});
