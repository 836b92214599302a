// A share link in the page: whose run it makes, what it is told of, and that the page's own link is the run's recipe.

import { describe, expect, test } from "vitest";
import { OpenedLink } from "../../src/ui/state/openedLink.svelte.ts";
import { recipeOf } from "../../src/ui/state/recipe.ts";
import {
  type Config,
  type PlannedFlip,
  presets,
  type Report,
  stageAt,
  writeLink,
} from "../../src/worker/protocol.ts";
import { page as sessionPage, startedWith } from "./page.ts";

const config: Config = { ...presets.quick!, seed: 9, batch: 8 };
const off: PlannedFlip = { images: 2_000, key: "minibatchStddev", to: false };
const on: PlannedFlip = { images: 5_200, key: "minibatchStddev", to: true };
const recipe = { preset: "quick", config, planned: [off, on] };

/** A page, and what becomes of links that are opened in it. */
function page() {
  const all = sessionPage("wasm");
  return { ...all, link: new OpenedLink(all.session.proposal) };
}

/** The same with the run of the recipe set up. */
function opened() {
  const all = page();
  all.link.open(writeLink(recipe));
  all.hear(started);
  return all;
}

const started: Report = { ...startedWith(config), channels: 3 };

const progressAt = (images: number): Report => ({
  type: "progress",
  progress: {
    images,
    step: images / 8,
    stage: stageAt(images, config),
    stepsPerSec: 20,
    secToNextPhase: 10,
    secToEnd: 100,
    tensors: 300,
    bytes: 1e6,
  },
});

const flipped = (images: number, key: PlannedFlip["key"], to: PlannedFlip["to"]): Report => ({
  type: "flipped",
  event: { images, step: images / 8, key, from: !to, to },
});

test("a link makes its run at once: its settings, its preset and its changes", () => {
  const { session, sent, link } = page();
  expect(link.open(writeLink(recipe))).toBe(true);
  expect(sent).toEqual([{ type: "start", config, planned: [off, on], engine: "wasm" }]);
  expect([session.preset, session.draft, link.notice]).toEqual(["quick", config, undefined]);
});

test("what is no link does nothing, and a run without one has no changes to come", () => {
  const { session, sent, link } = page();
  expect([link.open(""), link.open("#stage"), sent]).toEqual([false, false, []]);
  session.start();
  expect(sent).toMatchObject([{ type: "start", planned: [] }]);
});

test("what was changed in a link is told until it is closed", () => {
  const { session, link } = page();
  link.open("#v=1&preset=quick&batch=9000&fun=1");
  expect(session.draft).toEqual({ ...presets.quick, batch: 512 });
  expect(link.notice).toMatchObject({
    message: "Not all of this link could be taken as it is.",
    lines: ["batch 9000 was too large and became 512.", "There is no setting “fun”, so it was left out."],
  });
  link.dismiss();
  expect(link.notice).toBeUndefined();
});

test("a refused link says why, and leaves the page as it is", () => {
  const { session, sent, link } = opened();
  expect(link.open("#v=x")).toBe(false);
  expect(link.notice?.message).toContain("This link is damaged");
  expect([sent.length, session.draft]).toEqual([1, config]);
});

test("a link that comes while a run goes on asks before it ends that run", () => {
  const { session, sent, hear, link } = opened();
  hear(progressAt(80));
  const other = { preset: "browser", config: presets.browser!, planned: [] };
  link.open(writeLink(other));
  expect([sent.length, session.proposal.proposed?.preset, session.plan.coming]).toEqual([
    1,
    "browser",
    [off, on],
  ]);
  session.proposal.decline();
  expect([session.draft, session.plan.next]).toEqual([config, [off, on]]);

  link.open(writeLink(other));
  session.proposal.accept();
  expect(sent.at(-1)).toMatchObject({ type: "start", config: presets.browser, planned: [] });
});

test("changes to come are those that were not made yet, for this run and a new one", () => {
  const { session, sent, hear } = opened();
  hear(progressAt(2_000));
  expect(session.plan.coming).toEqual([off, on]);
  hear(flipped(2_000, "minibatchStddev", false));
  expect(session.plan.coming).toEqual([on]);
  session.start();
  expect(sent.at(-1)).toMatchObject({ type: "start", planned: [on] });
});

test("a change to what is so already is past after a step at its images", () => {
  const { session, hear } = opened();
  hear(flipped(800, "minibatchStddev", false), progressAt(2_000));
  expect(session.plan.coming).toEqual([off, on]);
  hear(progressAt(2_008));
  expect(session.plan.coming).toEqual([on]);
});

test("forgotten changes are made by neither this run nor the next", () => {
  const { session, sent } = opened();
  session.plan.forget();
  expect([session.plan.coming, sent.at(-1)]).toEqual([[], { type: "plan", planned: [] }]);
  session.start();
  expect(sent.at(-1)).toMatchObject({ type: "start", planned: [] });
});

