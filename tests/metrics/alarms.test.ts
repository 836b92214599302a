// Alarms on made-up series: each sounds for what it is named after, with its onset, and for nothing else.

import { describe, expect, test } from "vitest";
import type { FlipEvent } from "../../src/gan/settings/events.ts";
import type { StatsRow } from "../../src/gan/statistics/stats.ts";
import { findAlarms } from "../../src/metrics/alarms/alarms.ts";
import { coveredByReals } from "../../src/metrics/alarms/measures.ts";
import { type Count, inStretches, joinMoments, type Moment } from "../../src/metrics/alarms/moments.ts";
import { type AlarmName, type Bounds, calibrated, fixed, rules } from "../../src/metrics/alarms/rules.ts";

const K = 16;

/** Bounds of their own, so that a new calibration changes no test. */
const below = (on: number, off: number, accepted = 0) => {
  const bound = { on, off, accepted };
  return { average: bound, raw: bound };
};
const bounds: Bounds = {
  "modes-dropping": below(0.7, 0.9, 0.25),
  "modes-lost": below(0.85, 1, 0.25),
  "collapse-within": below(0.4, 0.7),
  "z-ignored": below(0.4, 0.7),
  "mode-hopping": below(0.6, 0.9, 0.25),
  "d-too-strong": { stats: { on: 3, off: 2, accepted: 0 } },
  ...fixed,
};

/** A census of 1,024 samples in which half of the samples are of these modes, in equal shares. */
function covering(modes: readonly number[], more: Partial<Count> = {}): Count {
  const counts = Array.from({ length: K }, (_, k) =>
    modes.includes(k) ? Math.floor(512 / modes.length) : 0,
  );
  return { samples: 1024, counts, distance: 0.95, ...more };
}
const first = (n: number) => Array.from({ length: n }, (_, k) => k);

/** A moment for each, 1,600 images apart, step by step of 100. */
const at = (i: number) => ({ images: 1600 * (i + 1), step: 100 * (i + 1) });
const series = (counts: readonly (Count | undefined)[]): Moment[] =>
  counts.map((average, i) => ({ ...at(i), average }));
const rowsOf = (gaps: readonly number[], std = 1): Moment[] =>
  gaps.map((gap, i) => ({ ...at(i), stats: scores(gap, std) }));
const scores = (gap: number, std: number): StatsRow["stats"] => ({
  scoreReal: { mean: gap / 2, std, n: 100 },
  scoreFake: { mean: -gap / 2, std, n: 100 },
});

const pulled: FlipEvent = { ...at(1), key: "r1Gamma", from: 1, to: 0 };
const names = (moments: readonly Moment[]) => findAlarms(moments, [], bounds).map(({ name }) => name);

test("a healthy run gives no alarm", () =>
  expect(findAlarms(series([2, 9, 14, 16, 16, 15].map((n) => covering(first(n)))).slice(2))).toEqual([]));

describe("modes dropping", () => {
  const bounds: Bounds = { "modes-dropping": below(0.7, 0.9, 0.25) };
  const names = (moments: readonly Moment[]) => findAlarms(moments, [], bounds).map(({ name }) => name);
  const falling = series([16, 16, 10, 7, 5].map((n) => covering(first(n))));

  test("has its onset, the last change before it, and the numbers with their bound", () => {
    const later: FlipEvent = { ...at(3), key: "minibatchStddev", from: true, to: false };
    expect(findAlarms(falling, [pulled, later], bounds)).toMatchObject([
      {
        name: "modes-dropping",
        onset: at(2),
        well: at(1).images,
        sounded: at(3).images,
        ended: undefined,
        lastEvent: pulled,
        evidence: [
          { ...at(2), value: 10, samples: 1024, weights: "average" },
          { ...at(3), value: 7 },
          { ...at(4), value: 5 },
        ],
      },
    ]);
    const [alarm] = findAlarms(falling, [], bounds);
    expect(alarm!.evidence[0]!.bound).toBeCloseTo(0.7 * 16, 5);
  });

  test("a change at the moment of the onset came after that census", () => {
    const [alarm] = findAlarms(falling, [{ ...pulled, ...at(2) }], bounds);
    expect(alarm!.lastEvent).toBeUndefined();
  });

  test("ends when modes are back for as long", () => {
    const back = series([10, 7, 12, 16, 16].map((n) => covering(first(n))));
    expect(findAlarms(back, [], bounds)).toMatchObject([{ onset: at(0), ended: at(3).images }]);
  });

  test("one noisy census is no alarm, and does not end one", () => {
    expect(names(series([16, 6, 16, 6, 16].map((n) => covering(first(n)))))).toEqual([]);
    const noisy = findAlarms(series([6, 6, 16, 6, 16].map((n) => covering(first(n)))), [], bounds);
    expect(noisy).toMatchObject([{ onset: at(0), ended: undefined }]);
  });

  test("says nothing while hardly any sample is of a mode", () =>
    expect(names(series([3, 4, 3].map((n) => covering(first(n), { samples: 8192 }))))).toEqual([]));

  test("allows for chance at few samples", () => {
    const few = (modes: number) =>
      series(
        Array.from({ length: 3 }, () => ({
          samples: 20,
          counts: Array.from({ length: K }, (_, k) => (k < modes ? 12 / modes : 0)),
          distance: 1,
        })),
      );
    expect(names(few(6))).toEqual([]); // 12 reals cover 8.6 ± 1.2 of 16
    expect(names(few(4))).toEqual(["modes-dropping"]);
  });
});

