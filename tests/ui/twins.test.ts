// What the page makes of twins: where changes go, how B differs, which past is B's, and what becomes of one that stops.

import { describe, expect, test } from "vitest";
import { branchesOf } from "../../src/ui/state/beginning.ts";
import { charts, strokeOf } from "../../src/ui/charts/charts.ts";
import { curveOf } from "../../src/ui/charts/curves.ts";
import { curveOfTwin, sidesOf } from "../../src/ui/charts/twin.ts";
import { toCsv } from "../../src/ui/charts/words.ts";
import { fit } from "../../src/ui/stage/layout.ts";
import { changesFrom } from "../../src/ui/state/twins.svelte.ts";
import {
  type Compared,
  type Frame,
  presets,
  type Progress,
  type Report,
  type RunReport,
  stageAt,
  type StatsRow,
} from "../../src/worker/protocol.ts";
import { page, startedWith } from "./page.ts";

const config = presets.quick!;
const compared: Compared = { images: 160, step: 10, sha256: "a".repeat(64), equal: true };
const run = { id: "two", name: "Two", parent: { id: "one", name: "One", images: 160, step: 10 } };
const forked = { type: "forked", run, config, planned: [], compared, eventsMade: 0 } satisfies Report;
const ofB = (report: RunReport): Report => ({ type: "twin", report });
const event = { images: 160, step: 10, key: "pixelNorm", from: true, to: false } as const;
const flipped: RunReport = { type: "flipped", event };
const diverged: RunReport = {
  type: "diverged",
  step: 20,
  tensor: "D/b4/conv0/weight",
  good: { step: 10, images: 160, eventsMade: 0 },
};

const progress: Progress = {
  images: 160,
  step: 10,
  stage: stageAt(160, config),
  stepsPerSec: 1,
  secToNextPhase: 1,
  secToEnd: 1,
  tensors: 1,
  bytes: 1,
};

const rowAt = (images: number, mean: number): StatsRow => ({
  images,
  step: images / 16,
  resolution: 8,
  alpha: 1,
  secPerStep: 0.01,
  stats: { lossD: { mean, std: 0, n: 10 } },
});

/** A page with a pair that was just forked. */
function pair() {
  const all = page();
  all.session.startWith(config);
  all.hear(startedWith(config), { type: "stats", row: rowAt(160, 1) }, forked);
  all.sent.length = 0;
  return all;
}

test("a pair that is taken up again brings its pasts, its doubts and what it redid; one alone says why", () => {
  const { session, hear } = page();
  const { twins } = session;
  const pair = {
    side: "B",
    other: "one",
    images: 160,
    step: 10,
    eventsMade: 0,
    sha256: compared.sha256,
    engine: "wasm",
    sender: "wasm:aaaaaaaa",
  } as const;
  const kept = { id: "one", name: "One", pair: { ...pair, side: "A", other: "two" } as const };
  const past = {
    rows: [rowAt(160, 1), rowAt(240, 3)],
    ticks: [],
    open: [],
    censuses: [],
    frames: [],
    events: [],
  };
  session.open({ id: "one" });
  hear({ ...startedWith(config), run: kept, past });
  expect([twins.taking, twins.card]).toEqual([true, undefined]);
  const ofTwin = { ...past, rows: [rowAt(240, 2)], events: [event] };
  hear({ ...forked, run: { ...run, pair }, taken: { past: ofTwin, doubts: ["B is odd."] } });
  expect([twins.taking, twins.shared, twins.doubts]).toEqual([false, [rowAt(160, 1)], ["B is odd."]]);
  expect([twins.sender, twins.state]).toEqual(["wasm:aaaaaaaa", "wasm:aaaaaaaa"]);
  expect([twins.history.series.rows, twins.history.events]).toEqual([[rowAt(240, 2)], [event]]);
  expect(session.announcement).toBe("Twins A and B go on from their fork at 160 images.");
  hear({ type: "levelled", side: "B", steps: 1, done: true });
  expect([twins.levelled?.steps, session.announcement]).toEqual([
    1,
    "B was saved earlier. 1 step was taken again.",
  ]);

  session.open({ id: "one" });
  hear({ ...startedWith(config), run: kept, past });
  hear({ type: "alone", notice: { message: "Its twin is gone.", remedy: "It goes on alone." } });
  expect([twins.taking, twins.left?.message]).toEqual([false, "Its twin is gone."]);
  expect(session.announcement).toBe("Its twin is gone. It goes on alone.");
});

