// Joining rows must lose no step, however long a run is.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSeries } from "../../src/store/history/series.ts";
import type { StatsRow } from "../../src/worker/protocol.ts";

const row = (step: number, resolution = 4, mean = step, std = 0, n = 1): StatsRow => ({
  images: step * 16,
  step,
  resolution,
  alpha: 1,
  secPerStep: 0.01,
  stats: { lossD: { mean, std, n } },
});

const steps = (rows: readonly StatsRow[]) => rows.reduce((sum, { stats }) => sum + stats.lossD!.n, 0);

describe("a series", () => {
  test("keeps every row while there is room", () => {
    const series = createSeries(10);
    for (let step = 1; step <= 10; step++) series.push(row(step));
    expect(series.rows).toEqual(Array.from({ length: 10 }, (_, i) => row(i + 1)));
  });

  test("loses no step, keeps the order, and never joins across a change of resolution", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 2, max: 40 }),
        (lengths, limit) => {
          const series = createSeries(limit);
          let step = 0;
          const seams: number[] = [];
          lengths.forEach((length, depth) => {
            for (let i = 0; i < length; i++) series.push(row(++step, 4 * 2 ** depth));
            seams.push(step);
          });
          expect(steps(series.rows)).toBe(step);
          const ends = series.rows.map((r) => r.step);
          expect(ends).toEqual([...ends].sort((a, b) => a - b));
          // The last step of every resolution still ends a row.
          for (const seam of seams) expect(ends).toContain(seam);
          // Each row's mean is that of exactly the steps since the row before.
          series.rows.forEach((r, i) => {
            const from = (series.rows[i - 1]?.step ?? 0) + 1;
            expect(r.stats.lossD!.n).toBe(r.step - from + 1);
            expect(r.stats.lossD!.mean).toBeCloseTo((from + r.step) / 2, 8);
          });
        },
      ),
    );
  });

  test("pools mean and standard deviation exactly", () => {
    const series = createSeries(2);
    const values = [3, -1, 4, 1, -5, 9, 2, 6];
    values.forEach((value, i) => series.push(row(i + 1, 4, value)));
    const [first] = series.rows;
    const { mean, std, n } = first!.stats.lossD!;
    const part = values.slice(0, n);
    const exact = part.reduce((a, b) => a + b) / n;
    expect(n).toBeGreaterThan(2);
    expect(mean).toBeCloseTo(exact, 12);
    expect(std).toBeCloseTo(Math.sqrt(part.reduce((a, b) => a + (b - exact) ** 2, 0) / n), 12);
  });

  test("stays bounded, even and quick over a million pushes", () => {
    const series = createSeries(2000);
    const started = performance.now();
    for (let step = 1; step <= 1_000_000; step++) series.push(row(step, 4 * 2 ** Math.floor(step / 250_001)));
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(series.rows.length).toBeLessThanOrEqual(2000);
    expect(series.rows.length).toBeGreaterThan(900);
    expect(steps(series.rows)).toBe(1_000_000);
    // The first hour is drawn as finely as the last.
    expect(Math.max(...series.rows.map((r) => r.stats.lossD!.n))).toBeLessThan(3 * (1_000_000 / 1000));
  });

  test("stays quick where rows can't be joined", () => {
    const series = createSeries(100);
    for (let step = 1; step <= 20_000; step++) series.push(row(step, step % 2 ? 4 : 8));
    expect(steps(series.rows)).toBe(20_000);
  });

  test("starts afresh when cleared", () => {
    const series = createSeries(2);
    for (let step = 1; step <= 9; step++) series.push(row(step));
    series.clear();
    series.push(row(1));
    series.push(row(2));
    expect(series.rows).toEqual([row(1), row(2)]);
  });
});
