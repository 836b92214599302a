// An experiment being made to happen here: its run is trained as soon as it is set up.

import type { Command, Config, Report } from "../../worker/protocol.ts";
import type { Experiment } from "./experiment.ts";

export class Trial {
  #waiting = true;

  /**
   * @param experiment whose run was asked for
   * @param send takes commands to the worker
   */
  constructor(
    readonly experiment: Experiment,
    private readonly send: (command: Command) => void,
  ) {}

  /** The worker's news. Another run is none of the experiment's business. */
  hear(report: Report): void {
    if (!this.#waiting || report.type !== "started") return;
    this.#waiting = false;
    if (!report.past && same(report.config, this.experiment.config)) this.send({ type: "train" });
  }
}

const same = (a: Config, b: Config) => JSON.stringify(a) === JSON.stringify(b);
