// Metrics on the page: answers come in one by one, and stand beside what reals score against reals.

import { render } from "svelte/server";
import { expect, test } from "vitest";
import { Measures } from "../../src/ui/census/measures.svelte.ts";
import QualityPanel from "../../src/ui/census/QualityPanel.svelte";
import { figuresOf, floorOf, markOf, troublesOf } from "../../src/ui/census/quality.ts";
import type { Measured, MeasuredFigure, Report } from "../../src/worker/protocol.ts";

const figure = (name: string, value: number): MeasuredFigure => ({
  ...({ name, value, title: `The ${name}`, unit: "nats", good: "low", source: "Somebody 2020" } as const),
  floor: { mean: 0.2, low: 0.1, high: 0.3 },
});
const answer = (metric: Measured["metric"], ...figures: MeasuredFigure[]): Measured => ({
  ...{ metric, fakes: 512, reals: 512, splits: 8, milliseconds: 10, figures },
});
const trouble = { message: "All images are alike.", remedy: "Go back." };

const report = (step: number, left: number, measured?: Measured): Report & { type: "measured" } => ({
  ...({ type: "measured", images: 16 * step, step, weights: "average", left } as const),
  ...(measured ? { measured } : { notice: trouble }),
});

test("answers of one moment are gathered, and those of the next take their place", () => {
  const measures = new Measures();
  measures.hear(report(5, 1, answer("kid", figure("kid", 1))));
  measures.hear(report(5, 0, answer("frechet", figure("frechet", 2))));
  expect(measures.taken).toMatchObject({
    step: 5,
    left: 0,
    answers: [{ metric: "kid" }, { metric: "frechet" }],
  });
  measures.hear(report(5, 1, answer("kid"))); // asked once more at the same step
  expect(measures.taken!.answers).toHaveLength(1);
  measures.hear(report(9, 0));
  expect([measures.fault, measures.taken!.step]).toEqual([trouble, 5]);
  measures.begin();
  expect([measures.fault, measures.taken]).toEqual([undefined, undefined]);
});

test("each figure of each run stands beside reals against reals, and why there is none is said", () => {
  const a = { side: "A", answers: [answer("kid", figure("kid", 0.05)), answer("kl", figure("kl", 0.2))] };
  const b = { side: "B", answers: [answer("kid", figure("kid", 0.4)), { ...answer("kl"), trouble }] };
  const rows = figuresOf([a, b]);
  expect(rows.map(({ of }) => of.map((own) => own && markOf(own)))).toEqual([
    ["▾", "▴"],
    ["", undefined],
  ]);
  expect(floorOf(rows[0]!.figure)).toBe("0.1 to 0.3");
  expect(floorOf({ ...rows[0]!.figure, floor: undefined })).toBe("not known");
  expect(troublesOf([a, b])).toEqual(["B: All images are alike. Go back."]);

  const measures = new Measures();
  measures.hear(report(5, 3, b.answers[1]));
  const props = { runs: [{ side: "", measures }], ready: true, onmeasure: () => {} };
  const { body } = render(QualityPanel, { props });
  expect(body).toContain("All images are alike. Go back.");
  expect(body).toContain("3 to come");
});
