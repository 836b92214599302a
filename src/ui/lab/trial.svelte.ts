// An experiment being made to happen here: what is said to the worker, and when, until the runs go by themselves.

import type { Command, Config, Report } from "../../worker/protocol.ts";
import { controls } from "../controls.ts";
import { count, settingValue } from "../format.ts";
import type { Experiment } from "./experiment.ts";

export class Trial {
  /**
   * What is waited for: the run to be set up, the steps to the fork to be taken, the twin to be there. `held`: a person
   * has paused it on the way, and goes on with it later.
   */
  #stage = $state<"setting up" | "stepping" | "held" | "resuming" | "forking" | "over">("setting up");
  #step = 0;

  /** What is to come, in a sentence. */
  said = $derived.by(() => {
    const { twin } = this.experiment;
    if (!twin || this.#stage === "setting up" || this.#stage === "over") return undefined;
    const changes = twin.changes.map(({ key, to }) => `${controls[key].label} ${settingValue(to)}`);
    return `At step ${count(twin.step)} a twin is forked off, with ${changes.join(" and ") || "nothing changed"}.`;
  });

  /**
   * @param experiment whose run was asked for
   * @param send takes commands to the worker
   */
  constructor(
    readonly experiment: Experiment,
    private readonly send: (command: Command) => void,
  ) {}

  /** The worker's news. Of another run there is none to wait for: the trial is over. */
  hear(report: Report): void {
    if (this.#stage === "over") return;
    if (report.type === "started") this.#begin(report.config, report.past !== undefined);
    else if (this.#stage === "setting up") return;
    else if (report.type === "progress") this.#step = report.progress.step;
    else if (report.type === "training" && this.#stage === "held") {
      // To the very step of the fork, and no further.
      this.#stage = "resuming";
      this.send({ type: "pause" });
    } else if (report.type === "paused") this.#pause();
    else if (report.type === "forked" || report.type === "diverged") this.#finish(report.type === "forked");
    else if (report.type === "failed" && report.during === "fork") this.#stage = "over";
  }

  #begin(config: Config, goesOn: boolean): void {
    const isOurs = this.#stage === "setting up" && !goesOn && same(config, this.experiment.config);
    if (!isOurs) this.#stage = "over";
    else if (this.experiment.twin) this.#approach();
    else this.#finish(true);
  }

  /** Takes the steps that are left to the fork; forks if there are none. */
  #approach(): void {
    const { step, changes } = this.experiment.twin!;
    const left = step - this.#step;
    if (left > 0) {
      this.#stage = "stepping";
      this.send({ type: "step", count: left });
    } else {
      this.#stage = left === 0 ? "forking" : "over";
      if (left === 0)
        this.send({ type: "fork", changes: changes.map(({ key, to: value }) => ({ key, value })) });
    }
  }

  #pause(): void {
    if (this.#stage === "resuming") this.#approach();
    else if (this.#stage === "stepping") {
      if (this.#step < this.experiment.twin!.step) this.#stage = "held";
      else this.#approach();
    }
  }

  #finish(goes: boolean): void {
    this.#stage = "over";
    if (goes) this.send({ type: "train" });
  }
}

const same = (a: Config, b: Config) => JSON.stringify(a) === JSON.stringify(b);
