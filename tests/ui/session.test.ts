// Every report of the worker, and what it makes of the page's state.

import { expect, test } from "vitest";
import { shortcutFor } from "../../src/ui/keyboard.ts";
import { halfTheRates } from "../../src/ui/words/rescue.ts";
import { defaults, presets, stageAt, type Report } from "../../src/worker/protocol.ts";
import type { Session } from "../../src/ui/state/session.svelte.ts";
import { page, startedWith } from "./page.ts";

/** The same after a run was set up. */
function running() {
  const all = page();
  all.session.start();
  all.hear(started);
  all.sent.length = 0;
  return all;
}

const started = startedWith();
const grid = { pixels: new Uint8Array(4 * 4), count: 1, resolution: 4, channels: 1 } as const;

const progressAt = (images: number): Report => ({
  type: "progress",
  progress: {
    images,
    step: images / 16,
    stage: stageAt(images, defaults),
    stepsPerSec: 20,
    secToNextPhase: 10,
    secToEnd: 100,
    tensors: 300,
    bytes: 1e6,
  },
});

const frameAt = (images: number): Report => ({
  type: "frame",
  frame: {
    images,
    step: images / 16,
    resolution: 4,
    alpha: 1,
    png: new Blob(),
    columns: 8,
    events: [],
    eventsMade: 0,
  },
});

const flipped: Report = {
  type: "flipped",
  event: { images: 320, step: 20, key: "pixelNorm", from: true, to: false },
};

test("a run is set up with the draft, and then stands paused", () => {
  const { session, sent, hear } = page();
  session.start("wasm");
  expect(sent).toEqual([{ type: "start", config: defaults, planned: [], engine: "wasm" }]);
  expect([session.status, session.waiting]).toEqual(["starting", "Setting up the run"]);
  hear({ type: "engine", engine: { name: "wasm", device: "4 threads, SIMD", software: false } }, started);
  expect([session.status, session.running, session.engine?.name]).toEqual(["paused", defaults, "wasm"]);
});

test.each<[Report, Session["status"]]>([
  [{ type: "training" }, "training"],
  [{ type: "paused", because: "asked" }, "paused"],
  [{ type: "paused", because: "finished" }, "finished"],
  [
    {
      type: "diverged",
      step: 8412,
      tensor: "D / b16 / conv1 gradient",
      good: { step: 1, images: 16, eventsMade: 0 },
    },
    "diverged",
  ],
  [{ type: "failed", during: "training", error: { name: "Error", message: "lost" }, live: false }, "failed"],
  [
    { type: "failed", during: "flip", error: { name: "Trouble", message: "no", remedy: "yes" }, live: true },
    "paused",
  ],
  [
    {
      type: "failed",
      during: "export",
      error: { name: "Trouble", message: "no", remedy: "yes" },
      live: true,
    },
    "paused",
  ],
])("%j leaves the run %s", (report, status) => {
  const { session, hear } = running();
  hear(report);
  expect(session.status).toBe(status);
});

test("news of the run before does not end the wait for the next", () => {
  const { session, hear } = running();
  session.start();
  hear({ type: "training" }, { type: "paused", because: "asked" });
  expect(session.status).toBe("starting");
});

test("what the worker shows is what the page shows", () => {
  const { session, hear } = running();
  hear(
    { type: "samples", images: 16, alpha: 1, weights: "raw", grid },
    { type: "reals", images: 16, grid },
    progressAt(16),
  );
  expect(session.showing.samples).toMatchObject({ images: 16, alpha: 1, weights: "raw", grid });
  expect(session.showing.reals).toEqual({ images: 16, grid });
  expect(session.images).toBe(16);
});

test("old samples stay on show until the new run has drawn its own", () => {
  const { session, hear } = running();
  const samples: Report = { type: "samples", images: 0, alpha: 1, weights: "average", grid };
  hear(samples);
  session.start();
  hear(started);
  expect([session.showing.samples !== undefined, session.waiting]).toEqual([true, "Drawing samples"]);
  hear(samples);
  expect(session.waiting).toBeUndefined();
});

test("a flip shows once the worker has made it, in this run and the next", () => {
  const { session, sent, hear } = running();
  session.change("pixelNorm", false);
  expect(sent).toEqual([{ type: "flip", key: "pixelNorm", value: false }]);
  expect([session.settings.pixelNorm, [...session.awaited]]).toEqual([true, ["pixelNorm"]]);
  hear(flipped);
  expect([session.settings.pixelNorm, session.draft.pixelNorm, session.awaited.size]).toEqual([
    false,
    false,
    0,
  ]);
  expect(session.history.events).toEqual([flipped.type === "flipped" && flipped.event]);
  expect(session.pending).toEqual([]);
});

test("a refused flip leaves the setting as it was, and says what to do", () => {
  const { session, hear } = running();
  session.change("pixelNorm", false);
  hear({
    type: "failed",
    during: "flip",
    error: { name: "Trouble", message: "Refused.", remedy: "Wait." },
    live: true,
  });
  expect([session.settings.pixelNorm, session.awaited.size]).toEqual([true, 0]);
  expect(session.fault).toEqual({ kind: "flip", message: "Refused.", remedy: "Wait." });
});

test("a setting of the start waits for a new run, and can be taken back", () => {
  const { session, sent } = running();
  session.change("latent", 32);
  expect([sent, session.settings.latent, session.running?.latent, session.pending]).toEqual([
    [],
    32,
    64,
    ["latent"],
  ]);
  session.discardDraft();
  expect([session.settings.latent, session.pending]).toEqual([64, []]);
});

