// The share link that the page was opened with: makes its run, and holds what there is to say about it.

import { type Notice, readLink, Trouble } from "../../worker/protocol.ts";
import type { Proposal } from "./proposal.svelte.ts";

export class OpenedLink {
  /** Why a link was refused, or what of it was changed or left out. */
  notice = $state.raw<Notice & { lines: readonly string[] }>();

  constructor(private readonly proposal: Pick<Proposal, "propose">) {}

  /**
   * Proposes the run of a link.
   * @param fragment of the page's address, whatever it is
   * @returns whether it was a link, and not refused
   */
  open(fragment: string): boolean {
    try {
      const recipe = readLink(fragment);
      if (!recipe) return false;
      this.notice = told(recipe.notices);
      this.proposal.propose(recipe.config, recipe.preset, recipe.planned, recipe.twin);
      return true;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.notice = { message: error.message, remedy: error.remedy, lines: [] };
      return false;
    }
  }

  dismiss(): void {
    this.notice = undefined;
  }
}

function told(lines: readonly string[]): OpenedLink["notice"] {
  if (lines.length === 0) return undefined;
  return {
    message: "Not all of this link could be taken as it is.",
    remedy: "Everything else is as the link says.",
    lines,
  };
}
