// Alarms as they are shown: in words, with their evidence, rendered without a browser.

import { render } from "svelte/server";
import { expect, test } from "vitest";
import Alarms from "../../src/ui/lab/Alarms.svelte";
import { causeOf, falseAlarmsOf, realOf, spanOf } from "../../src/ui/lab/alarmWords.ts";
import type { Alarm } from "../../src/worker/protocol.ts";

const alarm: Alarm = {
  name: "modes-dropping",
  title: "Modes dropping",
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
  expect(falseAlarmsOf(alarm)).toContain("in 1 of 20 healthy runs (95 % interval 1 to 24 %)");
  expect(falseAlarmsOf({ ...alarm, falseAlarms: undefined })).toContain("not measured");
  expect(realOf({ ...alarm.evidence[0]!, real: undefined })).toBe("–");
});

test("the list holds the evidence beside its bound and what real data scores, and a way to the onset", () => {
  const runs = [
    { side: "A", alarms: [] },
    { side: "B", alarms: [alarm] },
  ];
  const { body } = render(Alarms, { props: { runs, onseek: () => {} } });
  const text = body
    .replaceAll(/<!--.*?-->/g, "")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");
  expect(text).toContain("1 on, 0 over");
  expect(text).toContain("B: Modes dropping");
  expect(text).toContain("9 11.2 16");
  expect(body).toContain('aria-label="Go to the onset of B: Modes dropping"');
  expect(render(Alarms, { props: { runs: [], onseek: () => {} } }).body).toContain("none");
});
