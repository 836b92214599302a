// Where tiles lie, how often they are drawn, and which moments the timeline shows.

import { describe, expect, test, vi } from "vitest";
import { fit, layOut, placeOf, zooms } from "../../src/ui/stage/layout.ts";
import { createPace } from "../../src/ui/stage/pace.ts";
import { toRgba } from "../../src/ui/stage/paint.ts";
import { flagsOf, groupByPhase, pickFrames } from "../../src/ui/stage/strip.ts";
import type { FlipEvent, Frame, Phase } from "../../src/worker/protocol.ts";

describe("the layout of a grid", () => {
  test("gives every resolution an integer scale where the tile is large enough", () => {
    for (const zoom of zooms)
      for (const density of [1, 1.25, 1.5, 2, 2.625, 3]) {
        const { tile } = layOut(64, 8, zoom, density);
        for (const resolution of [4, 8, 16, 32, 64].filter((r) => r <= tile))
          expect(tile % resolution, `${resolution} px in ${tile}`).toBe(0);
        expect(tile).toBeLessThanOrEqual(zoom * density);
      }
  });

  test("places tiles left to right, top to bottom, with grey around each", () => {
    const layout = layOut(6, 3, 32, 1);
    expect(layout).toEqual({ columns: 3, rows: 2, tile: 32, gap: 2, width: 104, height: 70 });
    expect(placeOf(0, layout)).toEqual({ x: 2, y: 2 });
    expect(placeOf(5, layout)).toEqual({ x: 70, y: 36 });
  });

  test("fits eight columns on a phone, and two grids side by side where there is room", () => {
    expect(fit(328, 8)).toBe(32);
    expect(fit(288, 8)).toBe(32);
    expect(fit(240, 8)).toBe(16);
    expect(fit(680, 8)).toBe(32);
    expect(fit(1100, 8)).toBe(64);
    expect(fit(0, 8)).toBe(16);
  });
});

test("bytes become opaque pixels, grey ones the same in all three channels", () => {
  expect([...toRgba({ pixels: Uint8Array.of(0, 200), channels: 1 })]).toEqual([
    0, 0, 0, 255, 200, 200, 200, 255,
  ]);
  expect([...toRgba({ pixels: Uint8Array.of(1, 2, 3, 4, 5, 6), channels: 3 })]).toEqual([
    1, 2, 3, 255, 4, 5, 6, 255,
  ]);
});

describe("a pace", () => {
  test("draws at once, then at most once an interval, and never forgets the last request", () => {
    vi.useFakeTimers();
    const times: number[] = [];
    const started = performance.now();
    const pace = createPace(
      () => times.push(performance.now() - started),
      () => 250,
    );
    for (let ms = 0; ms < 1000; ms += 10) {
      pace.request();
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(10_000);
    expect(times).toEqual([0, 250, 500, 750, 1000]);
    vi.useRealTimers();
  });

  test("draws nothing out of sight, and what was missed when back", () => {
    vi.useFakeTimers();
    const draw = vi.fn();
    const pace = createPace(draw, () => 250);
    pace.show(false);
    pace.request();
    pace.request();
    vi.advanceTimersByTime(5000);
    expect(draw).not.toHaveBeenCalled();
    pace.show(true);
    vi.advanceTimersByTime(0);
    expect(draw).toHaveBeenCalledTimes(1);
    pace.request();
    pace.stop();
    vi.advanceTimersByTime(5000);
    expect(draw).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });
});

describe("the strip of moments", () => {
  const phases: Phase[] = [
    { resolution: 4, kind: "stabilise", start: 0, end: 100 },
    { resolution: 8, kind: "fade", start: 100, end: 200 },
    { resolution: 8, kind: "stabilise", start: 200, end: Infinity },
  ];
  const frame = (images: number, resolution: number, alpha = 1, events: FlipEvent[] = []): Frame => ({
    images,
    step: images,
    resolution,
    alpha,
    png: new Blob(),
    columns: 8,
    eventsMade: 0,
    events,
  });
  const flip = (step: number): FlipEvent => ({ images: step, step, key: "pixelNorm", from: true, to: false });

  test("shows all moments while they are few, then evenly spread ones and those where something happened", () => {
    const events = [flip(333)];
    const frames = Array.from({ length: 1000 }, (_, i) =>
      frame(i, i < 501 ? 4 : 8, 1, i === 333 ? events : []),
    );
    expect(pickFrames(frames.slice(0, 60), 60)).toEqual(frames.slice(0, 60));
    const picked = pickFrames(frames, 60);
    expect(picked.length).toBeLessThanOrEqual(63);
    for (const i of [0, 333, 501, 999]) expect(picked).toContain(frames[i]);
  });

  test("groups moments by phase, and marks those that fade in", () => {
    const frames = [frame(50, 4), frame(100, 4), frame(150, 8, 0.5), frame(200, 8), frame(250, 8)];
    expect(groupByPhase(frames, phases).map((g) => [g.resolution, g.fading, g.frames.length])).toEqual([
      [4, false, 2],
      [8, true, 2],
      [8, false, 1],
    ]);
    // Without fade-in the new layers count fully at once.
    expect(groupByPhase([frame(150, 8, 1)], phases)[0]?.fading).toBe(false);
  });

  test("flags each change at the first moment that can show it, numbered as they came", () => {
    const frames = [frame(50, 4), frame(100, 4)];
    const flags = flagsOf(frames, [flip(10), flip(60), flip(70), flip(100)]);
    expect(flags.get(frames[0])?.map((f) => f.number)).toEqual([1]);
    expect(flags.get(frames[1])?.map((f) => f.number)).toEqual([2, 3]);
    expect(flags.get(undefined)?.map((f) => f.number)).toEqual([4]);
  });
});
