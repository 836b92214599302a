// stats.jsonl has one flat object a line, with the keys other tools are told to expect.

import { expect, test } from "vitest";
import { statsJsonl } from "../../src/export/stats.ts";

test("a row is one flat object on one line", () => {
  const row = {
    images: 2_000,
    step: 125,
    resolution: 8,
    alpha: 0.5,
    secPerStep: 0.02,
    stats: { lossD: { mean: -1.5, std: 0.25, n: 125 }, lossG: { mean: NaN, std: 0, n: 1 } },
  };
  const lines = statsJsonl([row, { ...row, images: 4_000, stats: {} }]).split("\n");
  const place = { step: 125, resolution: 8, alpha: 0.5, secPerStep: 0.02 };
  expect(lines.map((line) => line && JSON.parse(line))).toEqual([
    {
      images: 2_000,
      ...place,
      lossD: -1.5,
      lossD_std: 0.25,
      lossD_n: 125,
      lossG: null,
      lossG_std: 0,
      lossG_n: 1,
    },
    { images: 4_000, ...place },
    "",
  ]);
  expect(statsJsonl([])).toBe("");
});
