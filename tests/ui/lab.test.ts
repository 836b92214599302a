// The lab without a page: where a visit begins, the one cursor, and what is shown at it.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Experiment, experimentsOf } from "../../src/ui/lab/experiment.ts";
import { extent, pointAt, ticks } from "../../src/ui/charts/points.ts";
import { chartsOf } from "../../src/ui/lab/curves.ts";
import { marksOf, momentAt, stopsOf, tell } from "../../src/ui/lab/marks.ts";
import { paceMs, Player } from "../../src/ui/lab/player.svelte.ts";
import { Trial } from "../../src/ui/lab/trial.ts";
import { firstView } from "../../src/ui/state/view.svelte.ts";
import { type Command, readRecording, type Report } from "../../src/worker/protocol.ts";
import { writeRecording } from "../../src/lab/write.ts";
import { parts } from "../lab/example.ts";
import { startedWith } from "./page.ts";

const recording = readRecording(writeRecording(parts()));

test.each([
  ["a newcomer", "", false, false, "lab"],
  ["somebody with a run to go on with", "", false, true, "playground"],
  ["a shared run", "#v=1&preset=quick", false, false, "playground"],
  ["a wish for an engine", "", true, false, "playground"],
  ["a link to an experiment, whatever is kept", "#lab=penalty-live", false, true, "lab"],
  ["the lab, engine or not", "#lab", true, false, "lab"],
])("%s: a visit begins where it should", async (_, fragment, engineAsked, kept, view) =>
  expect(await firstView({ fragment, engineAsked, keepsRuns: async () => kept })).toBe(view),
);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function playerOf(): Player {
  const player = new Player();
  player.show(stopsOf(recording));
  return player;
}

test("a recording stops at the moments of both runs, each once", () =>
  expect(stopsOf(recording)).toEqual([
    { images: 0, step: 0 },
    { images: 320, step: 20 },
    { images: 480, step: 30 },
    { images: 640, step: 40 },
  ]));

test("playing goes from stop to stop, and rests at the end; then it begins anew", () => {
  const player = playerOf();
  player.play();
  vi.advanceTimersByTime(2 * paceMs);
  expect([player.at, player.playing]).toEqual([2, true]);
  vi.advanceTimersByTime(9 * paceMs);
  expect([player.at, player.playing]).toEqual([3, false]);
  player.toggle();
  expect([player.at, player.playing]).toEqual([0, true]);
});

test("who moves the cursor stays there", () => {
  const player = playerOf();
  player.play();
  player.seek(1);
  vi.advanceTimersByTime(9 * paceMs);
  expect([player.at, player.playing]).toEqual([1, false]);
  player.seek(99);
  expect(player.at).toBe(3);
  player.seek(-1);
  expect(player.at).toBe(0);
  player.seekImages(500);
  expect(player.stop).toEqual({ images: 480, step: 30 });
});

test("the cursor goes to the changes, and stays where there is none", () => {
  const player = playerOf();
  const marks = [320];
  player.seekMark(marks, 1);
  expect(player.stop!.images).toBe(320);
  player.seekMark(marks, 1);
  expect(player.stop!.images).toBe(320);
  player.seek(3);
  player.seekMark(marks, -1);
  expect(player.stop!.images).toBe(320);
});

test("each run shows its last moment up to the cursor", () => {
  const [a, b] = recording.arms;
  expect([momentAt(a!, 480).step, momentAt(b!, 480).step]).toEqual([20, 30]);
  expect([momentAt(a!, 640).step, momentAt(b!, 640).step]).toEqual([40, 40]);
});

test("a moment is told in a sentence", () =>
  expect(tell(recording, 640, "average")).toBe("Step 40. A: 2 of 2 modes. B: 1 of 2 modes."));

test("changes are numbered, and told once where both runs make them", () => {
  const [a, b] = recording.arms;
  const [event] = b!.events;
  const both = { ...event!, key: "r1Gamma", from: 1, to: 0 } as const;
  const arms = [
    { ...a!, events: [both] },
    { ...b!, events: [both, event!] },
  ];
  expect(marksOf({ arms }).map(({ number, who, what }) => [number, who, what])).toEqual([
    [1, "A and B", expect.stringContaining("1 → 0")],
    [2, "B", "Minibatch standard deviation on → off"],
  ]);
});

test("charts have a line for each run, and values where the cursor is", () => {
  const [modes, scores, losses] = chartsOf(recording, "average");
  expect(modes!.lines.map(({ label, dashed }) => [label, dashed])).toEqual([
    ["covered · A", false],
    ["covered · B", true],
    ["strict · A", false],
    ["strict · B", true],
    ["rejects · A", false],
    ["rejects · B", true],
  ]);
  expect(modes!.lines.map((line) => pointAt(line, 640))).toEqual([
    { x: 640, y: 100, text: "2 of 2" },
    { x: 640, y: 50, text: "1 of 2" },
    { x: 640, y: 100, text: "2 of 2" },
    { x: 640, y: 50, text: "1 of 2" },
    { x: 640, y: 10, text: "10 %" },
    { x: 640, y: 0, text: "0 %" },
  ]);
  expect(modes!.band).toEqual([{ x: 0, low: 100, high: 100 }]);
  expect(extent(modes!)).toEqual({ min: 0, max: 100 });
  expect(scores!.lines.every(({ points }) => points.length === 0)).toBe(true);
  expect(losses!.lines.map(({ label }) => label)).toEqual(["D · A", "D · B", "G · A", "G · B"]);
  expect(ticks(0, 16, 3)).toEqual([0, 10]);
  expect(ticks(-1.2, 2.3, 3)).toEqual([0, 2]);
});

test("an experiment is A with its changes, and what B does otherwise from the fork on", () => {
  const [{ config, planned, twin }, ...others] = experimentsOf(recording) as [Experiment];
  expect(others).toEqual([]);
  expect(config).toEqual(parts().arms[0]!.config);
  expect(planned).toEqual([]);
  expect(twin).toEqual({ images: 320, planned: [{ images: 320, key: "minibatchStddev", to: false }] });
  const [a, b] = recording.arms;
  const later = { ...b!.events[0]!, images: 480, from: false, to: true };
  const back = { ...b!, events: [...b!.events, later] };
  expect(experimentsOf({ ...recording, arms: [a!, back] })[0]!.twin!.planned.at(-1)).toEqual({
    images: 480,
    key: "minibatchStddev",
    to: true,
  });
});

test("what can't be forked off A is an experiment of its own", () => {
  const [a, b] = recording.arms;
  const narrow = { ...b!, config: { ...b!.config, channelsMax: 8 } };
  const early = { ...b!, events: [{ ...b!.events[0]!, images: 160 }] };
  for (const other of [narrow, early])
    expect(experimentsOf({ ...recording, arms: [a!, other] })).toEqual(
      [a!, other].map(({ config, events }) => ({
        config,
        planned: events.map(({ images, key, to }) => ({ images, key, to })),
      })),
    );
});

test("an experiment is trained once its run is set up; another run is none of its business", () => {
  const [experiment] = experimentsOf(recording) as [Experiment];
  const sent: Command[] = [];
  const tryOut = (...reports: Report[]) => {
    const trial = new Trial(experiment, (command) => sent.push(command));
    reports.forEach((report) => trial.hear(report));
    return sent.splice(0);
  };
  const started = startedWith(experiment.config);
  expect(tryOut({ type: "training" }, started, started)).toEqual([{ type: "train" }]);
  expect(tryOut(startedWith({ ...experiment.config, seed: 8 }), started)).toEqual([]);
});
