// Data that comes from outside: what it is not said to be, it is refused for, in one sentence.

import { Trouble } from "./errors.ts";

export const anotherCopy = "Use another copy of the file, or the version of the program that made it.";

/** Checks of values, each under its name. What does not fit is refused with a Trouble. */
export interface Guards {
  refuse: (what: string, got: unknown, expected: string) => never;
  whole: (what: string, value: unknown) => number;
  list: (what: string, value: unknown) => unknown[];
  record: (what: string, value: unknown) => Record<string, unknown>;
}

/** Checks of values under their names in `thing`, such as "checkpoint": what does not fit is refused with a Trouble. */
export function guards(thing: string, remedy: string): Guards {
  const refuse = (what: string, got: unknown, expected: string): never => {
    throw new Trouble(`This ${thing} is damaged: ${what} is ${inWords(got)}, not ${expected}.`, remedy);
  };
  return {
    refuse,
    whole: (what: string, value: unknown): number =>
      Number.isSafeInteger(value) && (value as number) >= 0
        ? (value as number)
        : refuse(what, value, "a whole number"),
    list: (what: string, value: unknown): unknown[] =>
      Array.isArray(value) ? value : refuse(what, value, "a list"),
    record: (what: string, value: unknown): Record<string, unknown> => {
      const fits = typeof value === "object" && value !== null && !Array.isArray(value);
      return fits ? (value as Record<string, unknown>) : refuse(what, value, "an object");
    },
  };
}

export const ofCheckpoint = guards("checkpoint", anotherCopy);
export const { whole, list, record } = ofCheckpoint;
export function refuse(what: string, got: unknown, expected: string): never {
  return ofCheckpoint.refuse(what, got, expected);
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
