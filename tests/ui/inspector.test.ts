// The inspector in the page: what is asked for when, which answers count, and what they come to in words.

import { expect, test } from "vitest";
import { reviewedOf } from "../../src/ui/state/beginning.ts";
import { type FoundOf, Inspection } from "../../src/ui/inspector/inspection.svelte.ts";
import {
  birthdayWords,
  modeLong,
  modeShort,
  nearness,
  pastWords,
  ruleWords,
  seenWords,
} from "../../src/ui/inspector/words.ts";
import type { Command, Found, Frame, Report } from "../../src/worker/protocol.ts";
import { page, startedWith } from "./page.ts";

const found = (cell: number) => ({ type: "sample", cell }) as Found;
const inspected = (id: number, cell: number): Extract<Report, { type: "inspected" }> => ({
  type: "inspected",
  id,
  of: "A",
  found: found(cell),
});

test("a chosen cell is asked for, and only the newest answer counts", () => {
  const sent: Command[] = [];
  const inspection = new Inspection((command) => sent.push(command));
  inspection.choose("A", 3);
  inspection.choose("A", 4);
  expect(sent.map((command) => "what" in command && command.what)).toEqual([found(3), found(4)]);
  inspection.receive(inspected(1, 3));
  expect([inspection.sample, inspection.pending]).toEqual([undefined, "sample"]);
  inspection.receive(inspected(2, 4));
  expect([inspection.sample, inspection.pending]).toEqual([found(4), undefined]);
  inspection.receive({ type: "retracing", id: 1, done: 3, total: 9 }); // of what is not waited for any more
  expect(inspection.retraced).toBeUndefined();
  inspection.goTo(9);
  expect(sent.at(-1)).toEqual({ type: "inspect", id: 3, of: "A", what: { type: "between", from: 4, to: 9 } });
  const notice = { message: "No.", remedy: "Later." };
  inspection.receive({ type: "uninspected", id: 3, notice });
  expect([inspection.notice, inspection.pending]).toEqual([notice, undefined]);
  inspection.close();
  inspection.receive(inspected(3, 4));
  expect([inspection.chosen, inspection.sample]).toEqual([undefined, undefined]);
});

test("of a moment under review its own weights are asked for; another run closes it", () => {
  const { session, sent, hear } = page();
  hear(startedWith());
  const frame = (images: number): Frame => ({
    ...{ images, step: images / 8, resolution: 8, alpha: 1, columns: 8, eventsMade: 1, events: [] },
    png: new Blob(),
  });
  hear({ type: "frame", frame: frame(80) }, { type: "frame", frame: frame(160) });
  session.history.review(0);
  sent.length = 0;
  const { inspection } = session.showing;
  inspection.choose("A", 3, reviewedOf(session, "A"));
  const at = { step: 10, eventsMade: 1, exactly: false };
  expect(sent).toEqual([{ type: "inspect", id: 2, of: "A", what: { type: "sample", cell: 3 }, at }]);
  expect([inspection.isAt(frame(80)), inspection.isAt(frame(160)), inspection.isAt()]).toEqual([
    true,
    false,
    false,
  ]);
  hear({ type: "retracing", id: 2, done: 3, total: 10 });
  expect(inspection.retraced).toMatchObject({ done: 3, total: 10 });
  hear(inspected(2, 3));
  inspection.pairUp(); // of the same moment
  inspection.again(frame(80), true);
  inspection.again();
  expect(sent.slice(1)).toMatchObject([
    { what: { type: "pairs" }, at },
    { what: { type: "sample", cell: 3 }, at: { ...at, exactly: true } },
    { what: { type: "sample", cell: 3 }, at: undefined },
  ]);
  expect([inspection.retraced, inspection.isAt()]).toEqual([undefined, true]);
  hear(startedWith());
  expect(inspection.chosen).toBeUndefined();
});

test("a mode is told with how near the image comes to it, or why it is not known", () => {
  const nearest = { mode: "red square", measure: "distance", value: 0.123, limit: 0.4 } as const;
  expect(modeLong({ mode: "red square", nearest })).toBe(
    "red square (distance 0.123 to red square, accepted up to 0.4)",
  );
  expect(modeShort({ rejected: "blend", nearest })).toBe("rejected: a blend of two modes");
  expect(modeLong({ rejected: "broken" })).toBe("rejected: not finite");
  const likely = { ...nearest, mode: "7", measure: "likelihood", value: 0.31, limit: 0.5 } as const;
  expect(modeLong({ rejected: "stray", nearest: likely })).toBe(
    "rejected: like no mode (likelihood 0.31 of 7, accepted from 0.5)",
  );
  expect([modeShort({ untold: "Why." }), modeLong({ untold: "Why." })]).toEqual(["not known", "Why."]);
});

test("what was looked at is named", () => {
  const seen = { images: 12_800, step: 1_600, alpha: 1, weights: "average", behind: 0 } as const;
  expect(seenWords(seen)).toMatch(/^EMA of G at 12.800 images, step 1.600$/);
  const past = (asKept?: boolean) => pastWords({ ...(found(0) as FoundOf<"sample">), asKept });
  expect(past()).toMatch(/by the same steps\.$/);
  expect(past(true)).toMatch(/by the same steps: they draw the very picture that the grid has\.$/);
  expect(past(false)).toContain("draw another picture than the grid has");
});

test("nearness is told against that of reals", () => {
  const typical = { nearer: 0.3, low: 0.1, probes: 128 };
  expect(nearness(0, typical)).toContain("a copy of a real");
  expect(nearness(0.05, typical)).toContain("may be learnt by heart");
  expect(nearness(0.2, typical)).toContain("30 % of reals are nearer");
});

test("the birthday test says what it found, by which rule", () => {
  expect(birthdayWords("Fakes", { samples: 256, duplicates: 0, atLeast: 10_981.2 })).toMatch(
    /^Fakes: no two of 256 are alike\. Of 10.981 equally likely pictures or fewer, 95 of 100/,
  );
  expect(birthdayWords("Fakes", { samples: 3, duplicates: 3, even: 2, support: 1 })).toBe(
    "Fakes: 3 of 3 pairs are alike: it is one picture.",
  );
  expect(birthdayWords("Reals", { samples: 256, duplicates: 1, even: 181, support: 23_600 })).toMatch(
    /^Reals: 1 of 32.640 pairs is alike\. An even chance of two alike takes 181 samples, as of about 23.600/,
  );
  const rule = { radius: 0.1, batches: 7, samples: 256 } as Parameters<typeof ruleWords>[0];
  expect(ruleWords({ ...rule, by: "reals" })).toContain("in 1 of 8 batches");
  expect(ruleWords({ ...rule, by: "level" })).toContain("one of 256 levels");
});