test("what was flipped while a run is set up is asked of it as soon as it is there", () => {
  const { session, sent, hear } = running();
  session.start();
  session.change("pixelNorm", false);
  hear(started);
  expect(sent.at(-1)).toEqual({ type: "flip", key: "pixelNorm", value: false });
});

test("a value that a setting can't have is refused with the values it takes", () => {
  const { session } = running();
  expect(() => session.change("batch", 0)).toThrow("batch");
  session.change("batch", 18);
  expect(session.draftTrouble?.remedy).toContain("multiple of 4");
});

test("another data set makes a new run at once, unless that would end one that has seen images", () => {
  const { session, sent, hear } = running();
  session.proposal.proposeSetting("data", "shapes-16");
  expect(sent.map(({ type }) => type)).toEqual(["start"]);
  hear({ ...started, config: session.draft }, progressAt(320));

  session.proposal.propose(presets.quick!, "quick");
  expect([sent.length, session.preset, session.proposal.proposed?.preset]).toEqual([1, "browser", "quick"]);
  session.proposal.decline();
  expect([sent.length, session.proposal.proposed]).toEqual([1, undefined]);

  session.proposal.propose(presets.quick!, "quick");
  session.proposal.accept();
  expect([sent.length, session.preset, session.draft]).toEqual([2, "quick", presets.quick]);
});

test("a new run begins with an empty past", () => {
  const { session, hear } = running();
  hear(progressAt(320), frameAt(320), flipped);
  session.history.review(0);
  hear(started);
  const { frames, events, reviewing } = session.history;
  expect([frames, events, reviewing, session.images]).toEqual([[], [], undefined, 0]);
});

test("reviewing stays on its moment while the timeline grows, and ends past the last", () => {
  const { session, hear } = running();
  hear(frameAt(0), frameAt(16), frameAt(32));
  session.history.reviewBy(-1);
  session.history.reviewBy(-1);
  hear(frameAt(48));
  expect([session.history.reviewing, session.history.reviewed?.images]).toEqual([1, 16]);
  session.history.reviewBy(Infinity);
  expect(session.history.reviewing).toBe(3);
  session.history.reviewBy(1);
  expect(session.history.reviewing).toBeUndefined();
});

test("changes of the run and of its twin can be gone through, one after the other", () => {
  const { session, hear } = running();
  const to = (key: string) => {
    shortcutFor({ key, code: key, shiftKey: true, ctrlKey: false, metaKey: false, altKey: false })!.run(
      session,
    );
    return session.history.reviewed?.images;
  };
  hear(frameAt(0), frameAt(160), frameAt(320), frameAt(480));
  expect(to("ArrowLeft")).toBeUndefined(); // there is none: it stays live
  session.history.addEvent({ images: 176, step: 11, key: "augment", from: false, to: true });
  session.twins.history.addEvent({ images: 320, step: 20, key: "augment", from: false, to: true });
  expect([to("ArrowLeft"), to("ArrowLeft"), to("ArrowLeft")]).toEqual([320, 160, 160]);
  expect([to("ArrowRight"), to("ArrowRight")]).toEqual([320, 320]);
});

test("divergence names the step and the first tensor, and offers half the learning rates", () => {
  const { session, sent, hear } = running();
  hear({
    type: "diverged",
    step: 8412,
    tensor: "D / b16 / conv1 gradient",
    good: { step: 1, images: 16, eventsMade: 0 },
  });
  expect(session.fault?.message).toBe("Training diverged at step 8\u202f412.");
  expect(session.fault?.remedy).toContain("First non-finite value: D / b16 / conv1 gradient.");
  session.startWith(halfTheRates(session.draft));
  expect(sent.at(-1)).toMatchObject({
    type: "start",
    config: { learningRateG: defaults.learningRateG / 2, learningRateD: defaults.learningRateD / 2 },
  });
});

test("a bug keeps its stack, a fault that can be put right does not need it", () => {
  const { session, hear } = running();
  hear({
    type: "failed",
    during: "step",
    error: { name: "TypeError", message: "x", stack: "at y" },
    live: false,
  });
  expect(session.fault).toMatchObject({ kind: "training", message: "TypeError: x", stack: "at y" });
});

test("an export is followed until its file is there, or it is cancelled", () => {
  const { session, sent, saved, hear } = running();
  session.exports.start({ type: "stats" });
  session.exports.start({ type: "samples", weights: "raw", count: 9, seed: 3 });
  hear({ type: "exporting", id: 2, done: 3, total: 9 });
  expect(session.exports.jobs).toMatchObject([
    { id: 1, total: 0 },
    { id: 2, done: 3, total: 9 },
  ]);
  hear({ type: "exported", id: 1, name: "stats.jsonl", file: new Blob() });
  session.exports.cancel(2);
  expect(sent.at(-1)).toEqual({ type: "cancel", id: 2 });
  hear({ type: "cancelled", id: 2 });
  expect([session.exports.jobs, saved]).toEqual([[], ["stats.jsonl"]]);
});

test("more images in total let a finished run go on", () => {
  const { session, sent, hear } = running();
  hear(progressAt(200_000), { type: "paused", because: "finished" });
  hear({
    type: "flipped",
    event: { images: 200_000, step: 12_500, key: "images", from: 200_000, to: 300_000 },
  });
  session.train();
  expect(sent).toEqual([{ type: "train" }]);
});
