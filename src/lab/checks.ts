// What every file of the lab is checked with when it is read: it comes over a network, and may be cut or stale.

import { guards } from "../gan/untrusted.ts";

export const checks = guards(
  "recording",
  "Reload the page; if that does not help, make the recording again with npm run record.",
);
export type Checks = typeof checks;

/** A finite number. */
export function finite(what: string, value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : checks.refuse(what, value, "a number");
}

/** A text of some length at most. */
export function text(what: string, value: unknown, most = 400): string {
  return typeof value === "string" && value.length <= most
    ? value
    : checks.refuse(what, value, `a text of up to ${most} characters`);
}
