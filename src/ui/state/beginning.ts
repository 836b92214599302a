// The commands that end in another run being live, and what the page says while it waits for that.

import type { Command, Frame, Side } from "../../worker/protocol.ts";
import type { Session } from "./session.svelte.ts";

export type Begin = Extract<Command, { type: "start" | "open" | "branch" }>;

export const waitFor: Readonly<Record<Begin["type"], string>> = {
  start: "Setting up the run",
  open: "Opening the run",
  branch: "Going back to that moment",
};

/** The moment under review, of one of a pair; without a word of it, of A. */
export function reviewedOf({ history, twins }: Session, of?: Side): Frame | undefined {
  return of === "B" ? twins.frameAt(history.reviewed) : history.reviewed;
}

/** Branches from the moment under review, if there is one. @param of which of a pair; without a word of it, A */
export function branchFromReview(session: Session, of?: Side): void {
  const moment = reviewedOf(session, of);
  if (moment && session.hasPast) session.branch(moment, {}, of);
}

/** The ways to branch: of each run of a pair, or of the one there is. */
export function branchesOf(session: Session): { label: string; act: () => void }[] {
  if (!session.twins.card) return [{ label: "Branch from here", act: () => branchFromReview(session) }];
  return (["A", "B"] as const).map((side) => ({
    label: `Branch ${side} from here`,
    act: () => branchFromReview(session, side),
  }));
}

/** Goes back to the run that was to be branched from. */
export function cancelBranch(session: Session): void {
  const { card } = session.keeping;
  if (card) session.open({ id: card.id });
}
