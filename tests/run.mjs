// npm test: everything that must hold, from a checkout with only Node and npm. The last line counts what passed.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import util from "node:util";
import { giveUp, prepare, root } from "../src/cli/launch/install.mjs";
import { findChromium, installChromium, remedy, softwareVulkan } from "./chromium.mjs";

const help = `Runs the checks, the unit tests and the browser tests.

  npm test -- [--only check|unit|browser]…

  --only   run only this part; may be given more than once
           check     types and formatting
           unit      tests without a page
           browser   build, then tests in a real Chromium
  --help   this text

CHROMIUM_PATH names the browser to use, where another than the first one found is wanted.
`;

const parts = ["check", "unit", "browser"];
/** @type {{ name: string, passed: number, failed: number, skipped: number, seconds: number, note?: string }[]} */
const results = [];

const only = readOptions();
prepare();
const chromium = findChromium() ?? (only.includes("browser") ? installChromium() : undefined);

if (only.includes("check")) {
  check("types", "typescript/bin/tsc");
  check("types of src/gan on its own", "typescript/bin/tsc", "-p", "src/gan");
  check("types of the page", "svelte-check/bin/svelte-check", "--fail-on-warnings", "--output", "human");
  check("formatting", "prettier/bin/prettier.cjs", "--check", ".");
}
if (only.includes("unit")) tests("unit", softwareVulkan(chromium));
if (only.includes("browser")) {
  const built = check("build", "vite/bin/vite.js", "build", "--logLevel", "warn");
  if (!built) blocked("there is no page to test");
  else if (!chromium) blocked(`no Chromium found. ${remedy}`);
  else tests("browser", { CHROMIUM_PATH: chromium });
}
summarise();

function readOptions() {
  const options = /** @type {const} */ ({
    only: { type: "string", multiple: true, default: parts },
    help: { type: "boolean", default: false },
  });
  try {
    const { values } = util.parseArgs({ options });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    if (values.only.every((part) => parts.includes(part))) return values.only;
  } catch (error) {
    giveUp(
      `${error instanceof Error ? error.message.split("\n")[0] : error}`,
      "npm test -- --help lists the options.",
    );
  }
  giveUp("--only takes check, unit or browser.", "npm test -- --help says what they are.");
}

/**
 * Runs a tool of node_modules. It counts as one test, and is heard only when it fails.
 * @param {string} name
 * @param {string} script
 * @param {string[]} args
 */
function check(name, script, ...args) {
  const start = Date.now();
  const { status, stdout, stderr } = node(script, args, "pipe");
  const passed = status === 0;
  if (!passed) process.stdout.write(`\n${name}:\n${stdout}${stderr}\n`);
  results.push({
    name,
    passed: Number(passed),
    failed: Number(!passed),
    skipped: 0,
    seconds: secondsSince(start),
  });
  return passed;
}

/**
 * Runs a project of Vitest, and counts its tests from the report it writes.
 * @param {string} project
 * @param {Record<string, string>} env what its tests are told of this machine
 */
function tests(project, env) {
  const start = Date.now();
  const report = path.join(root, "out", "tests", `${project}.json`);
  fs.rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = node("vitest/vitest.mjs", ["run", "--project", project, ...reporters], "inherit", env);
  results.push({ name: `${project} tests`, ...count(report, status === 0), seconds: secondsSince(start) });
}

/**
 * Browser tests that cannot run count as one that failed.
 * @param {string} reason
 */
function blocked(reason) {
  results.push({
    name: "browser tests",
    passed: 0,
    failed: 1,
    skipped: 0,
    seconds: 0,
    note: `not run: ${reason}`,
  });
}

/**
 * Tests by outcome. A file that did not load, or a run that failed beside its tests, counts as one failed.
 * @param {string} report
 * @param {boolean} succeeded
 */
function count(report, succeeded) {
  /** @type {{ status: string, assertionResults: { status: string }[] }[]} */
  const files = fs.existsSync(report) ? JSON.parse(fs.readFileSync(report, "utf8")).testResults : [];
  const outcomes = files.flatMap(({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((test) => test.status === "failed")
      ? [...assertionResults, { status }]
      : assertionResults,
  );
  const passed = outcomes.filter(({ status }) => status === "passed").length;
  const failed = outcomes.filter(({ status }) => status === "failed").length;
  return { passed, failed: failed || Number(!succeeded), skipped: outcomes.length - passed - failed };
}

/**
 * @param {string} script path inside node_modules
 * @param {string[]} args
 * @param {"pipe" | "inherit"} output
 * @param {Record<string, string>} env
 */
function node(script, args, output, env = {}) {
  const file = path.join(root, "node_modules", script);
  return spawnSync(process.execPath, [file, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", output, output],
    maxBuffer: 2 ** 28,
  });
}

/** Prints what ran, and ends the process: 0 only if something ran and nothing failed. */
function summarise() {
  console.log();
  for (const { name, passed, failed, skipped, seconds, note } of results)
    console.log(
      [
        failed > 0 ? "FAILED" : "passed",
        name.padEnd(28),
        `${seconds.toFixed(1)} s`.padStart(8),
        `  ${counts({ passed, failed, skipped })}`,
        note ? `  ${note}` : "",
      ].join(" "),
    );
  const total = (/** @type {"passed" | "failed" | "skipped"} */ key) =>
    results.reduce((sum, result) => sum + result[key], 0);
  const sums = { passed: total("passed"), failed: total("failed"), skipped: total("skipped") };
  console.log(`\n${counts(sums)}`);
  process.exitCode = sums.failed === 0 && sums.passed > 0 ? 0 : 1;
}

/** @param {{ passed: number, failed: number, skipped: number }} sums */
function counts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** @param {number} start */
function secondsSince(start) {
  return (Date.now() - start) / 1000;
}
