// The built page in dist/: whether it is up to date, and how it is made.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { root } from "./install.mjs";

/** Where the built page is. */
export const dist = path.join(root, "dist");

const sources = [
  "src",
  "public",
  "datasets",
  "index.html",
  "vite.config.ts",
  "package.json",
  "package-lock.json",
];

/** Whether dist/ is newer than everything it was made from. A folder counts too: it changes when a file goes. */
export function isBuilt() {
  const page = path.join(dist, "index.html");
  if (!fs.existsSync(page)) return false;
  const built = fs.statSync(page).mtimeMs;
  return sources
    .map((name) => path.join(root, name))
    .filter((place) => fs.existsSync(place))
    .flatMap((place) => [place, ...(fs.statSync(place).isDirectory() ? inside(place) : [])])
    .every((place) => fs.statSync(place).mtimeMs <= built);
}

/**
 * Builds the page, in a process of its own: NODE_ENV, which a test sets to "test", would build another page.
 * @throws Error when it does not build; Vite has said why
 */
export function build() {
  const vite = path.join(root, "node_modules/vite/bin/vite.js");
  const { status } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production" },
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`the build ended with exit code ${status}`);
}

/** @param {string} folder */
function inside(folder) {
  return fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, String(name)));
}
