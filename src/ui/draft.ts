// The settings of the next run: which of them only it can have, and what keeps them from being run.

import { type Config, keys, type Notice, rules, Trouble } from "../worker/protocol.ts";

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