describe("modes lost", () => {
  const lost = (moments: readonly Moment[]) =>
    findAlarms(moments, [pulled], { "modes-lost": bounds["modes-lost"] });

  test("sounds where a run falls from what it held, though that is no lack beside reals", () => {
    const falling = series([6, 14, 16, 15, 12, 12].map((n) => covering(first(n))));
    expect(lost(falling)).toMatchObject([
      { name: "modes-lost", onset: at(4), well: at(3).images, lastEvent: pulled, ended: undefined },
    ]);
    expect(lost(falling)[0]!.evidence[0]!.bound).toBeCloseTo(0.85 * 15, 5); // 15 were held for two censuses, 16 for one
    expect(names(falling)).toEqual(["modes-lost"]);
  });

  test("ends when as many modes are back", () =>
    expect(lost(series([16, 16, 8, 8, 15, 16, 16].map((n) => covering(first(n)))))).toMatchObject([
      { onset: at(2), ended: at(5).images },
    ]));

  test("says nothing of modes that were never held, made once, or of a resolution with others", () => {
    expect(lost(series([3, 3, 5, 7, 9].map((n) => covering(first(n)))))).toEqual([]);
    expect(lost(series([8, 16, 8, 8].map((n) => covering(first(n)))))).toEqual([]);
    const at16 = (n: number) => ({ ...covering(first(n)), resolution: 16 });
    expect(lost(series([covering(first(16)), covering(first(16)), at16(8), at16(8), at16(8)]))).toEqual([]);
    const coarse = { ...covering(first(9)), counts: first(9).map(() => 50) };
    expect(lost(series([16, 16].map((n) => covering(first(n))).concat([coarse, coarse, coarse])))).toEqual(
      [],
    );
  });

  test("allows for chance where few samples are of a mode, and passes over where hardly any is", () => {
    const few = (n: number): Count => ({
      samples: 40,
      counts: first(K).map((k) => (k < n ? 1 : 0)),
      distance: 1,
    });
    const many = [16, 16].map((n) => covering(first(n)));
    expect(lost(series([...many, few(11), few(11)]))).toEqual([]); // 11 reals cover 8.1 modes
    expect(lost(series([...many, few(9), few(9)]))).toEqual([]); // less than a quarter
  });
});

test("real samples cover what chance says, with its spread", () => {
  expect(coveredByReals(16, 0)).toEqual({ mean: 0, std: 0 });
  expect(coveredByReals(16, 1).mean).toBeCloseTo(1, 12);
  expect(coveredByReals(1, 5)).toEqual({ mean: 1, std: 0 });
  // Two draws of K = 4: the same mode with chance 1/4.
  const { mean, std } = coveredByReals(4, 2);
  expect(mean).toBeCloseTo(1.75, 12);
  expect(std).toBeCloseTo(Math.sqrt(0.25 * 0.75), 12);
});

