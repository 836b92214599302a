// What the keys do in the lab. They move the one cursor, and change nothing.

import type { Press } from "../keyboard.ts";
import type { Lab } from "./lab.svelte.ts";

/** What a press does, if anything. */
export function shortcutOf(press: Press, { player, marks }: Lab): (() => void) | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey) return undefined;
  const places = marks.map(({ images }) => images);
  switch (press.key) {
    case " ":
    case "k":
      return () => player.toggle();
    case "ArrowLeft":
      return () => (press.shiftKey ? player.seekMark(places, -1) : player.seek(player.at - 1));
    case "ArrowRight":
      return () => (press.shiftKey ? player.seekMark(places, 1) : player.seek(player.at + 1));
    case "Home":
      return () => player.seek(0);
    case "End":
      return () => player.seek(Infinity);
    default:
      return undefined;
  }
}
