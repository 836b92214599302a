// npm start installs only where something is missing, and serves with the headers that threads and workers need.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { isInstalled, nodeNeeded } from "../../src/cli/launch/install.mjs";
import { serve } from "../../src/cli/launch/serve.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "page-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
fs.writeFileSync(
  path.join(folder, "index.html"),
  `<meta\n http-equiv="Content-Security-Policy"\n content="${policy}"\n/>page`,
);
fs.writeFileSync(path.join(folder, "kernel.wasm"), "wasm");

test("a Node that is too old is told the one it needs", () => {
  expect(["v20.19.0", "v20.20.2", "v22.0.0", "v100.1.0"].map(nodeNeeded)).toEqual(Array(4).fill(undefined));
  expect(["v18.20.0", "v20.18.3"].map(nodeNeeded)).toEqual(["20.19", "20.19"]);
});

test("packages count as installed when all that this system needs are there in their versions", () => {
  const lock = (packages: Record<string, object>) => ({ packages: { "": {}, ...packages } });
  const wanted = lock({ a: { version: "1.0.0" }, b: { version: "2.0.0", optional: true } });
  expect(isInstalled(wanted, lock({ a: { version: "1.0.0" } }))).toBe(true);
  expect(isInstalled(wanted, lock({ a: { version: "1.0.0" }, b: { version: "1.9.0" } }))).toBe(false);
  expect(isInstalled(wanted, lock({ a: { version: "1.0.1" } }))).toBe(false);
  expect(isInstalled(wanted, lock({}))).toBe(false);
});

test("a page is served isolated, under its own policy, with WebAssembly as such", async () => {
  const { server, url } = await serve(folder, { port: 0, host: "127.0.0.1" });
  const page = await fetch(url);
  expect(await page.text()).toContain("page");
  expect(page.headers.get("content-type")).toContain("text/html");
  const wasm = await fetch(`${url}kernel.wasm`);
  expect(wasm.headers.get("content-type")).toBe("application/wasm");
  for (const { headers } of [page, wasm]) {
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    const served = `${policy.replace("'self'", "'self' blob:")}; frame-ancestors 'none'`; // a header's alone to say
    expect(headers.get("content-security-policy")).toBe(served);
  }
  expect((await fetch(`${url}../package.json`)).status).toBe(404);
  server.close();
});

test("a port that is taken gives way to the next free one", async () => {
  const first = await serve(folder, { port: 0, host: "127.0.0.1" });
  const port = Number(new URL(first.url).port);
  const second = await serve(folder, { port, host: "127.0.0.1" });
  expect(Number(new URL(second.url).port)).toBeGreaterThan(port);
  first.server.close();
  second.server.close();
});
