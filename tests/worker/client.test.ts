// The page's half of the line to the worker: what is sent, what arrives, and what a broken worker looks like.

import { expect, test } from "vitest";
import { connect } from "../../src/worker/client.ts";
import type { Report } from "../../src/worker/protocol.ts";

/** A worker that is only its port: what the page posts, and what it hears. */
function line() {
  const port = new EventTarget();
  const sent: unknown[] = [];
  const heard: Report[] = [];
  const worker = Object.assign(port, { postMessage: (message: unknown) => sent.push(message) });
  const client = connect((report) => heard.push(report), worker as unknown as Worker);
  return { client, port, sent, heard };
}

test("commands go out and reports come in as they are", () => {
  const { client, port, sent, heard } = line();
  client.send({ type: "step", count: 10 });
  port.dispatchEvent(new MessageEvent("message", { data: { type: "training" } }));
  expect(sent).toEqual([{ type: "step", count: 10 }]);
  expect(heard).toEqual([{ type: "training" }]);
});

test.each([
  ["that throws", Object.assign(new Event("error"), { message: "x is not defined" }), "x is not defined"],
  ["that can't be loaded", new Event("error"), "The training worker could not be loaded."],
  [
    "whose message can't be read",
    new Event("messageerror"),
    "A message of the training worker could not be read.",
  ],
])("a worker %s is a failure with a remedy", (_, event, message) => {
  const { port, heard } = line();
  port.dispatchEvent(event);
  expect(heard).toEqual([
    {
      type: "failed",
      during: "training",
      error: { name: "Error", message, remedy: expect.any(String) },
      live: false,
    },
  ]);
});
