// What every command does first: see that Node is new enough, and install the packages that are missing.
// Runs before anything is installed, so it needs nothing but Node.

import childProcess from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

/**
 * The oldest Node that works, when `version` is older than it.
 * @param {string} version e.g. "v20.19.0"
 * @returns {string | undefined}
 */
export function nodeNeeded(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 19) ? undefined : "20.19";
}

/**
 * Whether the packages a lock file asks for are the installed ones. Optional ones may be missing: most are for other systems.
 * @param {Lock} lock package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json, which npm writes when it has installed
 */
export function isInstalled(lock, installed) {
  return Object.entries(lock.packages).every(([place, wanted]) => {
    const got = installed.packages[place];
    return place === "" || (got ? got.version === wanted.version : wanted.optional || wanted.devOptional);
  });
}

/**
 * Makes the machine ready, or ends the process with one sentence on what is missing.
 */
export function prepare() {
  const needed = nodeNeeded(process.version);
  if (needed)
    giveUp(
      `Node.js ${needed} or newer is needed, this is ${process.version}.`,
      "Get it from https://nodejs.org.",
    );

  const lock = readJson("package-lock.json");
  const installed = readJson("node_modules/.package-lock.json");
  if (installed && (!lock || isInstalled(lock, installed))) return;

  console.log("Installing packages ...");
  const { status } = npm([lock ? "ci" : "install", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (status !== 0)
    giveUp(
      `npm could not install the packages (exit code ${status}).`,
      "See npm's words above; is there a network?",
    );
}

/**
 * @param {string} message
 * @param {string} remedy
 * @returns {never}
 */
export function giveUp(message, remedy) {
  console.error(`${message}\n${remedy}`);
  process.exit(1);
}

/** @param {string[]} args */
function npm(args) {
  const options = { cwd: root, stdio: /** @type {const} */ ("inherit") };
  const script = process.env.npm_execpath; // set where npm started us; it runs without a shell on every system
  if (script && path.basename(script) === "npm-cli.js")
    return childProcess.spawnSync(process.execPath, [script, ...args], options);
  return process.platform === "win32"
    ? childProcess.spawnSync(`npm ${args.join(" ")}`, { ...options, shell: true }) // npm is a .cmd there
    : childProcess.spawnSync("npm", args, options);
}

/**
 * @param {string} file
 * @returns {Lock | undefined}
 */
function readJson(file) {
  const place = path.join(root, file);
  return fs.existsSync(place) ? JSON.parse(fs.readFileSync(place, "utf8")) : undefined;
}

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean, devOptional?: boolean }> }} Lock */
