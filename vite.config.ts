// How the page is bundled and how the tests are run.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * tfjs starts its WASM threads from the text of a function. In that text `_scriptDir`, a variable around the function, is
 * guarded by `typeof`; a minifier renames the one and drops the other, and every thread dies of a ReferenceError.
 */
const wasmThreads: Plugin = {
  name: "wasm-threads",
  transform: {
    filter: { id: /tfjs-backend-wasm-threaded-simd\.js/ },
    handler(code) {
      const guarded = 'typeof _scriptDir !== "undefined" && _scriptDir';
      if (!code.includes(guarded))
        this.error("tfjs-backend-wasm has changed; see whether its threads still need this");
      return code.replace(guarded, "false").replace("||_scriptDir", "");
    },
  },
};

/**
 * tfjs's WebGPU kernels take what small tensors are computed with on the CPU out of one object, and so keep all of it. Named one
 * by one, what no kernel of ours uses is left out.
 */
const sharedByName: Plugin = {
  name: "shared-by-name",
  transform: {
    filter: { id: /tfjs-backend-webgpu\/dist\/kernel_utils\/shared\.js/ },
    handler(code) {
      const [, taken] = /const \{([^}]*)\} = shared;/.exec(code) ?? [];
      if (taken === undefined)
        this.error("tfjs-backend-webgpu has changed; see whether its kernels still need this");
      const names = taken.replaceAll(":", " as");
      return { code: `export {${names}} from "@tensorflow/tfjs-backend-cpu/dist/shared";`, map: null };
    },
  },
};

/** While it is developed the page gets its styles in elements that the policy of the built page forbids. */
const developedStyles: Plugin = {
  name: "developed-styles",
  apply: "serve",
  transformIndexHtml: (page) => page.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
};

export default defineConfig({
  base: "./", // dist/ can be served from any path
  plugins: [svelte({ configFile: false }), developedStyles],
  worker: { format: "es", plugins: () => [wasmThreads, sharedByName] },
  build: {
    target: "esnext",
    rolldownOptions: {
      checks: { bundlerTimings: false }, // on a slow machine, advice that helps no user of npm start
      // What the protocol passes on of alarms goes where it is used, and nothing of it into what is loaded first.
      treeshake: { moduleSideEffects: [{ test: /\/src\/metrics\/alarms\//, sideEffects: false }] },
    },
  },
  ssr: { noExternal: [/@tensorflow/] },
  // For npm run dev. Bundled beforehand, tfjs-core loses its flags on the way; what it needs of CommonJS must be bundled.
  // The kernels of WebGPU are found one by one as the worker loads: bundled then, they would have the page reload.
  optimizeDeps: {
    exclude: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-webgpu", "@tensorflow/tfjs-backend-cpu"],
    include: [
      "@tensorflow/tfjs-core > long",
      "@tensorflow/tfjs-core > seedrandom",
      "@tensorflow/tfjs-backend-wasm",
    ],
  },
  test: {
    server: { deps: { inline: [/@tensorflow/] } }, // Node would mix two builds of tfjs-core
    experimental: { fsModuleCache: true }, // tfjs is hundreds of modules, loaded by most test files
    projects: [
      {
        extends: true,
        // The build the page gets. Vitest's own choice is another, which would stand beside it.
        resolve: {
          alias: [{ find: /^@tensorflow\/tfjs-core$/, replacement: "@tensorflow/tfjs-core/dist/index.js" }],
        },
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/browser/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000, // a software GPU compiles shaders for seconds
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      { extends: true, test: { name: "soak", include: ["tests/soak/**/*.soak.ts"] } },
    ],
  },
});
