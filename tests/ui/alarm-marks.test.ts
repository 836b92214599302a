// Alarms as marks: labels, places on a slider and under each other, and what activating one does.

import { expect, test } from "vitest";
import { groupMarks, labelled, marksOf } from "../../src/ui/alarms/marks.ts";
import { AlarmWatch } from "../../src/ui/alarms/watch.svelte.ts";
import { placeAmong, thumbAt } from "../../src/ui/stage/slider.ts";
import type { Alarm } from "../../src/worker/protocol.ts";

const alarm = (images: number, ended?: number): Alarm => ({
  name: "modes-dropping",
  title: "Modes dropping: fewer kinds than reals",
  rule: "At most 0.70 of them.",
  onset: { images, step: images / 16 },
  sounded: images,
  ended,
  evidence: [],
});

const twins = [
  { side: "A", alarms: [alarm(320, 480), alarm(640)] },
  { side: "B", alarms: [alarm(160)] },
];

test("each run's alarms are numbered, twins' under their letter, and marked where they begin and end", () => {
  expect(labelled(twins).map(({ label }) => label)).toEqual(["B1", "A1", "A2"]);
  expect(labelled([{ ...twins[0]!, side: "" }]).map(({ label }) => label)).toEqual(["1", "2"]);
  const marks = marksOf(twins);
  expect(marks.map(({ label, images, over }) => [label, images, over])).toEqual([
    ["B1", 160, false],
    ["A1", 320, false],
    ["A1", 480, true],
    ["A2", 640, false],
  ]);
  expect(marks.map(({ text }) => text)).toEqual([
    "Alarm B1: Modes dropping, since 160 images",
    "Alarm A1: Modes dropping, from 320 to 480 images",
    "End of alarm A1: Modes dropping, from 320 to 480 images",
    "Alarm A2: Modes dropping, since 640 images",
  ]);
});

test("marks that would lie over each other are one, however many; those outside are left out", () => {
  const many = Array.from({ length: 100 }, (_, i) => alarm(16 * i));
  const groups = groupMarks(marksOf([{ side: "", alarms: many }]), (images) => images / 8, 32);
  expect(groups.map(({ x, marks }) => [x, marks.length])).toEqual(
    [0, 32, 64, 96, 128, 160, 192].map((x) => [x, x === 192 ? 4 : 16]),
  );
  const seen = groupMarks(marksOf(twins), (images) => (images > 400 ? undefined : images), 32);
  expect(seen.flatMap(({ marks }) => marks.map(({ label }) => label))).toEqual(["B1", "A1"]);
});

test("images lie between the moments of a slider, and at its ends where they are outside", () => {
  const moments = [0, 100, 400].map((images) => ({ images }));
  expect([0, 50, 100, 250, 400, 999].map((images) => placeAmong(moments, images))).toEqual([
    0, 0.5, 1, 1.5, 2, 2,
  ]);
  expect(placeAmong([], 5)).toBe(-1);
  expect([thumbAt(0, 2, 116), thumbAt(1, 2, 116), thumbAt(2, 2, 116)]).toEqual([8, 58, 108]);
  expect(thumbAt(0, 0, 116)).toBe(8);
});

test("a mark takes the cursor to its moment and asks for its evidence, each time anew", () => {
  const reviewed: number[] = [];
  const run = {
    censuses: [],
    events: [],
    series: { rows: [] },
    reviewAt: (images: number) => void reviewed.push(images),
  };
  const watch = new AlarmWatch(run, { remembered: undefined });
  const [, onset, end] = marksOf(twins);
  watch.goTo(onset!);
  const { chosen } = watch;
  watch.goTo(onset!);
  expect([watch.chosen, watch.chosen === chosen]).toEqual([{ id: "A modes-dropping 20" }, false]);
  watch.goTo(end!);
  expect(reviewed).toEqual([320, 320, 480]);
});
