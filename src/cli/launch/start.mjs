// npm start: from a fresh checkout to a page in the browser. Installs what is missing, builds what changed, serves.

import util from "node:util";
import { build, dist, isBuilt } from "./build.mjs";
import { giveUp, prepare } from "./install.mjs";

const help = `Builds the page if its sources changed, and serves it on this machine.

  npm start -- [--port 4173] [--host localhost]

  --port   first port to try; the next free one is taken
  --host   address to listen on; 0.0.0.0 lets other machines in (browsers give
           those no WebGPU and no threads, unless something in between adds https)
  --help   this text
`;

const { port, host } = readOptions();
prepare();
if (!isBuilt()) buildPage();
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

function buildPage() {
  console.log("Building the page ...");
  try {
    build();
  } catch (error) {
    giveUp(
      `The page did not build: ${error instanceof Error ? error.message : error}.`,
      "See Vite's words above; npm test says more.",
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
