// What a screen reader hears while a run goes on: every event, and now and then where the run stands.

import type { Progress, Report } from "../worker/protocol.ts";
import { controls } from "./controls.ts";
import { count, number, settingValue } from "./format.ts";
import type { History } from "./history.svelte.ts";

/** Seconds of silence between two sentences that no event asks for. */
const quietMs = 15_000;

interface Scene {
  progress?: Progress | undefined;
  history: Pick<History, "series" | "events">;
}

export class Narrator {
  #lastMs = -Infinity;

  /** The sentence to say after `report`, if any. */
  tell(report: Report, scene: Scene, nowMs = performance.now()): string | undefined {
    const event = eventSentence(report, scene);
    const due = report.type === "progress" && nowMs - this.#lastMs >= quietMs;
    const sentence = event ?? (due ? whereItStands(scene) : undefined);
    if (sentence) this.#lastMs = nowMs;
    return sentence;
  }
}

function eventSentence(report: Report, { history }: Scene): string | undefined {
  switch (report.type) {
    case "started":
      return "The run is set up and paused.";
    case "training":
      return "Training.";
    case "paused":
      return report.because === "finished" ? "All images were shown. The run is finished." : "Paused.";
    case "flipped": {
      const { key, to, images } = report.event;
      return `Event ${history.events.length}: ${controls[key].label} ${settingValue(to)}, at ${count(images)} images.`;
    }
    case "exported":
      return `Saved ${report.name}.`;
    case "cancelled":
      return "Export cancelled.";
    default:
      return undefined; // Faults are alerts of their own.
  }
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