test("a link that could not start leaves the run its changes", () => {
  const { session, hear, link } = opened();
  link.open(writeLink({ ...recipe, planned: [] }));
  const error = { name: "Trouble", message: "No data.", remedy: "Wait." };
  hear({ type: "failed", during: "start", error, live: true });
  expect([session.status, session.plan.coming]).toEqual(["paused", [off, on]]);
});

test("the recipe of a run is how it began, all changes since, and those to come", () => {
  const { session, hear } = opened();
  expect(recipeOf(session)).toEqual(recipe);
  hear(flipped(400, "pixelNorm", false), progressAt(1_999), flipped(2_000, "minibatchStddev", false));
  session.change("latent", 16); // waits for a new run
  expect(recipeOf(session)).toEqual({
    ...recipe,
    planned: [{ images: 400, key: "pixelNorm", to: false }, off, on],
  });
});

describe("of twins", () => {
  const twin = {
    images: 800,
    planned: [{ images: 800, key: "r1Gamma", to: 0 } as const, { ...on, to: false }],
  };
  const run = { id: "two", name: "Two" };
  const compared = { images: 800, step: 100, sha256: "a".repeat(64), equal: true };
  const forked = {
    type: "forked",
    run,
    config,
    planned: twin.planned,
    compared,
    eventsMade: 1,
  } satisfies Report;
  const ofB = (report: Extract<Report, { type: "flipped" }>): Report => ({ type: "twin", report });

  test("a link with a twin starts it, and keeps it until it is there", () => {
    const { session, sent, link, hear } = page();
    link.open(writeLink({ ...recipe, twin }));
    expect(sent).toEqual([{ type: "start", config, planned: [off, on], twin, engine: "wasm" }]);
    hear(started);
    expect(recipeOf(session)).toEqual({ ...recipe, twin });
    session.plan.forget();
    expect(recipeOf(session).twin).toBeUndefined();
  });

  test("the state of a pair at the fork is shared, and compared by whoever comes there", () => {
    const paired = {
      ...run,
      pair: { ...compared, side: "B" as const, other: "one", eventsMade: 0, engine: "wasm" },
    };
    const sharer = page();
    sharer.link.open(writeLink(recipe));
    sharer.hear(started, { ...forked, run: paired, eventsMade: 0 });
    const shared = recipeOf(sharer.session);
    expect(shared.twin!.sender).toBe("wasm:aaaaaaaa");

    const { session, sent, link, hear } = page();
    link.open(writeLink(shared));
    expect(sent).toMatchObject([{ twin: { images: 800, sender: "wasm:aaaaaaaa" } }]);
    hear(started);
    expect(recipeOf(session).twin).not.toHaveProperty("sender"); // it may be changed before it comes there
    hear({
      ...forked,
      run: { ...paired, pair: { ...paired.pair, engine: "webgpu", sender: "wasm:aaaaaaaa" as const } },
      eventsMade: 0,
    });
    expect([session.twins.sender, session.twins.state]).toEqual(["wasm:aaaaaaaa", "webgpu:aaaaaaaa"]);
    expect(recipeOf(session).twin!.sender).toBe("webgpu:aaaaaaaa");
    hear({ type: "alone" });
    expect([session.twins.sender, session.twins.state]).toEqual([undefined, undefined]);

    // A change that both made at the very image of the fork would be made after it.
    hear(started, flipped(800, "pixelNorm", false), { ...forked, run: paired });
    expect(recipeOf(session).twin).not.toHaveProperty("sender");
  });

  test("a run that is continued brings its own twin to come, and none where it has none", () => {
    const { session, hear } = page();
    const past = { rows: [], ticks: [], open: [], censuses: [], frames: [], events: [] };
    hear({ ...started, planned: [off], twin, past });
    expect(recipeOf(session)).toMatchObject({ planned: [off], twin });
    hear({ ...started, past });
    expect(recipeOf(session)).toMatchObject({ planned: [], twin: undefined });
  });

  test("the recipe of a pair says what B did and is to do, the switch put back among it", () => {
    const { session, link, hear } = page();
    link.open(writeLink({ ...recipe, twin }));
    hear(started, flipped(800, "pixelNorm", false), forked);
    const [cut] = twin.planned;
    hear(ofB({ type: "flipped", event: { ...cut!, step: 100, from: 1 } }));
    hear(ofB({ type: "flipped", event: { ...cut!, images: 1_600, step: 200, from: 0, to: 1 } }));
    const both = { images: 800, key: "pixelNorm", to: false } as const; // made before the fork, at its image
    expect(recipeOf(session)).toEqual({
      ...recipe,
      planned: [both, off, on],
      twin: { images: 800, planned: [both, cut, { ...cut, images: 1_600, to: 1 }, twin.planned[1]] },
    });
    hear({ type: "alone" });
    expect(recipeOf(session).twin).toBeUndefined();
  });
});

test("where no run was set up, the recipe is that of the next", () => {
  const { session, link } = page();
  link.open(writeLink(recipe));
  session.change("latent", 16);
  expect(recipeOf(session)).toEqual({ ...recipe, config: { ...config, latent: 16 } });
});