test("a branch is of A or of B, and the pair that is left is said to wait", () => {
  const { session, sent, hear } = pair();
  const frame = { images: 160, step: 10, resolution: 8, alpha: 1, columns: 8, eventsMade: 0 };
  const ofA = { ...frame, images: 240, step: 15, png: new Blob(), events: [] };
  hear({ type: "frame", frame: ofA }, ofB({ type: "frame", frame: { ...ofA, eventsMade: 1 } }));
  hear(ofB({ type: "progress", progress: { ...progress, step: 15, images: 240 } }));
  session.history.review(0);
  const branches = branchesOf(session);
  expect(branches.map(({ label }) => label)).toEqual(["Branch A from here", "Branch B from here"]);
  branches[1]!.act();
  expect(sent.at(-1)).toMatchObject({ type: "branch", of: "B", at: { step: 15, eventsMade: 1 } });
  hear(startedWith(config));
  expect(session.twins.left?.message).toBe("The twins were left as they are.");
});

test("changes go to B, unless they are aimed at A or both", () => {
  const { session, sent, hear } = pair();
  session.change("pixelNorm", false);
  expect(sent).toEqual([{ type: "flip", key: "pixelNorm", value: false, of: "B" }]);
  expect([...session.awaited]).toEqual(["pixelNorm"]);
  hear(ofB(flipped));
  expect([...session.awaited]).toEqual([]);
  expect(session.twins.differences(session.running)).toEqual(["pixelNorm"]);
  expect([session.settings.pixelNorm, session.running!.pixelNorm]).toEqual([false, true]);
  expect(session.announcement).toBe("B: PixelNorm in G off, at 160 images.");

  session.twins.aim = "both"; // A still has it
  session.change("pixelNorm", false);
  expect(sent.at(-1)).toEqual({ type: "flip", key: "pixelNorm", value: false, of: "both" });
  session.twins.aim = "A";
  expect(session.settings.pixelNorm).toBe(true);
});

test("a fork is asked for with what was chosen, once", () => {
  const { session, sent, hear } = page();
  session.startWith(config);
  hear(startedWith(config));
  session.twins.choice = "r1Gamma";
  session.twins.forkAsChosen(session.running);
  session.twins.forkAsChosen(session.running);
  expect(sent.slice(1)).toEqual([{ type: "fork", changes: [{ key: "r1Gamma", value: 0 }] }]);
  expect(changesFrom({ ...config, r1Gamma: 0 }).map(({ key }) => key)).not.toContain("r1Gamma");
});

test("one that stops leaves the other going on; both stopped, the run has diverged", () => {
  const { session, hear } = pair();
  hear(ofB(diverged));
  expect([session.status, session.twins.over]).toEqual(["paused", false]);
  expect(session.twins.stopped.B?.message).toBe("Training diverged at step 20.");
  hear(diverged);
  expect(session.status).toBe("diverged");
});

test("A that stopped and is kept has diverged", () => {
  const { session, hear } = pair();
  hear(diverged);
  expect(session.status).toBe("paused");
  hear({ type: "alone" });
  expect([session.status, session.twins.card]).toEqual(["diverged", undefined]);
});

test("what can't be saved is left anyway only when asked", () => {
  const { session, sent, hear } = pair();
  session.twins.keep("B");
  const error = { name: "Trouble", message: "It can't be saved.", remedy: "Export it." };
  hear({ type: "failed", during: "endTwin", error, live: true, unsaved: true });
  expect([session.fault?.kind, session.status]).toEqual(["unsaved", "paused"]);
  session.beginAnyway();
  expect(sent.at(-1)).toEqual({ type: "endTwin", keep: "B", anyway: true });
  hear({ ...startedWith(config), run });
  expect([session.twins.card, session.twins.ending, session.keeping.card]).toEqual([
    undefined,
    undefined,
    run,
  ]);
  expect(session.announcement).toBe("B goes on alone, and is paused. One waits in Runs.");
});

