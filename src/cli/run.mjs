// npm run train and its like: bundles a command of src/cli when its sources changed, and runs it.
// Plain Node, so that it works before anything is installed.

import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { prepare, root } from "./install.mjs";

const folder = path.join(root, "src", "cli");
const cache = path.join(root, "node_modules", ".cache", "pggan");

const [command, ...args] = process.argv.slice(2);
try {
  if (command === "--help") process.stdout.write(`${usage()}\n`);
  else await run(command);
  await flushed(process.stdout);
  process.exit(); // A GPU that was opened would keep Node alive.
} catch (error) {
  const trouble = error instanceof Error && "remedy" in error;
  console.error(trouble ? `${error.message}\n${error.remedy}` : error);
  process.exit(1);
}

/** @param {string | undefined} name */
async function run(name) {
  if (name === undefined || !commands().includes(name)) {
    const message = name === undefined ? "No command was named." : `There is no command "${name}".`;
    throw Object.assign(new Error(message), { remedy: usage() });
  }
  prepare();
  const bundle = pathToFileURL(path.join(await bundled(name), "main.mjs"));
  const { main } = await import(bundle.href);
  await main(args);
}

/** Files of this folder that export a main function. */
function commands() {
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .filter((file) => /^export async function main\(/m.test(fs.readFileSync(path.join(folder, file), "utf8")))
    .map((file) => path.basename(file, ".ts"));
}

function usage() {
  const list = commands().map((name) => `  npm run ${name} -- --help`);
  return ["The commands are:", ...list].join("\n");
}

/**
 * The folder of an up-to-date bundle of a command. Its name tells the sources it was made from.
 * @param {string} name
 */
async function bundled(name) {
  const place = path.join(cache, `${name}-${digestOfSources()}`);
  if (fs.existsSync(place)) return place;
  forgetOldBundles();

  // Another process may be building the same bundle: each builds its own, and the first to finish names it.
  const draft = `${place}.${process.pid}`;
  await bundle(name, draft);
  try {
    fs.renameSync(draft, place);
  } catch (error) {
    fs.rmSync(draft, { recursive: true });
    if (!fs.existsSync(place)) throw error;
  }
  return place;
}

/**
 * Joins a command and all it imports into plain JavaScript. tfjs must be in it: as packages Node can't load its
 * parts, and would mix two builds of it.
 * @param {string} name
 * @param {string} outDir
 */
async function bundle(name, outDir) {
  const vite = await import("vite");
  await vite.build({
    root,
    configFile: false, // it is the page's
    logLevel: "error",
    publicDir: false,
    ssr: { noExternal: true, external: ["webgpu"] },
    define: { __dirname: "import.meta.dirname" }, // the WASM loader of tfjs is CommonJS
    build: {
      ssr: path.join(folder, `${name}.ts`),
      outDir,
      emptyOutDir: true,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: "main.mjs", chunkFileNames: "[name]-[hash].mjs" } },
    },
  });
}

/** A name for everything a bundle is made from. */
function digestOfSources() {
  const hash = crypto.createHash("sha256");
  const src = path.join(root, "src");
  const files = fs
    .readdirSync(src, { recursive: true })
    .map((name) => path.join(src, String(name)))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.startsWith(path.join(src, "ui")));
  for (const file of [...files.sort(), path.join(root, "package-lock.json")])
    hash.update(`${file}\0`).update(fs.readFileSync(file)).update("\0");
  return hash.digest("hex").slice(0, 16);
}

/** Each change to the sources makes another bundle. Young ones stay: a command that runs may still load parts of them. */
function forgetOldBundles() {
  if (!fs.existsSync(cache)) return;
  const weekAgo = Date.now() - 7 * 24 * 3600 * 1000;
  for (const name of fs.readdirSync(cache)) {
    const place = path.join(cache, name);
    if (fs.statSync(place).mtimeMs < weekAgo) fs.rmSync(place, { recursive: true, force: true });
  }
}

/** @param {NodeJS.WriteStream} stream */
function flushed(stream) {
  return new Promise((resolve) => stream.write("", resolve));
}
