// A census on the page: each number marked where real data scores otherwise, and modes laid out by what they are made of.

import { expect, test } from "vitest";
import { cellsOf, numberOf, realOf, rowsOf, takenBy } from "../../src/ui/census/rows.ts";
import type { Census, PastCensus } from "../../src/worker/protocol.ts";

const always = (value: number) => ({ low: value, median: value, high: value });

/** Two shapes in two colours; one shape looks the same in both. */
const census = {
  modes: 3,
  samples: 30,
  covered: 2,
  strict: 2,
  effective: 1.96,
  rejects: 4,
  kl: null,
  klBias: null,
  distance: 0.5,
  names: ["red ring", "green ring", "bar"],
  counts: [20, 0, 6],
  layout: {
    factors: [
      { name: "shape", values: ["ring", "bar"] },
      { name: "colour", values: ["red", "green"] },
    ],
    places: [0, 1, 2, 2],
  },
  band: {
    draws: 200,
    covered: always(3),
    strict: { low: 2, median: 3, high: 3 },
    effective: { low: 2.5, median: 2.8, high: 3 },
    rejects: always(0),
    kl: always(0),
    distance: { low: 0.97, median: 1, high: 1.03 },
  },
} as unknown as Census;

test("each number stands beside that of real data, and is marked where it lies below or above", () => {
  const said = rowsOf(census).map((row) => [row.name, numberOf(census, row), realOf(census, row)]);
  expect(said).toEqual([
    ["covered", { text: "2", mark: "▾" }, "3"],
    ["strict", { text: "2", mark: "" }, "2–3"],
    ["effective", { text: "2.0", mark: "▾" }, "2.5–3.0"],
    ["rejects", { text: "13 %", mark: "▴" }, "0 %"],
    ["kl", { text: "undefined", mark: "–" }, "0.00"],
    ["distance", { text: "0.50", mark: "▾" }, "0.97–1.03"],
  ]);
});

test("a number that is marked does not read like the one it lies beyond", () => {
  const row = rowsOf(census).find(({ name }) => name === "distance")!;
  expect(numberOf({ ...census, distance: 0.968 }, row)).toEqual({ text: "0.968", mark: "▾" });
  expect(numberOf({ ...census, distance: 0.972 }, row)).toEqual({ text: "0.97", mark: "" });
});

test("modes are laid out by their factors, and filled up to the fair share", () => {
  expect(cellsOf(census)).toEqual([
    {
      row: "ring",
      cells: [
        { name: "red ring", count: 20, fill: 1 },
        { name: "green ring", count: 0, fill: 0 },
      ],
    },
    {
      row: "bar",
      cells: [
        { name: "bar", count: 6, fill: 0.6 },
        { name: "bar", count: 6, fill: 0.6 },
      ],
    },
  ]);
});

test("under review it is the last census up to that moment, of the same G, without what is not kept", () => {
  const past = (images: number, counts: readonly number[], weights: PastCensus["weights"] = "average") => {
    const rejects = 30 - counts.reduce((sum, n) => sum + n, 0);
    const { samples, modes, distance, band } = census;
    return { images, weights, counts, rejects, samples, modes, distance, band } as unknown as PastCensus;
  };
  const kept = [
    past(160, [30, 0, 0]),
    past(320, [10, 10, 0]),
    past(320, [0, 0, 5], "raw"),
    past(640, [9, 9, 9]),
  ];
  const latest = { ...census, weights: "average" } as const;
  expect(takenBy(100, kept, latest)).toBeUndefined();
  const found = takenBy(500, kept, latest)!;
  expect(found).toMatchObject({ images: 320, counts: [10, 10, 0], rejects: 10, names: census.names });
  expect(found.effective).toBeCloseTo(2, 12);
  expect(rowsOf(found).map(({ name }) => name)).not.toContain("kl");
  expect(takenBy(500, kept, { ...latest, weights: "raw" })!.counts).toEqual([0, 0, 5]);
  expect(takenBy(500, kept, { ...latest, names: ["red", "green"] })).toBeUndefined();
});
