// Recordings as files: what is written is read back, and what is damaged is refused in a sentence.

import { expect, test } from "vitest";
import { Trouble } from "../../src/gan/errors.ts";
import { countScores } from "../../src/gan/statistics/scores.ts";
import { readCards, writeCards } from "../../src/lab/cards.ts";
import { readRecording } from "../../src/lab/read.ts";
import { checkStripHead } from "../../src/lab/strip.ts";
import { writeRecording } from "../../src/lab/write.ts";
import { countOf, parts, stripOf } from "./example.ts";

test("both runs are read whole, with the stretch that they share", () => {
  const { arms, fork, rulers, maker } = readRecording(writeRecording(parts()));
  const example = parts();
  expect([fork, rulers, maker]).toEqual([example.fork, example.rulers, example.maker]);
  expect(arms.map(({ label }) => label)).toEqual(["left alone", "minibatch stddev off"]);
  const [a, b] = arms;
  expect(a!.moments.map(({ step, file, top }) => [step, file, top])).toEqual([
    [0, "trunk.png", 0],
    [20, "trunk.png", 64],
    [40, "a.png", 0],
  ]);
  expect(b!.moments.map(({ step, file, top }) => [step, file, top])).toEqual([
    [0, "trunk.png", 0],
    [20, "trunk.png", 64],
    [30, "b.png", 0],
    [40, "b.png", 64],
  ]);
  expect(b!.moments.at(-1)!.average).toEqual({ ...countOf(10, 0), distance: 0.3333 });
  expect(b!.events).toEqual(example.arms[1]!.events);
  const scores = { low: -0.33333333, high: 2.5, reals: [0, 6], fakes: [4, 2] };
  expect(a!.moments.map((moment) => moment.scores)).toEqual([undefined, scores, scores]);
});

test("scores that are all but equal keep a histogram that has a width", () => {
  const example = parts();
  const [moment] = example.arms[0]!.moments;
  const scores = countScores([5.1234567], [5.1234567])!;
  moment!.scores = scores;
  const read = readRecording(writeRecording(example)).arms[0]!.moments.at(-1)!.scores!;
  expect(read.low).toBeLessThan(read.high);
  expect([read.reals, read.fakes]).toEqual([scores.reals, scores.fakes]);
});

test("statistics keep four digits, all their steps, and what was not finite", () => {
  const { arms } = readRecording(writeRecording(parts()));
  const [row] = arms[0]!.rows;
  expect(row!.secPerStep).toBe(0.01235);
  expect(row!.stats).toEqual({
    lossD: { mean: -1.235, std: 0.5, n: 10 },
    lossG: { mean: NaN, std: NaN, n: 10 },
  });
  expect(arms.map(({ rows }) => rows.map(({ step }) => step))).toEqual([
    [10, 20, 40],
    [10, 20, 30, 40],
  ]);
});

/** The example, spoilt: the file's object is changed in place. */
type File = any; // eslint-disable-line -- what is spoilt has no type
const spoilt = (spoil: (file: File) => void): string => {
  const file: File = JSON.parse(writeRecording(parts()));
  spoil(file);
  return JSON.stringify(file);
};

