// The built page, served for the tests of one file.

import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { build, dist, isBuilt } from "../../src/cli/launch/build.mjs";
import { serve } from "../../src/cli/launch/serve.mjs";

/**
 * Serves the page from before the tests of a file until after them.
 * DIST_PATH names a build to test as it is; else dist/ is built if it is out of date.
 * @returns tells its address
 */
export function useServer(): () => string {
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    const folder = process.env.DIST_PATH ?? dist;
    if (folder === dist && !isBuilt()) build();
    server = await serve(path.resolve(folder), { port: 0 });
  });
  afterAll(() => {
    server?.server.close();
    server?.server.closeAllConnections();
  });
  return () => server.url;
}
