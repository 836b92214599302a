// The settings of the next run: which of them only it can have, and what keeps them from being run.

import { type Config, keys, type Notice, presets, rules, Trouble } from "../worker/protocol.ts";

/** The settings that only a new run can change. */
export function atStart(config: Config): Partial<Config> {
  return Object.fromEntries(
    keys.filter((key) => rules[key].when === "start").map((key) => [key, config[key]]),
  );
}

/** What `check` refuses, if it does. */
export function troubleOf(check: () => void): Notice | undefined {
  try {
    check();
  } catch (error) {
    if (error instanceof Trouble) return { message: error.message, remedy: error.remedy };
    throw error;
  }
  return undefined;
}

/** The preset that a run of unknown origin has most settings of. */
export function nearestPreset(config: Config): string {
  const shared = (preset: Config) => keys.filter((key) => preset[key] === config[key]).length;
  const [first] = Object.entries(presets).toSorted(([, a], [, b]) => shared(b) - shared(a));
  return first![0];
}
