// The status line times steps, and only them.

import { afterEach, expect, test, vi } from "vitest";
import { createStatusLine } from "../../src/cli/train/statusLine.ts";
import { defaults } from "../../src/gan/settings/config.ts";

afterEach(() => void vi.useRealTimers());

test("seconds per step leave out what is done between ticks; the time on the line does not", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const run = { step: 100, config: { ...defaults, images: 3_200 } };
  const status = createStatusLine(run);
  const pass = (ms: number) => vi.advanceTimersByTime(ms);

  pass(5_000); // drawing
  status.start();
  for (const row of [
    { steps: 10, ms: 2_000 },
    { steps: 5, ms: 500 },
  ]) {
    run.step += row.steps;
    pass(row.ms);
    expect(status.secPerStep()).toBeCloseTo(row.ms / 1000 / row.steps, 6);
    pass(10_000); // reading and drawing
    status.start();
  }
  const line = status.line({
    images: 1_600,
    step: 100,
    resolution: 8,
    alpha: 0.5,
    secPerStep: 0.1,
    stats: {},
  });
  expect(line).toMatch(/^tick 1 .* 8×8 α 0\.50 .* sec\/step 0\.100 {2}time 28s {2}left about 10s$/);
});
