// Changes that a run makes by itself once so many images were shown, as long as they are still to come.

import {
  batchAt,
  type Command,
  type Config,
  type FlipEvent,
  type PlannedFlip,
  type PlannedTwin,
  type Progress,
} from "../../worker/protocol.ts";

export class Plan {
  /** What this run has yet to make. */
  coming = $state.raw<readonly PlannedFlip[]>([]);
  /** What a new run is given: the same, unless a link brings others. */
  next = $state.raw<readonly PlannedFlip[]>([]);
  /** The twin that this run has yet to fork off, and the one that a new run is given. */
  twin = $state.raw<PlannedTwin>();
  nextTwin = $state.raw<PlannedTwin>();

  /** @param send takes commands to the worker */
  constructor(private readonly send: (command: Command) => void) {}

  /** A run was set up with `next`, or taken up with changes and a twin of its own still to come. */
  begin(own?: readonly PlannedFlip[], twin?: PlannedTwin): void {
    if (own) [this.next, this.nextTwin] = [own, twin];
    [this.coming, this.twin] = [this.next, this.nextTwin];
  }

  made(event: FlipEvent): void {
    this.#keep(({ images, key, to }) => images > event.images || key !== event.key || to !== event.to);
  }

  /** A change to what is so already makes no event. It is past once a step was begun at its images. */
  passed({ images, stage }: Progress, config: Config): void {
    const step = Math.max(batchAt(stage.resolution, config), batchAt(stage.resolution / 2, config));
    this.#keep((change) => change.images > images - step);
  }

  /** There is a twin. */
  forked(): void {
    if (this.nextTwin === this.twin) this.nextTwin = undefined;
    this.twin = undefined;
  }

  /** Neither this run nor a new one makes what is still to come. */
  forget(): void {
    this.coming = this.next = [];
    this.twin = this.nextTwin = undefined;
    this.send({ type: "plan", planned: [] });
  }

  #keep(isToCome: (change: PlannedFlip) => boolean): void {
    const same = this.next === this.coming;
    if (!this.coming.every(isToCome)) this.coming = this.coming.filter(isToCome);
    if (same) this.next = this.coming;
  }
}
