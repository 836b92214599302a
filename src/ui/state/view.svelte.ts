// Which of its two views the page shows: recorded experiments, or the playground with a run of one's own.

import { keepsRuns } from "../../worker/client.ts";
import type { Trial } from "../lab/trial.ts";

export type ViewName = "lab" | "playground";

/** What decides where a visit begins. */
export interface Arrival {
  /** The address from its # on. */
  fragment: string;
  /** An engine was asked for in the address, so somebody wants to train. */
  engineAsked: boolean;
  /** Runs of earlier visits wait to be gone on with. */
  keepsRuns: () => Promise<boolean>;
}

const mark = /^#lab(?:=([\w-]{1,80}))?$/;

/** The fragment of an experiment. */
export const labFragment = (name?: string): string => (name ? `#lab=${name}` : "#lab");

/** A newcomer first sees a recorded experiment; who brings a run, a link or a wish for an engine is at the playground. */
export async function firstView({ fragment, engineAsked, keepsRuns }: Arrival): Promise<ViewName> {
  if (mark.test(fragment)) return "lab";
  if (fragment.length > 1 || engineAsked || (await keepsRuns())) return "playground";
  return "lab";
}

export class View {
  shown = $state<ViewName>();
  /** The experiment that the address names. */
  experiment = $state<string>();
  /** The one that is being made to happen here. */
  trial = $state.raw<Trial>();

  /** The view that the address says; without a word of it, the one that a newcomer or a returning person wants. */
  async arrive(place: Pick<Location, "hash" | "search">): Promise<ViewName> {
    const engineAsked = new URLSearchParams(place.search).has("engine");
    this.experiment = mark.exec(place.hash)?.[1];
    this.shown = await firstView({ fragment: place.hash, engineAsked, keepsRuns });
    if (this.shown === "lab") history.replaceState(null, "", labFragment(this.experiment));
    return this.shown;
  }

  /** The address has changed, by a link or the browser's buttons. */
  follow({ hash }: Pick<Location, "hash">): ViewName {
    this.experiment = mark.exec(hash)?.[1];
    return (this.shown = mark.test(hash) ? "lab" : "playground");
  }

  /** Leaves the lab. The browser's back button returns to it. */
  toPlayground(): void {
    if (mark.test(location.hash)) history.pushState(null, "", location.pathname + location.search);
    this.shown = "playground";
  }

  toLab(): void {
    history.pushState(null, "", labFragment(this.experiment));
    this.shown = "lab";
  }

  /** The address says which experiment is shown. */
  name(experiment: string): void {
    this.experiment = experiment;
    history.replaceState(null, "", labFragment(experiment));
  }
}