test("a moment of A's past is one of B's too: before the fork the same", () => {
  const { session, hear } = pair();
  const frame = (images: number): Frame => ({
    images,
    step: images / 16,
    resolution: 8,
    alpha: 1,
    columns: 8,
    events: [],
    eventsMade: 0,
    png: new Blob(),
  });
  const own = frame(320);
  hear(ofB({ type: "frame", frame: own }));
  const before = frame(80);
  expect(session.twins.frameAt(before)).toBe(before);
  expect(session.twins.frameAt(frame(330))).toBe(own);
  expect(session.twins.frameAt(frame(200))).toBeUndefined();
});

test("a change of A at the fork makes no moment of B: what B is looked at and branched from is its own past", () => {
  const { session, sent, hear } = pair();
  const about = { images: 160, step: 10, resolution: 8, alpha: 1, columns: 8, events: [] };
  const frame = (eventsMade: number, more: Partial<Frame> = {}): Frame => ({
    ...{ ...about, eventsMade, png: new Blob() },
    ...more,
  });
  const [shared, afterChange] = [frame(0), frame(1)];
  const hearFork = () => {
    hear(startedWith(config), { type: "frame", frame: shared }, forked);
    hear({ type: "flipped", event }, { type: "frame", frame: afterChange });
    session.history.review(1);
    sent.length = 0;
  };
  hearFork();
  expect(session.history.reviewed).toBe(afterChange);
  expect(session.twins.frameAt(afterChange)).toBe(shared);
  branchesOf(session)[1]!.act();
  expect(sent).toMatchObject([{ type: "branch", of: "B", at: { step: 10, eventsMade: 0 } }]);

  hearFork();
  const ofItsOwn = frame(1);
  hear(ofB(flipped), ofB({ type: "frame", frame: ofItsOwn }));
  expect(session.twins.frameAt(afterChange)).toBe(ofItsOwn);
  expect(session.twins.frameAt(shared)).toBe(shared);
  expect(session.twins.frameAt(frame(0, { step: 11 }))).toBe(ofItsOwn); // a step of G alone shows no images
});

describe("on the charts", () => {
  const shared = [rowAt(80, 4), rowAt(160, 2)];
  const rows = [rowAt(240, 1)];
  const twin = { shared, rows, version: 1, censuses: [], from: 160, events: [] };
  const smoothing = { weight: 0.5, starts: [0] };

  test("B's line begins at the fork, and goes on from the average of the shared past", () => {
    const whole = curveOf([...shared, ...rows], "lossD", smoothing);
    const own = curveOfTwin(twin, "lossD", smoothing);
    expect(own.smooth).toEqual(whole.smooth.slice(1));
    expect(own.steps).toBe(10);
  });

  test("the table has both", () => {
    const ofA = [...shared, rowAt(240, 3)];
    expect(sidesOf(ofA, twin).map(({ side, row }) => [side, row.images])).toEqual([
      ["A + B", 80],
      ["A + B", 160],
      ["A", 240],
      ["B", 240],
    ]);
    expect(toCsv(ofA, ["lossD"], twin).split("\n").slice(-3, -1)).toEqual([
      "A,240,15,8,1,3,0,10",
      "B,240,15,8,1,1,0,10",
    ]);
  });

  test("A is solid, B is dashed, and reals, dashed otherwise, are thin", () => {
    const [reals, fakes] = charts[0]!.lines;
    expect([strokeOf(reals!), strokeOf(fakes!)]).toEqual([
      { width: 2, dash: [6, 3] },
      { width: 2, dash: [] },
    ]);
    expect([strokeOf(reals!, "A"), strokeOf(reals!, "B"), strokeOf(fakes!, "B")]).toEqual([
      { width: 1, dash: [] },
      { width: 1, dash: [6, 3] },
      { width: 2, dash: [6, 3] },
    ]);
  });
});

test("three grids fit side by side, or two, or one", () => {
  expect(fit(1100, 8, 3)).toBe(32);
  expect(fit(1700, 8, 3)).toBe(64);
  expect(fit(680, 8, 3)).toBe(32);
  expect(fit(240, 8, 3)).toBe(16);
});
