// Data that comes from outside: what it is not said to be, it is refused for, in one sentence.

import { Trouble } from "./errors.ts";

export const anotherCopy = "Use another copy of the file, or the version of the program that made it.";

export function whole(what: string, value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuse(what, value, "a whole number");
}

export function list(what: string, value: unknown): unknown[] {
  return Array.isArray(value) ? value : refuse(what, value, "a list");
}

export function record(what: string, value: unknown): Record<string, unknown> {
  const fits = typeof value === "object" && value !== null && !Array.isArray(value);
  return fits ? (value as Record<string, unknown>) : refuse(what, value, "an object");
}

export function refuse(what: string, got: unknown, expected: string): never {
  throw new Trouble(`This checkpoint is damaged: ${what} is ${inWords(got)}, not ${expected}.`, anotherCopy);
}

/** A value in a few words, whatever it is. */
export function inWords(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? quoted(value) : String(value);
}

/** What a value is called that lies under `name` in `what`. */
export const fieldOf = (what: string, name: string): string =>
  /^\w{1,40}$/.test(name) ? `${what}.${name}` : `${what}[${quoted(name)}]`;

/** The beginning of a word in quotes, with nothing in it that a terminal or a page would take for more than letters. */
export const quoted = (word: string, length = 40): string =>
  JSON.stringify(word.slice(0, length).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd"));
