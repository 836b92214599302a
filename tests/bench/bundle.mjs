// The bench as plain JavaScript: the race, and the two programs that it starts as processes of their own.

import { bundled } from "../../src/cli/bundle.mjs";

/** The folder of main.mjs, child.mjs and micro.mjs, up to date. */
export function bundleBench() {
  const entries = ["main", "child", "micro"].map((name) => [name, `tests/bench/${name}.ts`]);
  return bundled("bench", Object.fromEntries(entries), ["src", "tests/bench"]);
}
