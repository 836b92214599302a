// What metrics say of samples of one moment of a run, as they come in one by one.

import type { Measured, Notice, Report, Weights } from "../../worker/protocol.ts";

/** The answers of one moment. */
export interface Measurement {
  images: number;
  step: number;
  weights: Weights;
  answers: readonly Measured[];
  /** Metrics that have not answered yet. */
  left: number;
}

export class Measures {
  taken = $state.raw<Measurement>();
  /** Why nothing could be measured. */
  fault = $state.raw<Notice>();

  hear({ images, step, weights, left, measured, notice }: Extract<Report, { type: "measured" }>): void {
    this.fault = notice;
    if (!measured) return;
    const goesOn = this.taken?.step === step && this.taken.left > left;
    this.taken = {
      ...{ images, step, weights, left },
      answers: [...(goesOn ? this.taken!.answers : []), measured],
    };
  }

  /** Another run is shown. */
  begin(): void {
    [this.taken, this.fault] = [undefined, undefined];
  }
}
