// npm run train and its like: bundles a command of src/cli when its sources changed, and runs it.
// Plain Node, so that it works before anything is installed.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundled } from "./bundle.mjs";
import { prepare, root } from "./install.mjs";

const folder = path.join(root, "src", "cli");

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
  const bundle = await bundled(name, { main: `src/cli/${name}.ts` }, ["src"]);
  const { main } = await import(pathToFileURL(path.join(bundle, "main.mjs")).href);
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

/** @param {NodeJS.WriteStream} stream */
function flushed(stream) {
  return new Promise((resolve) => stream.write("", resolve));
}
