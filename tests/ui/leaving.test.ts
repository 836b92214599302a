// Leaving a run for another: what the page says and does where that is refused.

import { beforeEach, expect, test } from "vitest";
import { Session } from "../../src/ui/session.svelte.ts";
import { type Command, defaults, type Report } from "../../src/worker/protocol.ts";

let sent: Command[];
let session: Session;
const hear = (...reports: Report[]) => reports.forEach((report) => session.receive(report));

beforeEach(() => {
  sent = [];
  session = new Session(
    (command) => sent.push(command),
    () => {},
  );
  session.start();
});

const fresh: Report = {
  type: "started",
  run: { id: "fresh", name: "Fresh" },
  config: defaults,
  planned: [],
  channels: 1,
  columns: 8,
};
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
