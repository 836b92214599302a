// What the keys do. Single keys act on the run only while no control wants them, and can be switched off.

import { branchFromReview } from "./state/beginning.ts";
import type { Session } from "./state/session.svelte.ts";

export interface Shortcut {
  /** As shown to people. */
  keys: string;
  does: string;
  matches: (press: Press) => boolean;
  run: (session: Session) => void;
}

/** As much of a KeyboardEvent as decides. */
export type Press = Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">;

const key =
  (...names: string[]) =>
  (press: Press) =>
    !press.shiftKey && names.includes(press.key.toLowerCase());
const shifted =
  (name: string) =>
  ({ key, shiftKey }: Press) =>
    shiftKey && key.toLowerCase() === name;

/** To the change before or after, of the run or of its twin. */
const toChange = ({ history, twins }: Session, direction: 1 | -1) =>
  history.reviewChange(direction, [...history.events, ...twins.history.events]);

export const shortcuts: readonly Shortcut[] = [
  { keys: "Space, K", does: "Train or pause", matches: key(" ", "k"), run: (session) => session.toggle() },
  { keys: ".", does: "One step", matches: key("."), run: (session) => session.step(1) },
  {
    keys: "⇧ .",
    does: "Train to the next tick",
    // The code, since the character that Shift makes of it differs between layouts.
    matches: ({ code, shiftKey }) => shiftKey && code === "Period",
    run: (session) => session.step("tick"),
  },
  {
    keys: "←",
    does: "Moment before",
    matches: key("arrowleft"),
    run: (session) => session.history.reviewBy(-1),
  },
  {
    keys: "→",
    does: "Moment after",
    matches: key("arrowright"),
    run: (session) => session.history.reviewBy(1),
  },
  {
    keys: "⇧ ←",
    does: "Change before",
    matches: shifted("arrowleft"),
    run: (session) => toChange(session, -1),
  },
  {
    keys: "⇧ →",
    does: "Change after",
    matches: shifted("arrowright"),
    run: (session) => toChange(session, 1),
  },
  {
    keys: "Home",
    does: "First moment",
    matches: key("home"),
    run: (session) => session.history.reviewBy(-Infinity),
  },
  {
    keys: "End",
    does: "Last moment",
    matches: key("end"),
    run: (session) => session.history.reviewBy(Infinity),
  },
  { keys: "L", does: "Back to live", matches: key("l"), run: (session) => session.history.review(undefined) },
  {
    keys: "E",
    does: "Average G (EMA) or raw G",
    matches: key("e"),
    run: ({ showing }) => showing.show(showing.weights === "raw" ? "average" : "raw"),
  },
  {
    keys: "B",
    does: "Branch from the moment under review",
    matches: key("b"),
    run: (session) => branchFromReview(session),
  },
  {
    keys: "T",
    does: "Fork into twins",
    matches: key("t"),
    run: ({ twins, live, running }) => live && twins.forkAsChosen(running),
  },
];

export const asksForHelp = (press: Press): boolean => press.key === "?" && !modified(press);

/** The shortcut for a key press, if there is one. */
export function shortcutFor(press: Press): Shortcut | undefined {
  return modified(press) ? undefined : shortcuts.find(({ matches }) => matches(press));
}

const moves = ["arrowleft", "arrowright", "arrowup", "arrowdown", "home", "end", "pageup", "pagedown"];

/** Whether the focused element wants this key for itself: text fields any, sliders those that move them, buttons the space bar. */
export function isWanted(press: Press, target: EventTarget | null): boolean {
  const element = target as Partial<Element> | null; // the window has no `closest`
  const within = (selector: string) => Boolean(element?.closest?.(selector));
  if (within("dialog, textarea, select, [contenteditable], input:not([type=checkbox], [type=range])"))
    return true;
  if (within("[type=range]")) return moves.includes(press.key.toLowerCase());
  return press.key === " " && within("input, button, summary, a");
}

const modified = ({ ctrlKey, metaKey, altKey }: Press): boolean => ctrlKey || metaKey || altKey;
