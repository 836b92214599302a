// Names of files are the documented ones, and sort in the order of the run.

import fc from "fast-check";
import { expect, test } from "vitest";
import { fakesName, realsName, sampleName, samplesName, snapshotName } from "../../src/export/names.ts";

test("names are the documented ones", () => {
  expect(fakesName(793_600, 16, "average")).toBe("fakes_n000793600_r016_ema.png");
  expect(fakesName(0, 4, "raw")).toBe("fakes_n000000000_r004_raw.png");
  expect(realsName(32)).toBe("reals_r032.png");
  expect(snapshotName(793_600)).toBe("snapshot_n000793600.pgan");
  expect(sampleName(7, 0)).toBe("sample_s000007_00000.png");
  expect(samplesName(793_600, 7, 1_000)).toBe("samples_n000793600_s000007_x01000.zip");
});

test("names sort as the images shown, and as the samples drawn", () =>
  fc.assert(
    fc.property(fc.nat(1e9 - 1), fc.nat(1e9 - 1), (a, b) => {
      expect(snapshotName(a) < snapshotName(b)).toBe(a < b);
      expect(fakesName(a, 8, "average") < fakesName(b, 8, "average")).toBe(a < b);
      expect(sampleName(7, a, 1e9) < sampleName(7, b, 1e9)).toBe(a < b);
    }),
  ));
