// How safe the run is and whether it is the same run, in the words of the status strip.

import type { Verdict } from "../../worker/protocol.ts";
import { ago, count } from "./format.ts";
import type { Keeping } from "../state/keeping.svelte.ts";

export interface Said {
  tone: "good" | "warn" | "none";
  text: string;
  /** More of it, where there is room. */
  detail?: string;
}

/** Whether the run would survive if the page were closed at `now`. */
export function safetyOf(
  { unsaved, storage, saved }: Pick<Keeping, "unsaved" | "storage" | "saved">,
  now: number,
): Said {
  if (unsaved) return { tone: "warn", text: `Not saved. ${unsaved.message}`, detail: unsaved.remedy };
  if (storage?.kind === "memory")
    return { tone: "warn", text: "Kept in memory only", detail: storage.why?.message };
  if (!saved) return { tone: "none", text: "Not saved yet" };
  const seconds = Math.max(0, now - saved.at.getTime()) / 1000;
  return { tone: "good", text: `Saved at step ${count(saved.step)}, ${ago(seconds)}` };
}

/** Whether a run that was taken up goes on as it would have. Undefined of any other run. */
export function checkOf({ checking, verdict }: Pick<Keeping, "checking" | "verdict">): Said | undefined {
  if (checking) return { tone: "none", text: "Checking that the run goes on exactly…" };
  if (!verdict) return undefined;
  const { kind, steps, because } = verdict;
  const hash = `sha256 ${verdict.state.slice(0, 4)}…`;
  const said: Record<Verdict["kind"], Said> = {
    exact: { tone: "good", text: "Resumed exactly", detail: `${hash}, ${count(steps)} steps taken again` },
    differs: { tone: "warn", text: "Not resumed exactly", detail: because.join("; ") },
    unchecked: { tone: "none", text: "Resumed, with nothing to check it with", detail: hash },
  };
  return said[kind];
}
