// The bench: its rows, when they count, and what a person sees who asks for something that is not there.

import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { type Case, drawInputs, readInputs, writeInputs } from "./cases.ts";
import { contestantHere } from "./contestant.ts";
import { nullGpu } from "../engines.ts";
import type { Report } from "./main.ts";
import { distance, formatRows, judge, median, type Row } from "./rows.ts";

const small: Case = { resolution: 8, fade: true, batch: 4, channels: 4 };
const script = path.resolve(import.meta.dirname, "run.mjs");

function bench(...args: string[]): Promise<{ code: number | null; text: string; errors: string }> {
  const child = spawn(process.execPath, [script, ...args]);
  let [text, errors] = ["", ""];
  child.stdout.on("data", (part) => (text += String(part)));
  child.stderr.on("data", (part) => (errors += String(part)));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, text, errors })));
}

const lossesOnWasm = async (inputs = drawInputs(small), engine = "wasm") =>
  (await contestantHere(engine, small, inputs, undefined, true).begin()).losses;

function rowOf(engine: string, losses: Row["losses"]): Row {
  const figures = { dispatchesPerStep: 1234.4, jsMsPerStep: 0.12345, msPerStep: 20, imagesPerSec: 200 };
  const bytes = { peakBytes: 2.5e6, startBytes: null, firstStepMs: 80 };
  return { engine, ...small, ...figures, ...bytes, lossAgrees: null, losses };
}

test("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 10, 2])).toBe(3);
});

test("rows count while their losses are those of the reference, and the reference's those of another", () => {
  const rows = [rowOf("a", [[8, 0.5]]), rowOf("b", [[8.0007, 0.50005]]), rowOf("c", [[8, 0.5002]])];
  judge(rows, { engine: "a", losses: [[8, 0.5]] });
  expect(rows.map(({ lossAgrees }) => lossAgrees)).toEqual([true, true, false]);
  expect(rows[2]!.note).toBe("does not count: its losses are 0.00020 from those of a");

  const alone = [rowOf("a", [[8, 0.5]])];
  judge(alone, { engine: "a", losses: [[8, 0.5]] });
  expect(alone[0]!.lossAgrees).toBe(null);
  expect(distance([[NaN, 1]], [[1, 1]])).toBeNaN();
  const broken = [rowOf("a", [[1, 1]]), rowOf("b", [[NaN, 1]])];
  judge(broken, { engine: "a", losses: [[1, 1]] });
  expect(broken.map(({ lossAgrees }) => lossAgrees)).toEqual([false, false]);
});

test("the table has a line for each row", () => {
  const lines = formatRows([rowOf("wasm", [[8, 0.5]])]).split("\n");
  expect(lines[1]!.split(/\s+/).filter(Boolean)).toEqual(
    ["8", "on", "wasm", "1,234", "0.123", "20", "200", "2.5", "-", "80", "-"], // prettier-ignore
  );
});

test("inputs survive the file that other programs read", () => {
  const inputs = drawInputs(small);
  expect(readInputs(writeInputs(inputs))).toEqual(inputs);
});

test("our steps have the losses of stock tfjs, and other ones where a weight is not the same", async () => {
  const [ours, stock] = [await lossesOnWasm(), await lossesOnWasm(undefined, "wasm-plain")];
  expect(ours).toHaveLength(5);
  const perturbed = drawInputs(small);
  perturbed.weights.get("D/b8/conv0/weight")!.values[0]! += 0.1;
  const rows = [rowOf("wasm", ours), rowOf("perturbed", await lossesOnWasm(perturbed))];
  judge(rows, { engine: "wasm-plain", losses: stock });
  expect(rows.map(({ lossAgrees }) => lossAgrees)).toEqual([true, false]);
});

test.skipIf(!nullGpu)(
  "on an adapter that computes nothing, JavaScript and dispatches are counted",
  async () => {
    const adapter = (await nullGpu!.requestAdapter())!;
    const eager = contestantHere("eager", small, drawInputs(small), adapter, true);
    await eager.begin();
    expect(await eager.js(1)).toBeGreaterThan(0);
    const { dispatchesPerStep, peakBytes } = await eager.end();
    expect(dispatchesPerStep).toBeGreaterThan(300);
    expect(peakBytes).toBeGreaterThan(10_000);
  },
);

test("npm run bench writes its rows as JSON", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-"));
  const json = path.join(folder, "table.json");
  const { code, text, errors } = await bench("--only", "wasm", "--quick", "--json", json);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const { device, date, rows } = JSON.parse(fs.readFileSync(json, "utf8")) as Report;
  fs.rmSync(folder, { recursive: true });
  expect(text).toContain(device);
  expect(Date.now() - Date.parse(date)).toBeLessThan(600_000);
  const { losses, firstStepMs, msPerStep, imagesPerSec, peakBytes, startBytes, ...rest } = rows[0]!;
  const none = { dispatchesPerStep: null, jsMsPerStep: null };
  expect(rest).toEqual({ engine: "wasm", ...small, ...none, lossAgrees: true });
  expect(imagesPerSec).toBeCloseTo((1000 * small.batch) / msPerStep!);
  expect(losses).toHaveLength(5);
  for (const figure of [firstStepMs, peakBytes, startBytes]) expect(figure).toBeGreaterThan(0);
});

test("what can't be done is refused in a sentence, with a remedy", async () => {
  for (const [args, sentence] of [
    [["--only", "cuda"], /^There is no engine "cuda"\.\nChoose stock, eager,/],
    [["--fast"], /^Unknown option '--fast'\.\nnpm run bench -- --help/],
    [["--resolution", "128"], /^128 is no resolution of the bench\.\nChoose 8,/],
    [["--batch", "6"], /^6 is no multiple of 4 up to 512\.\nUse one such as/],
  ] as const) {
    const { code, text, errors } = await bench(...args);
    expect({ code, text }).toEqual({ code: 1, text: "" });
    expect(errors).toMatch(sentence);
  }
  expect(await bench("--help")).toMatchObject({ code: 0, errors: "" });
});
