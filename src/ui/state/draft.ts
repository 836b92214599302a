// The settings of the next run: which of them only it can have, and what keeps them from being run.

import {
  checkConfig,
  type Config,
  type Key,
  keys,
  type Notice,
  presets,
  rules,
  Trouble,
} from "../../worker/protocol.ts";

/** Whether only a new run can change the setting. */
export const isAtStart = (key: Key): boolean => rules[key].when === "start";

/** The settings that only a new run can change. */
export function atStart(config: Config): Partial<Config> {
  return Object.fromEntries(keys.filter(isAtStart).map((key) => [key, config[key]]));
}

/** What keeps these settings from being run, if anything does. */
export function troubleOf(draft: Config): Notice | undefined {
  try {
    checkConfig({ ...draft });
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