describe("other alarms", () => {
  test("z ignored: one picture, of a mode or of none, also where modes are not known", () => {
    const none = { samples: 1024, counts: first(K).map(() => 0), distance: 0.1 };
    expect(names(series([none, none, none]))).toEqual(["z-ignored"]);
    expect(
      names(
        series([
          { samples: 512, distance: 0.1 },
          { samples: 512, distance: 0.05 },
        ]),
      ),
    ).toEqual(["z-ignored"]);
    expect(
      names(
        series([
          { samples: 8, distance: 0.1 },
          { samples: 8, distance: 0.1 },
        ]),
      ),
    ).toEqual([]);
  });

  test("collapse within a mode: all modes, each in one picture", () =>
    expect(names(series([0.9, 0.2, 0.1].map((within) => covering(first(K), { within }))))).toEqual([
      "collapse-within",
    ]));

  test("mode hopping: few modes at once, others in each census", () => {
    const hopping = [
      [0, 1],
      [5, 6],
      [9, 10],
      [0, 13],
    ].map((modes) => covering(modes));
    expect(names(series(hopping))).toContain("mode-hopping");
    const staying = [
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ].map((modes) => covering(modes));
    expect(names(series(staying))).not.toContain("mode-hopping");
    const learning = [4, 8, 12, 16].map((n) => covering(first(n)));
    expect(names(series(learning))).not.toContain("mode-hopping");
  });

  test("D too strong: three rows in a row, in spreads and not in scores", () => {
    expect(names(rowsOf([1, 4, 4, 1, 4, 1]))).toEqual([]);
    expect(names(rowsOf([10, 20, 30], 20))).toEqual([]);
    expect(findAlarms(rowsOf([1, 4, 4, 5, 1, 1, 1]), [pulled], bounds)).toMatchObject([
      {
        name: "d-too-strong",
        onset: at(1),
        sounded: at(3).images,
        ended: at(4).images,
        lastEvent: undefined,
      },
    ]);
  });

  test("divergence: at once, by a statistic or by samples", () => {
    expect(names(rowsOf([1, NaN]))).toEqual(["divergence"]);
    expect(names(rowsOf([1, Infinity]))).toEqual(["divergence"]);
    expect(names(series([covering(first(K), { distance: null })]))).toEqual(["divergence"]);
    expect(names(series([covering(first(K), { rejected: { broken: 1 } })]))).toEqual(["divergence"]);
  });
});

test("nothing looked at, no moments, no samples: no alarm", () => {
  expect(findAlarms([])).toEqual([]);
  expect(findAlarms([at(0), at(1)])).toEqual([]);
  expect(
    names(
      series([
        { samples: 0, distance: null },
        { samples: 1, counts: [1], distance: null },
      ]),
    ),
  ).toEqual([]);
});

test("censuses and rows become moments in order, joined where they are of one step", () => {
  const stats = scores(1, 1);
  const joined = joinMoments(series([covering([1]), covering([2])]), [
    { images: 800, step: 50, stats },
    { ...at(0), stats },
  ]);
  expect(joined).toEqual([
    { images: 800, step: 50, stats },
    { ...at(0), average: covering([1]), stats },
    { ...at(1), average: covering([2]) },
  ]);
});

test("rows are joined to stretches as long as those of the calibration, within a resolution", () => {
  const row = (images: number, gap: number, resolution = 8): StatsRow => {
    return { images, step: images / 8, resolution, alpha: 1, secPerStep: 1, stats: scores(gap, 1) };
  };
  const rows = [row(400, 1), row(800, 3), row(1_200, 5), row(1_600, 5, 16), row(2_000, 5, 16)];
  const seen = inStretches(rows, 800).map(({ images, stats }) => [images, stats.scoreReal!.mean]);
  expect(seen).toEqual([
    [800, 1],
    [1_200, 2.5],
    [2_000, 2.5],
  ]);
  expect(inStretches([row(400, NaN), row(800, 1)], 800)).toHaveLength(1); // at once, and the next one has begun
});

test("the committed bounds lie on the right side of what healthy runs hold", () => {
  for (const [name, own] of Object.entries(calibrated))
    for (const { on, off, accepted } of Object.values(own)) {
      const margin = rules[name as AlarmName].sounds === "below" ? off - on : on - off;
      expect(margin, name).toBeGreaterThan(0);
      expect(accepted).toBeLessThan(1);
    }
});
