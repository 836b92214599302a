// npm run soak: what takes too long for npm test. Long use of one page, and many kills of the browser.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { giveUp, prepare, root } from "../src/cli/launch/install.mjs";
import { findChromium, installChromium, remedy } from "./chromium.mjs";

if (process.argv.includes("--help")) {
  process.stdout
    .write(`Trains 10,000 steps in one page and prints what they leave behind, then kills the browser 100 times.

  npm run soak

STEPS and KILLS change how many; CHROMIUM_PATH names the browser.
`);
  process.exit(0);
}
prepare();
const chromium = findChromium() ?? installChromium() ?? giveUp("No Chromium was found.", remedy);

const failed = [
  vitest(["--project", "soak"], {}),
  vitest(["--project", "browser", "tests/browser/kill.test.ts"], { KILLS: process.env.KILLS ?? "100" }),
].some((status) => status !== 0);
process.exitCode = failed ? 1 : 0;

/**
 * @param {string[]} args
 * @param {Record<string, string>} env
 */
function vitest(args, env) {
  const file = path.join(root, "node_modules/vitest/vitest.mjs");
  const { status } = spawnSync(process.execPath, [file, "run", ...args], {
    cwd: root,
    env: { ...process.env, CHROMIUM_PATH: chromium, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return status;
}
