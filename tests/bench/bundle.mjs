// The bench as plain JavaScript: the race, and the programs that it starts as processes of their own.

import { bundled } from "../../src/cli/launch/bundle.mjs";

/** The folder of main.mjs and of the programs that it starts, up to date. */
export function bundleBench() {
  const entries = { main: "main", child: "child", micro: "micro/webgpu", "micro-wasm": "micro/wasm" };
  const files = Object.entries(entries).map(([name, file]) => [name, `tests/bench/${file}.ts`]);
  return bundled("bench", Object.fromEntries(files), ["src", "tests/bench"]);
}
