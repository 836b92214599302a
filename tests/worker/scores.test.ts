// D's scores of each moment of the timeline: of all samples that its picture shows, and of twins alike.

import { afterEach, beforeEach, expect, test } from "vitest";
import type { Frame } from "../../src/worker/protocol.ts";
import { connect, tiny } from "./page.ts";

let page: ReturnType<typeof connect>;

beforeEach(() => {
  page = connect();
});
afterEach(() => page.close());

const sum = (counts: readonly number[] = []) => counts.reduce((total, n) => total + n, 0);
const ofB = (): Frame[] => page.seenOfB("frame").map(({ frame }) => frame);

test("each moment has the scores of 64 fakes and 64 reals, and equal twins have equal ones", async () => {
  await page.start(tiny);
  await page.step(2);
  page.send({ type: "fork", changes: [] });
  await page.next("forked");
  await page.step(3); // the fifth step ends a tick
  const frames = page.seen("frame").map(({ frame }) => frame);
  expect(frames.map(({ step }) => step)).toEqual([0, 1, 2, 4, 5]);
  for (const { scores } of frames)
    expect([sum(scores?.reals), sum(scores?.fakes), scores?.reals.length]).toEqual([64, 64, 24]);
  expect(ofB().at(-1)!.step).toBe(5);
  expect(ofB().at(-1)!.scores).toEqual(frames.at(-1)!.scores);
});
