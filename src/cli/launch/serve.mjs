// Serves a built page on this machine, with the headers that let WebAssembly use threads.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import sirv from "sirv";

/**
 * Serves `folder` until the server is closed.
 * @param {string} folder
 * @param {{ port?: number, host?: string }} where the first port to try; the next free one is taken. 0: any.
 * @returns {Promise<{ server: http.Server, url: string }>}
 */
export async function serve(folder, { port = 4173, host = "localhost" } = {}) {
  const headers = headersFor(fs.readFileSync(path.join(folder, "index.html"), "utf8"));
  const files = sirv(folder, { etag: true });
  const server = http.createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    files(request, response);
  });
  const taken = await listen(server, port, host);
  return { server, url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}/` };
}

/**
 * Headers of every file of a page. The page's own policy is sent with the scripts too, because a worker is bound by
 * the headers of its script and not by the page. Only there `blob:` is a script: it is how tfjs starts WASM threads.
 * @param {string} html
 * @returns {Record<string, string>}
 */
export function headersFor(html) {
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1];
  return {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
    ...(policy && {
      "Content-Security-Policy": `${policy.replace("script-src 'self'", "script-src 'self' blob:")}; frame-ancestors 'none'`,
    }),
  };
}

/**
 * The port that `server` listens on: `port`, or the next one that is free.
 * @param {http.Server} server
 * @param {number} port
 * @param {string} host
 * @returns {Promise<number>}
 */
function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    let next = port;
    server.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === "EADDRINUSE" && next < Math.min(port + 100, 65_535)) server.listen(++next, host);
      else reject(error);
    });
    server.on("listening", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : next);
    });
    server.listen(next, host);
  });
}
