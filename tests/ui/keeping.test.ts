// Keeping runs as the page knows it: what is offered, what is said of a run's safety, and the ways on when it can't go on.

import { beforeEach, expect, test } from "vitest";
import { branchFromReview, cancelBranch } from "../../src/ui/state/beginning.ts";
import { settingsAfter } from "../../src/ui/words/rescue.ts";
import { checkOf, safetyOf } from "../../src/ui/words/safety.ts";
import {
  type Config,
  type FlipEvent,
  type Frame,
  presets,
  type Report,
  type RunEntry,
  stageAt,
} from "../../src/worker/protocol.ts";
import { page, startedWith } from "./page.ts";

let { session, sent, hear } = page();
beforeEach(() => {
  ({ session, sent, hear } = page());
  session.start();
});

const config: Config = { ...presets.quick!, seed: 9, pixelNorm: false };
const event: FlipEvent = { images: 320, step: 20, key: "pixelNorm", from: true, to: false };
const frame: Frame = {
  images: 160,
  step: 10,
  resolution: 8,
  alpha: 1,
  columns: 8,
  eventsMade: 0,
  events: [],
  png: new Blob(),
};
const row = { images: 160, step: 10, resolution: 8, alpha: 1, secPerStep: 0.1, stats: {} };
const planned = [{ images: 9_000, key: "augment", to: true }] as const;

const fresh = { ...startedWith(), run: { id: "fresh", name: "Fresh" } };
const takenUp: Report = {
  type: "started",
  run: { id: "old", name: "Old" },
  config,
  planned,
  channels: 3,
  columns: 4,
  past: { rows: [row], ticks: [row], open: [], censuses: [], frames: [frame], events: [event] },
};
const entry = (id: string, name = id): RunEntry => ({
  card: { id, name },
  data: "shapes-16",
  seed: 9,
  images: 400,
  step: 25,
  resolution: 8,
  saved: "2026-11-25T14:02:00.000Z",
  engine: "wasm",
  bytes: 1e6,
});
const library = (...runs: RunEntry[]): Report => ({ type: "library", runs, storage: { kind: "disk" } });
const progress = (images: number, config: Config): Report => ({
  type: "progress",
  progress: {
    images,
    step: images / 16,
    stage: stageAt(images, config),
    stepsPerSec: 0,
    secToNextPhase: Infinity,
    secToEnd: Infinity,
    tensors: 1,
    bytes: 1,
  },
});
const refused = { name: "Trouble", message: "No.", remedy: "Wait." };

test("a copy of a pair's run is offered the other copy; a run that has its twin is offered none", () => {
  const { keeping } = session;
  const fork = { images: 160, step: 10, eventsMade: 0, sha256: "a".repeat(64) };
  const ofPair = (id: string, side: "A" | "B", other: string): RunEntry => {
    const { card, ...rest } = entry(id);
    return { ...rest, card: { ...card, pair: { side, other, ...fork } } };
  };
  const runs = [ofPair("a", "A", "b"), ofPair("b", "B", "a"), ofPair("a2", "A", "b"), ofPair("b2", "B", "a")];
  hear(library(...runs, entry("other")));
  expect(keeping.runs!.map((run) => keeping.twinFor(run)?.card.id)).toEqual([
    undefined,
    undefined,
    "b2",
    "a2",
    undefined,
  ]);
  keeping.tie(["a2", "b2"]);
  expect(sent.at(-1)).toEqual({ type: "tie", ids: ["a2", "b2"] });
});

test("the last run is offered on arrival, and only then", () => {
  hear(library(entry("old"), entry("older")), fresh);
  expect(session.keeping.offer?.card.id).toBe("old");
  session.keeping.answer();
  hear(library(entry("old", "Renamed")));
  expect(session.keeping.offer).toBeUndefined();
});

test("an offer follows the list: it takes a new name, and goes with its run", () => {
  hear(library(entry("old")), fresh, library(entry("old", "Renamed")));
  expect(session.keeping.offer?.card.name).toBe("Renamed");
  hear(library());
  expect(session.keeping.offer).toBeUndefined();
});

