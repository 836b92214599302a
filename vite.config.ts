import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./", // dist/ can be served from any path
  plugins: [svelte({ configFile: false })],
  worker: { format: "es" },
  build: { target: "esnext" },
  ssr: { noExternal: [/@tensorflow/] },
  test: {
    server: { deps: { inline: [/@tensorflow/] } }, // Node would mix two builds of tfjs-core
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/browser/**"],
          testTimeout: 60_000,
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
    ],
  },
});
