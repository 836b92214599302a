// How a run grows: from images shown to the stage it stands at.

import { describe, expect, test } from "vitest";
import { phases, stageAt } from "../../src/gan/settings/schedule.ts";

const schedule = { from: 4, to: 16, imagesPerPhase: 600, imagesPerFade: 400 };

test("a run from 4 to 16 px has five phases, the last without an end", () => {
  expect(phases(schedule)).toEqual([
    { resolution: 4, kind: "stabilise", start: 0, end: 600 },
    { resolution: 8, kind: "fade", start: 600, end: 1000 },
    { resolution: 8, kind: "stabilise", start: 1000, end: 1600 },
    { resolution: 16, kind: "fade", start: 1600, end: 2000 },
    { resolution: 16, kind: "stabilise", start: 2000, end: Infinity },
  ]);
});

test("a run that does not grow has one phase", () => {
  expect(phases({ ...schedule, from: 16 })).toEqual([
    { resolution: 16, kind: "stabilise", start: 0, end: Infinity },
  ]);
});

describe("after so many images", () => {
  test.each([
    // images, resolution, α, fading
    [0, 4, 1, false],
    [599, 4, 1, false],
    [600, 8, 0, true],
    [700, 8, 0.25, true],
    [999, 8, 0.9975, true],
    [1000, 8, 1, false],
    [1599, 8, 1, false],
    [1600, 16, 0, true],
    [1800, 16, 0.5, true],
    [2000, 16, 1, false],
    [1e9, 16, 1, false],
  ])("%i: %i px, α %f, fading %s", (images, resolution, alpha, fading) => {
    expect(stageAt(images, schedule)).toMatchObject({ resolution, alpha, fading });
  });

  test("without fade-in, the phases keep their lengths and new layers count fully at once", () => {
    for (const images of [0, 599, 600, 800, 1000, 1600, 2000]) {
      const { resolution, phase } = stageAt(images, schedule);
      expect(stageAt(images, schedule, false)).toEqual({ resolution, phase, alpha: 1, fading: false });
    }
  });
});
