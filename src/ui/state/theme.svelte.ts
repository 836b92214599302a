// Light or dark: what the person chose, else what the system asks for.

import { MediaQuery } from "svelte/reactivity";
import { recall, remember } from "./memory.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const systemIsDark = new MediaQuery("prefers-color-scheme: dark");
let chosen = $state<Theme>(themes.find((theme) => theme === recall("theme")) ?? "system");

export const theme = {
  get chosen(): Theme {
    return chosen;
  },
  /** What `data-theme` of the document is to say. */
  get shown(): "light" | "dark" {
    if (chosen !== "system") return chosen;
    return systemIsDark.current ? "dark" : "light";
  },
  choose(next: Theme): void {
    chosen = next;
    remember("theme", next);
  },
};
