// Changes made while a run goes on. They are kept with it, drawn on its charts, and can be replayed.

import type { Key, Value } from "./settings.ts";

/** A setting that changed: when, and from what to what. */
export interface FlipEvent {
  /** Images shown, and steps done, when it changed. */
  images: number;
  step: number;
  key: Key;
  from: Value;
  to: Value;
}

/** A change to make as soon as `images` have been shown. */
export interface PlannedFlip {
  images: number;
  key: Key;
  to: Value;
}
