// A run with other settings, that waits for a person's word where it would take the place of one that has seen images.

import {
  checkValue,
  type Config,
  type Key,
  type PlannedFlip,
  type PlannedTwin,
  type Value,
} from "../../worker/protocol.ts";
import type { Session } from "./session.svelte.ts";

export class Proposal {
  /** The run that is being asked about. */
  proposed = $state.raw<{
    draft: Config;
    preset: string;
    planned: readonly PlannedFlip[];
    twin: PlannedTwin | undefined;
  }>();

  constructor(private readonly session: Session) {}

  /** Makes a new run with other settings; asks first if that would end a run that has seen images. */
  propose(
    change: Partial<Config>,
    preset = this.session.preset,
    planned: readonly PlannedFlip[] = this.session.plan.next,
    twin = planned === this.session.plan.next ? this.session.plan.nextTwin : undefined,
  ): void {
    const { draft, images, status } = this.session;
    this.proposed = { draft: { ...draft, ...change }, preset, planned, twin };
    if (images === 0 || status === "failed") this.accept();
  }

  /**
   * The same for one setting.
   * @throws Trouble when the setting takes no such value
   */
  proposeSetting(key: Key, value: Value): void {
    this.propose({ [key]: checkValue(key, value) });
  }

  accept(): void {
    if (!this.proposed) return;
    const { draft, preset, planned, twin } = this.proposed;
    this.session.preset = preset;
    [this.session.plan.next, this.session.plan.nextTwin] = [planned, twin];
    this.session.startWith(draft);
  }

  decline(): void {
    this.proposed = undefined;
  }
}
