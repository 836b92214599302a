// npm start: from a fresh checkout to a page in the browser. Installs what is missing, builds what changed, serves.

import fs from "node:fs";
import path from "node:path";
import util from "node:util";
import { giveUp, prepare, root } from "./install.mjs";

const help = `Builds the page if its sources changed, and serves it on this machine.

  npm start -- [--port 4173] [--host localhost]

  --port   first port to try; the next free one is taken
  --host   address to listen on; 0.0.0.0 lets other machines in (browsers give
           those no WebGPU and no threads, unless something in between adds https)
  --help   this text
`;

const sources = [
  "src",
  "public",
  "datasets",
  "index.html",
  "vite.config.ts",
  "package.json",
  "package-lock.json",
];
const dist = path.join(root, "dist");

const { port, host } = readOptions();
prepare();
if (!isBuilt()) await build();
await run();

function readOptions() {
  const options = /** @type {const} */ ({
    port: { type: "string", default: "4173" },
    host: { type: "string", default: "localhost" },
    help: { type: "boolean", default: false },
  });
  try {
    const { values } = util.parseArgs({ options });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    const port = Number(values.port);
    if (Number.isInteger(port) && port >= 0 && port <= 65_535) return { port, host: values.host };
  } catch (error) {
    giveUp(
      `${error instanceof Error ? error.message.split("\n")[0] : error}`,
      "npm start -- --help lists the options.",
    );
  }
  giveUp("The port is no whole number from 0 to 65535.", "Use one such as --port 8080.");
}

/** Whether dist/ is newer than everything it was made from. A folder counts too: it changes when a file goes. */
function isBuilt() {
  const page = path.join(dist, "index.html");
  if (!fs.existsSync(page)) return false;
  const built = fs.statSync(page).mtimeMs;
  return sources
    .map((name) => path.join(root, name))
    .filter((place) => fs.existsSync(place))
    .flatMap((place) => [place, ...(fs.statSync(place).isDirectory() ? inside(place) : [])])
    .every((place) => fs.statSync(place).mtimeMs <= built);
}

/** @param {string} folder */
function inside(folder) {
  return fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, String(name)));
}

async function build() {
  console.log("Building the page ...");
  const vite = await import("vite");
  try {
    await vite.build({ root, logLevel: "warn" });
  } catch (error) {
    giveUp(
      `The page did not build: ${error instanceof Error ? error.message : error}`,
      "npm test says more.",
    );
  }
}

async function run() {
  const { serve } = await import("./serve.mjs");
  const { server, url } = await serve(dist, { port, host }).catch((error) =>
    giveUp(
      `Nothing can be served at ${host}, port ${port}: ${error.message}.`,
      "Use another --host or --port.",
    ),
  );
  console.log(`PGGAN playground: ${url}\nCtrl-C ends it.`);
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
}
