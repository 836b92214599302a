// The commands that end in another run being live, and what the page says while it waits for that.

import type { Command } from "../worker/protocol.ts";
import type { Session } from "./session.svelte.ts";

export type Begin = Extract<Command, { type: "start" | "open" | "branch" }>;

export const waitFor: Readonly<Record<Begin["type"], string>> = {
  start: "Setting up the run",
  open: "Opening the run",
  branch: "Going back to that moment",
};

/** Branches from the moment under review, if there is one. */
export function branchFromReview(session: Session): void {
  const { reviewed } = session.history;
  if (reviewed && session.hasPast) session.branch(reviewed);
}

/** Goes back to the run that was to be branched from. */
export function cancelBranch(session: Session): void {
  const { card } = session.keeping;
  if (card) session.open({ id: card.id });
}
