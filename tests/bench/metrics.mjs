// What metrics cost, and which faults they see beside what real data score.
//
//   node tests/bench/metrics.mjs [--resolution 16] [--count 512] [--features 64] [--repeats 3] [--faults]
//
// Times are the processor's, the least of a few repeats, of shapes-64; "reals first" is with what a metric needs to know of
// the reals computed anew.

import process from "node:process";
import util from "node:util";
import { createServer } from "vite";

const { values } = util.parseArgs({
  options: {
    resolution: { type: "string", default: "16" },
    count: { type: "string", default: "512" },
    features: { type: "string", default: "64" },
    repeats: { type: "string", default: "3" },
    faults: { type: "boolean", default: false },
  },
});
const server = await createServer({
  server: { middlewareMode: true, ws: false, watch: null },
  appType: "custom",
  logLevel: "error",
});
const { timeMetrics, findFaults } = await server.ssrLoadModule("/tests/bench/metrics.ts");
if (values.faults) findFaults(Number(values.resolution));
else
  timeMetrics(
    Number(values.resolution),
    Number(values.count),
    Number(values.features),
    Number(values.repeats),
  );
process.exit(); // The server would keep Node alive.