test.each<[string, string]>([
  ["half of it", writeRecording(parts()).slice(0, 999)],
  ["a list", "[]"],
  ["nothing", ""],
  ["another format", spoilt((file) => (file.format = "pgan"))],
  ["a later version", spoilt((file) => (file.version = 2))],
  ["no runs", spoilt((file) => (file.arms = []))],
  ["three runs", spoilt((file) => file.arms.push(file.arms[0]))],
  ["a census of other modes", spoilt((file) => file.arms[0].moments[0].raw.counts.push(0))],
  ["more samples than were drawn", spoilt((file) => (file.arms[0].moments[0].raw.counts[0] = 11))],
  ["modes that nothing was counted of", spoilt((file) => (file.arms[1].moments[1].average.covered = 2))],
  ["a negative count", spoilt((file) => (file.arms[0].moments[0].raw.counts = [-1, 11]))],
  ["a resolution without a census", spoilt((file) => (file.arms[0].moments[0].resolution = 16))],
  ["a heat map with a cell of no mode", spoilt((file) => (file.rulers[0].places[1] = 2))],
  ["a heat map of another shape", spoilt((file) => file.rulers[0].factors[0].values.push("ring"))],
  ["a band that is none", spoilt((file) => (file.rulers[0].band.kl.low = null))],
  ["columns of different lengths", spoilt((file) => file.trunk.rows.step.pop())],
  ["words for numbers", spoilt((file) => (file.trunk.rows["lossD.mean"][0] = "1"))],
  ["time that runs backwards", spoilt((file) => file.trunk.moments.reverse())],
  ["a fork elsewhere", spoilt((file) => (file.fork.step = 19))],
  ["a fork without a trunk", spoilt((file) => delete file.trunk)],
  ["a setting that does not exist", spoilt((file) => (file.arms[0].config.magic = true))],
  ["a setting out of range", spoilt((file) => (file.arms[0].config.batch = -4))],
  ["a change of what can't change", spoilt((file) => (file.arms[1].events[0].key = "latent"))],
  ["a change of what is no setting", spoilt((file) => (file.arms[1].events[0].key = "__proto__"))],
  [
    "more moments than any has",
    spoilt((file) => (file.trunk.moments = Array(501).fill(file.trunk.moments[0]))),
  ],
  ["scores that are a number", spoilt((file) => (file.trunk.moments[1].scores = 7))],
  ["scores without a range", spoilt((file) => (file.trunk.moments[1].scores.high = -1))],
  ["scores over a range without an end", spoilt((file) => (file.trunk.moments[1].scores.low = null))],
  [
    "scores over a range too wide to halve",
    spoilt((file) => Object.assign(file.trunk.moments[1].scores, { low: -1.7e308, high: 1.7e308 })),
  ],
  ["more bins of reals than of fakes", spoilt((file) => file.trunk.moments[1].scores.reals.push(1))],
  [
    "more bins than any histogram has",
    spoilt((file) => {
      const { scores } = file.trunk.moments[1];
      scores.reals = scores.fakes = Array(257).fill(0);
    }),
  ],
  ["half a score", spoilt((file) => (file.trunk.moments[1].scores.fakes[0] = 0.5))],
  [
    "more scores than the picture has samples",
    spoilt((file) => (file.trunk.moments[1].scores.fakes[0] = 63)),
  ],
  ["a date that is none", spoilt((file) => (file.maker.date = "yesterday"))],
])("%s is refused in a sentence", (_, json) => {
  expect(() => readRecording(json)).toThrow(Trouble);
  expect(() => readRecording(json)).toThrow(/^This recording is damaged: .{5,200}\.$/);
});

test("a picture of another size than the recording says is refused before it is unfolded", () => {
  const { strips } = readRecording(writeRecording(parts()));
  const [size, trunk] = [strips.get("trunk.png")!, stripOf(parts().trunk!.moments)];
  expect(size).toEqual({ width: 64, height: 128 });
  expect(() => checkStripHead("trunk.png", trunk, size)).not.toThrow();
  const vast = trunk.slice();
  new DataView(vast.buffer).setUint32(16, 1_000_000);
  for (const bytes of [vast, trunk.slice(0, 20), new Uint8Array(64), stripOf(parts().arms[0]!.moments)])
    expect(() => checkStripHead("trunk.png", bytes, size)).toThrow(
      /^This recording is damaged: trunk.png is /,
    );
});

const card = {
  name: "penalty",
  question: "What holds a GAN together?",
  story: "Both lose it.",
  files: ["trunk.png", "a.png", "b.png"],
  table: {
    command: "npm run ablate -- --grid penalty.json",
    rows: [
      {
        label: "A",
        weights: "raw" as const,
        images: 32_000,
        seeds: 20,
        atMostHalf: 3,
        low: 0.05,
        high: 0.36,
        modes: 16,
        covered: { low: 5, median: 14, high: 16 },
      },
    ],
  },
};

test("cards are read back as they were written", () =>
  expect(readCards(writeCards([card, { ...card, name: "other", table: undefined }]))).toEqual([
    card,
    { ...card, name: "other", table: undefined },
  ]));

test.each([
  ["cut", writeCards([card]).slice(0, 40)],
  ["of another folder", writeCards([{ ...card, name: "../etc" }])],
  ["with another file", writeCards([{ ...card, files: ["https://example.org/a.png"] }])],
  [
    "with more seeds than there were",
    writeCards([{ ...card, table: { ...card.table, rows: [{ ...card.table.rows[0]!, seeds: 2 }] } }]),
  ],
])("a list of cards %s is refused", (_, json) => expect(() => readCards(json)).toThrow(/is damaged/));
