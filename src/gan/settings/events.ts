// Changes made while a run goes on. They are kept with it, drawn on its charts, and can be replayed.

import { type Key, settingText, type Value } from "./settings.ts";

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

/** A twin to fork off as soon as `images` have been shown: the changes it makes from there on, in place of the run's own. */
export interface PlannedTwin {
  images: number;
  planned: readonly PlannedFlip[];
  /** The state that the run it was shared from was in at the fork. */
  sender?: ForkState;
}

/** A state as a link tells of it: the engine that came to it, and the first digits of its hash. */
export type ForkState = `${"webgpu" | "wasm"}:${string}`;

/** Digits of a hash that are shown and passed on: 32 bits. */
const shownDigits = 8;

export const shortHash = (sha256: string): string => sha256.slice(0, shownDigits);

/** Whether it is such a state, e.g. "wasm:1a2b3c4d". */
export const isForkState = (value: unknown): value is ForkState =>
  typeof value === "string" && /^(webgpu|wasm):[0-9a-f]{8}$/.test(value);

/** A change as a person writes it, e.g. "8000:minibatchStddev=off". */
export const changeText = ({ images, key, to }: PlannedFlip): string => `${images}:${key}=${settingText(to)}`;

/** The parts of such a text, or undefined where it names no moment, or no setting and value. */
export function splitChange(text: string): { images: number; name: string; value: string } | undefined {
  const [images, change] = splitAt(text, ":") ?? [];
  const [name, value] = splitAt(change ?? "", "=") ?? [];
  if (images === undefined || !/^\d{1,15}$/.test(images) || name === undefined || value === undefined)
    return undefined;
  return { images: Number(images), name, value };
}

/** What is before and after the first `mark`, or undefined where there is none or nothing before it. */
export function splitAt(text: string, mark: string): [string, string] | undefined {
  const at = text.indexOf(mark);
  const before = text.slice(0, Math.max(0, at)).trim();
  return before === "" ? undefined : [before, text.slice(at + mark.length)];
}
