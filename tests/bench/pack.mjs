// npm run bench:pack: the bench as one folder that runs on another machine without a network and without installing.

import fs from "node:fs";
import path from "node:path";
import util from "node:util";
import { giveUp, prepare, root } from "../../src/cli/launch/install.mjs";
import { bundleBench } from "./bundle.mjs";

const help = `Packs the bench into a folder for an x86-64 Linux machine with a Vulkan driver.

  npm run bench:pack -- [--out DIR] [--node]

  --out DIR   folder to write, new or empty (default out/bench)
  --node      put this Node.js beside it, for a machine that has none (x86-64 Linux only)
  --help      this text

There: ./start.sh --json results.json (see ./start.sh --help). For the rows named torch-... it needs a python3 with
PyTorch.
`;

const script = `// The packed bench. Made by npm run bench:pack.
import path from "node:path";
import { runBench } from "./command.mjs";

await runBench(process.argv.slice(2), path.join(import.meta.dirname, "peers"), () => import("./bundle/main.mjs"));
`;

const starter = `#!/bin/sh
# Runs the packed bench, with the Node.js beside it if there is one.
folder=\${0%/*}
node="$folder/node"
[ -x "$node" ] || node=node
if ! command -v "$node" > /dev/null; then
  echo "Node.js 20.19 or newer is needed." >&2
  echo "Put a node binary beside this script, or pack with --node." >&2
  exit 1
fi
exec "$node" "$folder/bench.mjs" "$@"
`;

const tfjsLicence = `TensorFlow.js, copyright Google LLC, is part of the bundle, under the Apache License, Version 2.0:
https://www.apache.org/licenses/LICENSE-2.0
`;

const { out, node } = readOptions();
prepare();
const bundle = await bundleBench();
pack(path.resolve(out));

function readOptions() {
  const options = /** @type {const} */ ({
    out: { type: "string", default: path.join(root, "out", "bench") },
    node: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  });
  try {
    const { values } = util.parseArgs({ options });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    if (values.node && (process.platform !== "linux" || process.arch !== "x64"))
      giveUp("This Node.js is not one for x86-64 Linux.", "Leave --node out, or pack on such a machine.");
    return values;
  } catch (error) {
    return giveUp(
      `${/** @type {Error} */ (error).message.split(/\.?(?:\n|\. |$)/)[0]}.`,
      "npm run bench:pack -- --help lists the options.",
    );
  }
}

/** @param {string} folder */
function pack(folder) {
  if (fs.existsSync(folder) && fs.readdirSync(folder).length > 0)
    giveUp(`${folder} is not empty.`, "Name a new folder with --out.");
  /** @type {(from: string, to: string) => void} */
  const copy = (from, to) => fs.cpSync(path.join(root, from), path.join(folder, to), { recursive: true });
  const dawn = "node_modules/webgpu";
  if (!fs.existsSync(path.join(root, dawn, "dist", "linux-x64")))
    giveUp("WebGPU for Node (npm package webgpu) is not installed.", "Run npm install webgpu.");
  fs.cpSync(bundle, path.join(folder, "bundle"), { recursive: true });
  for (const file of ["index.js", "package.json", "LICENSE.md", "dist/linux-x64"])
    copy(`${dawn}/${file}`, `${dawn}/${file}`);
  const wasm = "node_modules/@tensorflow/tfjs-backend-wasm/dist";
  for (const file of fs.readdirSync(path.join(root, wasm)).filter((file) => file.endsWith(".wasm")))
    copy(`${wasm}/${file}`, `${wasm}/${file}`);
  copy("tests/bench/peers/pggan_torch.py", "peers/pggan_torch.py");
  for (const file of ["command.mjs", "options.mjs"]) copy(`tests/bench/${file}`, file);
  copy("LICENSE", "LICENSE");
  copy("node_modules/@jax-js/jax/LICENSE", "LICENSE.jax-js");
  fs.writeFileSync(path.join(folder, "LICENSE.tfjs"), tfjsLicence);
  fs.writeFileSync(path.join(folder, "bench.mjs"), script);
  fs.writeFileSync(path.join(folder, "start.sh"), starter, { mode: 0o755 });
  if (node) fs.copyFileSync(process.execPath, path.join(folder, "node"));
  console.log(`Packed into ${folder}\nThere: ./start.sh --json results.json`);
}
