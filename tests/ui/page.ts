// The page's session without a page: what it sends and saves is listed, and a test tells it what the worker says.

import "../../src/ui/alarms/find.ts"; // loaded on demand: here at once, as no test waits for it
import { Session } from "../../src/ui/state/session.svelte.ts";
import {
  type Command,
  type Config,
  defaults,
  type EngineChoice,
  type Report,
} from "../../src/worker/protocol.ts";

/** A session with lists of what it sent and saved. */
export function page(engine?: EngineChoice) {
  const sent: Command[] = [];
  const saved: string[] = [];
  const session = new Session(
    (command) => sent.push(command),
    (name) => saved.push(name),
    engine,
  );
  const hear = (...reports: Report[]) => reports.forEach((report) => session.receive(report));
  return { session, sent, saved, hear };
}

/** A run was set up that has no past. */
export function startedWith(config: Config = defaults) {
  const run = { id: "one", name: "One" };
  return { type: "started", run, config, planned: [], channels: 1, columns: 8 } satisfies Report;
}
