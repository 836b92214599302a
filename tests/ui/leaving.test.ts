// Leaving a run for another: what the page says and does where that is refused.

import { beforeEach, expect, test } from "vitest";
import { page, startedWith } from "./page.ts";

let { session, sent, hear } = page();
beforeEach(() => {
  ({ session, sent, hear } = page());
  session.start();
});

const fresh = startedWith();
const refused = { name: "Trouble", message: "No.", remedy: "Wait." };

test("a run that stands still while another is refused does not seem to train", () => {
  hear(fresh, { type: "training" });
  session.open({ id: "nothing" });
  hear({ type: "paused", because: "asked" });
  hear({ type: "failed", during: "open", error: refused, live: true });
  expect(session.status).toBe("paused");
  session.train();
  expect(sent.at(-1)).toEqual({ type: "train" });
});

test("a run that can't be saved is left only when the person says so", () => {
  hear(fresh);
  session.open({ id: "other" });
  hear({ type: "failed", during: "open", error: refused, live: true, unsaved: true });
  expect([session.status, session.fault?.kind]).toEqual(["paused", "unsaved"]);
  session.beginAnyway();
  expect(sent.at(-1)).toMatchObject({ type: "open", from: { id: "other" }, anyway: true });
});
