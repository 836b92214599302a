// Bundles TypeScript commands for Node when their sources changed, and keeps the bundles from one run to the next.

import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { root } from "./install.mjs";

const cache = path.join(root, "node_modules", ".cache", "pggan");

/**
 * The folder of an up-to-date bundle, with one .mjs file for each entry. Its name tells the sources it was made from.
 * @param {string} name
 * @param {Record<string, string>} entries files by the names of their bundles, from the root
 * @param {readonly string[]} folders whose sources the bundle is made from, from the root
 */
export async function bundled(name, entries, folders) {
  const place = path.join(cache, `${name}-${digestOf(folders)}`);
  if (fs.existsSync(place)) return place;
  forgetOldBundles();

  // Another process may be building the same bundle: each builds its own, and the first to finish names it.
  const draft = `${place}.${process.pid}`;
  await bundle(entries, draft);
  try {
    fs.renameSync(draft, place);
  } catch (error) {
    fs.rmSync(draft, { recursive: true });
    if (!fs.existsSync(place)) throw error;
  }
  return place;
}

/**
 * Joins each entry and all it imports into plain JavaScript. tfjs must be in it: as packages Node can't load its
 * parts, and would mix two builds of it.
 * @param {Record<string, string>} entries
 * @param {string} outDir
 */
async function bundle(entries, outDir) {
  const vite = await import("vite");
  const input = Object.fromEntries(
    Object.entries(entries).map(([name, file]) => [name, path.join(root, file)]),
  );
  await vite.build({
    root,
    configFile: false, // it is the page's
    logLevel: "error",
    publicDir: false,
    ssr: { noExternal: true, external: ["webgpu"] },
    define: { __dirname: "import.meta.dirname" }, // the WASM loader of tfjs is CommonJS
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: "node20",
      rolldownOptions: {
        input,
        output: { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
      },
    },
  });
}

/**
 * A name for everything a bundle is made from.
 * @param {readonly string[]} folders
 */
function digestOf(folders) {
  const hash = crypto.createHash("sha256");
  const files = folders
    .map((folder) => path.join(root, folder))
    .flatMap((folder) =>
      fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, String(name))),
    )
    .filter((file) => /\.(ts|mjs|json)$/.test(file) && !file.startsWith(path.join(root, "src", "ui")));
  for (const file of [...files.sort(), path.join(root, "package-lock.json")])
    hash.update(`${file}\0`).update(fs.readFileSync(file)).update("\0");
  return hash.digest("hex").slice(0, 16);
}

/** Each change to the sources makes another bundle. Young ones stay: a command that runs may still load parts of them. */
function forgetOldBundles() {
  if (!fs.existsSync(cache)) return;
  const weekAgo = Date.now() - 7 * 24 * 3600 * 1000;
  for (const name of fs.readdirSync(cache)) {
    const place = path.join(cache, name);
    if (fs.statSync(place).mtimeMs < weekAgo) fs.rmSync(place, { recursive: true, force: true });
  }
}
