// Alarms as they are shown: in words, with their evidence, rendered without a browser; and found as a run is measured.

import { render } from "svelte/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import Alarms from "../../src/ui/alarms/Alarms.svelte";
import {
  calibrationOf,
  causeOf,
  countedAs,
  falseAlarmsOf,
  measuredOf,
  realOf,
  spanOf,
} from "../../src/ui/alarms/words.ts";
import { type Alarm, type TestedCensus, defaults, presets, type Report } from "../../src/worker/protocol.ts";
import { page, startedWith } from "./page.ts";

const alarm: Alarm = {
  name: "modes-dropping",
  title: "Modes dropping: fewer kinds than reals",
  rule: "At most 0.70 of them.",
  onset: { images: 19_200, step: 1200 },
  well: 17_600,
  sounded: 22_400,
  lastEvent: { images: 16_000, step: 1000, key: "minibatchStddev", from: true, to: false },
  falseAlarms: { hits: 1, of: 20, low: 0.009, high: 0.236 },
  evidence: [
    {
      images: 19_200,
      step: 1200,
      measured: "modes covered",
      value: 9,
      bound: 11.2,
      weights: "average",
      samples: 1024,
      real: { low: 16, median: 16, high: 16 },
    },
  ],
};

const space = "\u202f";

test("an alarm says since when, after what, and how far it is to be trusted", () => {
  expect(spanOf(alarm)).toBe(`since 19${space}200 images (still well at 17${space}600)`);
  expect(spanOf({ ...alarm, well: undefined, ended: 32_000 })).toBe(
    `from 19${space}200 to 32${space}000 images`,
  );
  expect(causeOf(alarm)).toMatch(/^Last change before: .+ on → off at 16.000 images\.$/);
  expect(causeOf({ ...alarm, lastEvent: undefined })).toBe("No setting had been changed before.");
  const rate = `in 1 of 20 healthy runs of 32${space}000 images (95 % interval 1 to 24\u00a0%)`;
  expect(falseAlarmsOf(alarm, true)).toContain(rate);
  expect(falseAlarmsOf(alarm, false)).toContain("not known");
  expect(falseAlarmsOf({ ...alarm, falseAlarms: undefined }, true)).toContain("not known");
  expect(measuredOf(alarm)).toBe(`Modes covered: 9, bound 11.2; real data 16 (1${space}024 samples).`);
  expect(realOf({ ...alarm.evidence[0]!, real: undefined })).toBe("–");
});

test("the list holds the evidence beside its bound and what real data scores, and a way to the onset", () => {
  const runs = [
    { side: "A", alarms: [] },
    { side: "B", alarms: [alarm] },
  ];
  const props = { runs, calibration: { text: "Measured.", holds: true }, onseek: () => {} };
  const { body } = render(Alarms, { props });
  const text = body
    .replaceAll(/<!--.*?-->/g, "")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");
  expect(text).toContain("1 on, 0 over");
  expect(text).toContain("◆B1 B: Modes dropping");
  expect(text).toContain("9 11.2 16");
  expect(body).toContain('aria-label="Go to onset of B: Modes dropping"');
  expect(render(Alarms, { props: { ...props, runs: [] } }).body).toContain("none");
});

test("where a run is unlike those of the calibration, that is said", () => {
  const every = (apart: number, samples: number) =>
    countedAs([1, 2, 3].map((i) => ({ images: i * apart, samples })));
  for (const samples of [512, 1_024])
    expect(calibrationOf([presets.quick!], every(3_200, samples))).toMatchObject({ holds: true });
  expect(calibrationOf([presets.quick!], countedAs([]))).toMatchObject({ holds: true });
  const longer = { ...every(3_200, 512), shown: 32_016 };
  for (const [config, counted] of [
    [{ ...presets.quick!, stepsD: 3 }, every(3_200, 512)],
    [presets.quick!, longer],
  ] as const)
    expect(calibrationOf([config], counted)).toMatchObject({ holds: false });
  const { text, holds } = calibrationOf([presets.quick!, defaults], every(9_600, 256));
  expect(holds).toBe(false);
  expect(text).toContain("Data digits, not shapes-16");
  expect(text).toContain(
    `256 samples a census, not 1${space}024 and 512; censuses 9${space}600 images apart`,
  );
  expect(text).toContain("not known");
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const always = (value: number) => ({ low: value, median: value, high: value });
const band = { covered: always(16), distance: always(1), within: always(1) };

/** A census in which `modes` of 16 have samples, at `step`. */
function census(step: number, modes: number, more: Partial<TestedCensus> = {}): Report & { type: "census" } {
  const counts = Array.from({ length: 16 }, (_, mode) => (mode < modes ? 32 : 0));
  const found = { samples: 512, modes: 16, covered: modes, counts, distance: 1, within: 1, band };
  const rejected = { broken: 0 };
  return {
    ...({ type: "census", images: 16 * step, step, weights: "average" } as const),
    census: { ...found, rejected, ...more } as unknown as TestedCensus,
  };
}

/** Lets time pass until the alarms of what was heard are found. */
async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(2_000);
  await vi.dynamicImportSettled();
}

test("an alarm that sounds is told once, again after it was over, and of a twin with its letter", async () => {
  const { session, hear } = page();
  hear(startedWith(presets.quick!), census(100, 16), census(200, 4));
  await settled();
  expect([session.alarms.ofRun, session.alarms.news]).toEqual([[], ""]); // one census is none
  hear(census(300, 4));
  await settled();
  expect(session.alarms.ofRun.map(({ name, onset }) => [name, onset.step])).toEqual([
    ["modes-dropping", 200],
  ]);
  expect(session.alarms.news).toMatch(/^Alarm. Modes dropping, since 3.200 images. No setting/);

  session.alarms.news = "";
  hear(census(400, 4));
  const compared = { images: 6_400, step: 400, sha256: "3f", equal: true };
  const ofB = { run: { id: "b", name: "B" }, config: presets.quick!, planned: [], eventsMade: 0 };
  hear({ type: "forked", ...ofB, compared });
  await settled();
  expect(session.alarms.ofTwin).toHaveLength(1); // they share that past
  expect(session.alarms.news).toBe("");
  for (const step of [500, 600]) hear(census(step, 16), { type: "twin", report: census(step, 16) });
  await settled();
  expect([session.alarms.on, session.alarms.ofRun[0]!.ended]).toEqual([0, 8_000]);
  for (const step of [700, 800]) hear(census(step, 16), { type: "twin", report: census(step, 4) });
  await settled();
  expect(session.alarms.news).toMatch(/^Alarm. B: Modes dropping, since 11.200 images/);
  expect(session.alarms.ofRun).toHaveLength(1);
  expect(session.alarms.marks.map(({ label, images, over }) => [label, images, over])).toEqual([
    ["A1", 3_200, false],
    ["B1", 3_200, false],
    ["A1", 8_000, true],
    ["B1", 8_000, true],
    ["B2", 11_200, false],
    ["B3", 11_200, false], // modes lost as well: it had held all 16
  ]);

  hear(startedWith());
  await settled();
  const { ofRun, ofTwin, marks, news } = session.alarms;
  expect([ofRun, ofTwin, marks, news]).toEqual([[], [], [], ""]);
});

test("samples that are not finite sound an alarm at once", async () => {
  const { session, hear } = page();
  hear(startedWith(), census(100, 0, { distance: null, within: null, rejected: { broken: 512 } as never }));
  await settled();
  expect(session.alarms.ofRun.map(({ name }) => name)).toEqual(["divergence"]);
});
