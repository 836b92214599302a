// The commands that end in another run being live, and what the page says while it waits for that.

import type { Command } from "../worker/protocol.ts";

export type Begin = Extract<Command, { type: "start" | "open" | "branch" }>;

export const waitFor: Readonly<Record<Begin["type"], string>> = {
  start: "Setting up the run",
  open: "Opening the run",
  branch: "Going back to that moment",
};
