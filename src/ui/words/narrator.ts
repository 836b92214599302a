// What a screen reader hears while a run goes on: every event, and now and then where the run stands.

import type { Progress, Report, Verdict } from "../../worker/protocol.ts";
import { controls } from "./controls.ts";
import { count, number, settingValue } from "./format.ts";
import type { History } from "../state/history.svelte.ts";
import type { Session } from "../state/session.svelte.ts";

/** Seconds of silence between two sentences that no event asks for. */
const quietMs = 15_000;

interface Scene {
  progress?: Progress | undefined;
  history: Pick<History, "series" | "events">;
  beginning: Session["beginning"];
}

export class Narrator {
  #lastMs = -Infinity;
  /** What was said last of a save that failed. */
  #unsaved: string | undefined;

  /** The sentence to say after `report`, if any. */
  tell(report: Report, scene: Scene, nowMs = performance.now()): string | undefined {
    const event = this.#safetySentence(report) ?? eventSentence(report, scene);
    const due = report.type === "progress" && nowMs - this.#lastMs >= quietMs;
    const sentence = event ?? (due ? whereItStands(scene) : undefined);
    if (sentence) this.#lastMs = nowMs;
    return sentence;
  }

  /** Saves are told only where one failed, and once they succeed again. */
  #safetySentence(report: Report): string | undefined {
    const before = this.#unsaved;
    if (report.type === "unsaved") this.#unsaved = `Not saved. ${report.notice.message}`;
    if (report.type === "saved" || report.type === "started") this.#unsaved = undefined;
    if (this.#unsaved) return this.#unsaved === before ? undefined : this.#unsaved;
    return before && report.type === "saved" ? "The run is saved again." : undefined;
  }
}

function eventSentence(report: Report, { history, beginning }: Scene): string | undefined {
  switch (report.type) {
    case "forked":
      if (report.taken)
        return `Twins A and B go on from their fork at ${count(report.compared.images)} images.`;
      return `Forked into A and B. They are identical at ${count(report.compared.images)} images, which was checked.`;
    case "levelled":
      return report.done
        ? `${report.side} was saved earlier. ${count(report.steps)} ${report.steps === 1 ? "step was" : "steps were"} taken again.`
        : undefined;
    case "alone":
      return report.notice
        ? `${report.notice.message} ${report.notice.remedy}`
        : "A goes on alone. B waits in Runs.";
    case "compared":
      return report.compared.equal
        ? undefined
        : "A and B are not identical, although nothing sets them apart.";
    case "twin":
      return report.report.type === "flipped" ? `B: ${changeSentence(report.report)}` : undefined;
    case "started":
      return begun(report, beginning);
    case "verified":
      return verdictSentence(report.verdict);
    case "recovering":
      return report.notice.message;
    case "recovered":
      return `The GPU is back. ${count(report.redone)} steps were redone.`;
    case "training":
      return "Training.";
    case "paused":
      return report.because === "finished" ? "All images were shown. The run is finished." : "Paused.";
    case "flipped":
      return `Event ${history.events.length}: ${changeSentence(report)}`;
    case "exported":
      return `Saved ${report.name}.`;
    case "cancelled":
      return "Export cancelled.";
    default:
      return undefined; // Faults are alerts of their own.
  }
}

const changeSentence = ({ event: { key, to, images } }: Extract<Report, { type: "flipped" }>): string =>
  `${controls[key].label} ${settingValue(to)}, at ${count(images)} images.`;

function begun({ run }: Extract<Report, { type: "started" }>, beginning: Scene["beginning"]): string {
  if (beginning === "open") return `Run ${run.name} is continued, and paused.`;
  if (beginning === "branch" && run.parent)
    return `A branch of ${run.parent.name} is begun at step ${count(run.parent.step)}, and paused.`;
  if (run.parent) return `B goes on alone, and is paused. ${run.parent.name} waits in Runs.`;
  return "The run is set up and paused.";
}

function verdictSentence({ kind, because }: Verdict): string {
  const said: Record<Verdict["kind"], string> = {
    exact: "Resumed exactly.",
    differs: `Not resumed exactly: ${because.join("; ")}.`,
    unchecked: "Resumed. There is nothing to check it with.",
  };
  return said[kind];
}

function whereItStands({ progress, history }: Scene): string | undefined {
  if (!progress || progress.images === 0) return undefined;
  const { resolution, alpha, fading } = progress.stage;
  const fade = fading ? `, fading in, ${Math.round(alpha * 100)} percent` : "";
  const place = `${count(progress.images)} images, ${resolution} by ${resolution}${fade}.`;

  const { scoreReal, scoreFake } = history.series.rows.at(-1)?.stats ?? {};
  if (!scoreReal || !scoreFake) return place;
  return `${place} D scores: real ${spoken(scoreReal.mean)}, fake ${spoken(scoreFake.mean)}.`;
}

const spoken = (value: number): string => number(value).replace("-", "minus ");
