// npm run classifier: a few steps of it, into a file that the census can read.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { main } from "../../src/cli/classifier.ts";
import { checkDigitWeights } from "../../src/metrics/census/digits.ts";
import { readSafetensors } from "../../src/store/pgan/safetensors.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pggan-classifier-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

test(
  "training writes weights that a census reads, and says what they are worth",
  { timeout: 60_000 },
  async () => {
    const said = vi.spyOn(console, "log").mockImplementation(() => {});
    const out = path.join(folder, "weights.safetensors");
    await main(["--out", out, "--steps", "150"]);
    const words = said.mock.calls.flat().join("\n");
    said.mockRestore();
    const tensors = readSafetensors(fs.readFileSync(out));
    const right = Number(/16 px: ([\d.]+) %/.exec(words)![1]);
    expect(checkDigitWeights(tensors)["dense/bias"]).toHaveLength(11);
    expect(right).toBeGreaterThan(70);
  },
);

test("a count of steps that is none is refused", async () => {
  await expect(main(["--out", "x", "--steps", "many"])).rejects.toThrow("--steps takes a whole number");
});