test("a run that is taken up is as it was, and nothing of it is changed", () => {
  hear(fresh);
  session.change("latent", 16);
  sent.length = 0;
  session.open({ id: "old" });
  expect(sent).toEqual([{ type: "open", from: { id: "old" }, engine: "auto" }]);
  expect([session.status, session.waiting]).toEqual(["starting", "Opening the run"]);
  hear(takenUp, progress(400, config));
  expect(sent.filter(({ type }) => type === "flip")).toEqual([]);
  expect([session.status, session.draft, session.preset, session.pending]).toEqual([
    "paused",
    config,
    "quick",
    [],
  ]);
  const { frames, events, series } = session.history;
  expect([frames, events, series.rows, session.plan.coming]).toEqual([[frame], [event], [row], planned]);
  expect(session.keeping.card?.name).toBe("Old");
});

test("a run whose images are all shown is finished when it is taken up", () => {
  session.open({ id: "old" });
  hear(takenUp, progress(config.images, config));
  expect(session.status).toBe("finished");
});

test("a file that is refused leaves the run as it was", () => {
  hear(fresh);
  session.open({ file: new Blob(["x"]) });
  hear({ type: "failed", during: "open", error: refused, live: true });
  expect([session.status, session.fault?.kind]).toEqual(["paused", "open"]);
});

test("what is done to runs that are kept does not touch the live one, even where it fails", () => {
  hear(fresh, library(entry("fresh"), entry("old")));
  session.keeping.rename("fresh", "Mine");
  hear(library(entry("fresh", "Mine"), entry("old")));
  expect(session.keeping.card?.name).toBe("Mine");
  session.open({ id: "old" });
  hear({ type: "failed", during: "remove", error: refused, live: true });
  expect([session.status, session.fault?.kind]).toEqual(["starting", "runs"]);
});

test("how safe a run is: not at all, in memory, or since when", () => {
  hear(fresh);
  const said = () => safetyOf(session.keeping, Date.now()).text;
  expect(said()).toBe("Not saved yet");
  hear({ type: "saved", images: 197_600, step: 12_350, bytes: 1 });
  expect(said()).toBe("Saved at step 12\u202f350, 1 s ago");
  hear({ type: "unsaved", notice: { message: "This browser won't store more.", remedy: "Export it." } });
  expect(said()).toBe("Not saved. This browser won't store more.");
  hear({ type: "saved", images: 197_600, step: 12_350, bytes: 1 });
  hear({ ...library(), storage: { kind: "memory" } } as Report);
  expect(said()).toBe("Kept in memory only");
});

test("a run that was taken up is as safe as it was when it was saved", () => {
  hear(fresh, library(entry("old")));
  session.open({ id: "old" });
  hear(takenUp);
  const minutesLater = Date.parse("2026-11-25T14:05:00.000Z");
  expect(safetyOf(session.keeping, minutesLater).text).toBe("Saved at step 25, 3 min ago");
});

test("a failing save is told once, until it is something else that fails", () => {
  hear(fresh);
  const failing = (message: string): Report => ({ type: "unsaved", notice: { message, remedy: "Wait." } });
  hear(failing("Full."));
  expect(session.announcement).toBe("Not saved. Full.");
  session.keeping.dismiss("unsaved");
  hear({ type: "training" }, failing("Full."));
  expect([session.keeping.unread("unsaved"), session.announcement]).toEqual([undefined, "Training."]);
  hear(failing("Broken."));
  expect(session.keeping.unread("unsaved")?.message).toBe("Broken.");
  hear({ type: "saved", images: 16, step: 1, bytes: 1 });
  expect([session.keeping.unsaved, session.announcement]).toEqual([undefined, "The run is saved again."]);
});

test.each<[Extract<Report, { type: "verified" }>["verdict"], string, string, string]>([
  [
    { kind: "exact", state: "3f9ab", steps: 3, because: [] },
    "Resumed exactly",
    "sha256 3f9a…, 3 steps taken again",
    "Resumed exactly.",
  ],
  [
    { kind: "differs", state: "3f9ab", steps: 3, because: ["another engine: wasm, not webgpu"] },
    "Not resumed exactly",
    "another engine: wasm, not webgpu",
    "Not resumed exactly: another engine: wasm, not webgpu.",
  ],
  [
    { kind: "unchecked", state: "3f9ab", steps: 0, because: [] },
    "Resumed, with nothing to check it with",
    "sha256 3f9a…",
    "Resumed. There is nothing to check it with.",
  ],
])("the check of a run that is taken up is shown and said: %j", (verdict, text, detail, spoken) => {
  session.open({ id: "old" });
  hear(takenUp);
  expect(checkOf(session.keeping)?.text).toBe("Checking that the run goes on exactly…");
  expect(session.announcement).toBe("Run Old is continued, and paused.");
  hear({ type: "verified", verdict });
  expect(checkOf(session.keeping)).toMatchObject({ text, detail });
  expect(session.announcement).toBe(spoken);
  hear(fresh);
  session.start();
  hear(fresh);
  expect(checkOf(session.keeping)).toBeUndefined();
});

