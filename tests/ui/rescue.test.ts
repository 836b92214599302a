// What helps a run that can't go on, and what the page makes of a run that it knows nothing of.

import { expect, test } from "vitest";
import { nearestPreset } from "../../src/ui/state/draft.ts";
import { halfTheBatch, halfTheRates, settingsAfter } from "../../src/ui/words/rescue.ts";
import { checkConfig, defaults, type FlipEvent, presets } from "../../src/worker/protocol.ts";

test.each([
  [{ batch: 16 }, { batch: 8 }],
  [{ batch: 12 }, { batch: 4 }],
  [{ batch: 4 }, { batch: 2 }],
  [{ batch: 3 }, { batch: 1 }],
  [{ batch: 1 }, undefined],
  [
    { batch: 32, batchPerResolution: "32:8, 64:4" },
    { batch: 16, batchPerResolution: "32:4, 64:2" },
  ],
])("half of %j is a batch that can be run", (change, half) => {
  const smaller = halfTheBatch({ ...defaults, ...change });
  if (!half) expect(smaller).toBeUndefined();
  else {
    expect(smaller).toMatchObject(half);
    checkConfig({ ...defaults, ...smaller });
  }
});

test("half the rates are half of those at the moment that is gone back to", () => {
  const raised: FlipEvent = { images: 400, step: 25, key: "learningRateD", from: 0.01, to: 1 };
  const running = { ...defaults, learningRateG: 0.02, learningRateD: 1 };
  const half = (made: number) => halfTheRates(settingsAfter(made, running, [raised]));
  expect([half(0), half(1)]).toEqual([
    { learningRateG: 0.01, learningRateD: 0.005 },
    { learningRateG: 0.01, learningRateD: 0.5 },
  ]);
});

test("a run of unknown origin is shown with the preset it is nearest to", () => {
  expect([nearestPreset({ ...presets.paper!, seed: 3 }), nearestPreset(defaults)]).toEqual([
    "paper",
    "browser",
  ]);
});
