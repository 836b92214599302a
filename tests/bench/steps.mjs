// What a step costs in each of the ways it can be taken: dispatches, JavaScript, time and memory.
//
//   node tests/bench/steps.mjs [--resolution 8 --resolution 16] [--channels 64] [--steps 4] [--js-only]
//
// JavaScript is timed on Dawn's null adapter, which computes nothing. The rest is timed on the adapter that Dawn finds; for
// the software one, VK_ICD_FILENAMES must name SwiftShader's driver, and 16 channels are plenty: with 64 a step takes half a
// minute there. The ways take turns, as machines are noisy.

import { createRequire } from "node:module";
import process from "node:process";
import util from "node:util";
import { createServer } from "vite";

const { values } = util.parseArgs({
  options: {
    resolution: { type: "string", multiple: true, default: ["8", "16"] },
    steps: { type: "string", default: "4" },
    channels: { type: "string", default: "64" },
    "js-only": { type: "boolean", default: false },
  },
});
Object.assign(globalThis, { require: createRequire(import.meta.url) }); // tfjs looks for it in Node
const server = await createServer({
  server: { middlewareMode: true, ws: false, watch: null },
  appType: "custom",
  logLevel: "error",
  resolve: {
    alias: [{ find: /^@tensorflow\/tfjs-core$/, replacement: "@tensorflow/tfjs-core/dist/index.js" }],
  },
});
const { bench } = await server.ssrLoadModule("/tests/bench/steps.ts");
const sizes = { resolutions: values.resolution.map(Number), channels: Number(values.channels) };
await bench(sizes, Number(values.steps), !values["js-only"]);
process.exit(); // Dawn would keep Node alive.