test("a branch begins at the moment under review, and can be called off on the way", () => {
  session.open({ id: "old" });
  hear(takenUp);
  session.history.review(0);
  branchFromReview(session);
  expect(sent.at(-1)).toEqual({
    type: "branch",
    at: { step: 10, eventsMade: 0 },
    changes: [],
    engine: "auto",
  });
  hear({ type: "replaying", done: 3, total: 10 });
  expect([session.waiting, session.keeping.replaying?.done]).toEqual(["Going back to that moment", 3]);
  cancelBranch(session);
  expect(sent.at(-1)).toEqual({ type: "open", from: { id: "old" }, engine: "auto" });
  expect(session.keeping.replaying).toBeUndefined();
});

test("a branch is not checked, and says where it came from", () => {
  session.open({ id: "old" });
  hear(takenUp);
  session.branch({ step: 10, eventsMade: 0 });
  const parent = { id: "old", name: "Old", images: 160, step: 10 };
  hear({ ...takenUp, run: { id: "new", name: "New", parent } });
  expect([checkOf(session.keeping), session.keeping.card?.parent]).toEqual([undefined, parent]);
  expect(session.announcement).toBe("A branch of Old is begun at step 10, and paused.");
});

test("from live there is nothing to branch from", () => {
  hear(fresh);
  sent.length = 0;
  branchFromReview(session);
  expect(sent).toEqual([]);
});

test("a run that diverged branches from its last sound moment with half of the rates it had there", () => {
  session.open({ id: "old" });
  hear(takenUp, {
    type: "flipped",
    event: { images: 400, step: 25, key: "learningRateG", from: config.learningRateG, to: 1 },
  });
  hear({ type: "diverged", step: 26, tensor: "D/x", good: { step: 24, images: 384, eventsMade: 1 } });
  expect(session.fault).toMatchObject({
    message: "Training diverged at step 26.",
    good: { step: 24, eventsMade: 1 },
  });
  expect(session.fault?.remedy).toContain("First non-finite value: D/x. Last good state: step 24.");
  const before = settingsAfter(1, session.running!, session.history.events);
  session.branch(session.fault!.good!, { learningRateG: before.learningRateG / 2 });
  expect(sent.at(-1)).toMatchObject({
    at: { step: 24, eventsMade: 1 },
    changes: [{ key: "learningRateG", value: config.learningRateG / 2 }],
  });
});

test("a lost GPU is told, and what it cost", () => {
  hear(fresh, { type: "training" });
  hear({ type: "recovering", notice: { message: "The GPU was reset.", remedy: "" } });
  expect([session.keeping.recovering?.message, session.status]).toEqual(["The GPU was reset.", "training"]);
  expect(session.announcement).toBe("The GPU was reset.");
  hear({ type: "recovered", step: 80, redone: 50 });
  expect([session.keeping.recovering, session.keeping.recovered?.redone]).toEqual([undefined, 50]);
  expect(session.announcement).toBe("The GPU is back. 50 steps were redone.");
  session.keeping.dismiss("recovered");
  expect(session.keeping.unread("recovered")).toBeUndefined();
});

test("a GPU that is lost too often ends the run, not what is kept of it", () => {
  hear(fresh, { type: "recovering", notice: { message: "Reset.", remedy: "" } });
  hear({ type: "failed", during: "training", error: refused, live: false, lost: true });
  expect([session.status, session.fault?.kind, session.keeping.recovering]).toEqual([
    "failed",
    "lost",
    undefined,
  ]);
  session.open({ id: "fresh" }, "wasm");
  expect(sent.at(-1)).toMatchObject({ type: "open", engine: "wasm" });
});
