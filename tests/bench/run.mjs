// npm run bench: installs what is missing, bundles the bench, and runs it.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { prepare } from "../../src/cli/launch/install.mjs";
import { bundleBench } from "./bundle.mjs";
import { runBench } from "./command.mjs";

await runBench(process.argv.slice(2), path.join(import.meta.dirname, "peers"), async () => {
  prepare();
  return import(pathToFileURL(path.join(await bundleBench(), "main.mjs")).href);
});
