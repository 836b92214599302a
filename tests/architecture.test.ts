// Who may import whom, as a table, and the few rules about files that a reader relies on.

import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

/** Folders of src, and the folders or files whose code each may use. */
const mayImport: Record<string, string[]> = {
  gan: ["gan"],
  data: ["data", "gan"],
  metrics: ["metrics", "gan"],
  gpu: ["gpu", "gan"],
  store: ["store", "gan"],
  lab: ["lab", "gan"],
  export: ["export", "gan"],
  worker: ["worker", "gan", "data", "metrics", "gpu", "store", "export", "lab"],
  ui: ["ui", "worker/protocol.ts", "worker/client.ts"],
  cli: ["cli", "gan", "data", "metrics", "gpu", "store", "export", "lab"],
  "main.ts": ["ui", "worker/protocol.ts", "worker/client.ts"],
};

/** The one door to tfjs inside gan, which is pure otherwise. */
const door = "src/gan/tf.ts";

/** Long because they are tables. */
const mayBeLong = ["src/gan/settings/config.ts"];
const longest = 300;

const root = path.resolve(import.meta.dirname, "..");
const sources = readSources("src", "tests", "datasets");

test("imports stay within the table", () => expect(strayImports(sources)).toEqual([]));

test("gan reaches packages and Node only through its door", () => expect(impurities(sources)).toEqual([]));

test("nothing that the page loads pulls in tfjs", () => {
  const page = reachable("src/main.ts", sources);
  expect(page).toContain("src/ui/App.svelte");
  expect(page.filter((place) => place.startsWith("@tensorflow"))).toEqual([]);
});

test("every file begins with a sentence on what it is", () => expect(unintroduced(sources)).toEqual([]));

test("no file holds more than a reader takes in", () => {
  const long = [...sources].filter(([, source]) => source.trimEnd().split("\n").length > longest);
  expect(long.map(([file]) => file).filter((file) => !mayBeLong.includes(file))).toEqual([]);
});

test("a planted violation is caught", () => {
  const planted = (file: string, source: string) => new Map([...sources, [file, source]]);
  const stray = (file: string, source: string) => strayImports(planted(file, source));
  expect(stray("src/gan/x.ts", `import { a } from "../gpu/engine.ts";`)).toEqual([
    "src/gan/x.ts imports src/gpu/engine.ts",
  ]);
  expect(stray("src/export/x.ts", `import type { Grid } from "../worker/protocol.ts";`)).toHaveLength(1);
  expect(
    stray("src/ui/x.svelte", `<p>{a}</p><script lang="ts">const a = import("../worker/host.ts");</script>`),
  ).toHaveLength(1);
  expect(
    stray("src/ui/x.svelte", `<script>import { defaults } from "../worker/protocol.ts";</script>`),
  ).toEqual([]);
  expect(stray("src/odd/x.ts", `export * from "../gan/config.ts";`)).toHaveLength(1);

  expect(impurities(planted("src/gan/x.ts", `import * as tf from "@tensorflow/tfjs-core";`))).toHaveLength(1);
  expect(impurities(planted("src/gan/x.ts", `import fs from "node:fs";`))).toHaveLength(1);

  const page = reachable("src/x.ts", planted("src/x.ts", `import "./gan/tf.ts";`));
  expect(page).toContain("@tensorflow/tfjs-core");
  expect(reachable("src/x.ts", planted("src/x.ts", `import type { T } from "./gan/tf.ts";`))).toEqual([
    "src/x.ts",
  ]);

  expect(
    unintroduced(
      new Map([
        ["a.ts", `import "b";`],
        ["b.ts", "// A list.\n"],
        ["c.svelte", "<!-- A list. -->"],
      ]),
    ),
  ).toEqual(["a.ts"]);
});

type Sources = ReadonlyMap<string, string>;

function strayImports(sources: Sources): string[] {
  const inside = (place: string, allowed: string) =>
    place === `src/${allowed}` || place.startsWith(`src/${allowed}/`);
  return [...sources]
    .filter(([file]) => file.startsWith("src/"))
    .flatMap(([file, source]) => {
      const allowed = mayImport[file.split("/")[1]!] ?? [];
      return importsOf(file, source)
        .filter(({ place }) => place.startsWith("src/") && !allowed.some((folder) => inside(place, folder)))
        .map(({ place }) => `${file} imports ${place}`);
    });
}

function impurities(sources: Sources): string[] {
  return [...sources]
    .filter(([file]) => file.startsWith("src/gan/") && file !== door)
    .flatMap(([file, source]) => importsOf(file, source).map(({ place }) => ({ file, place })))
    .filter(({ place }) => !place.startsWith("src/"))
    .map(({ file, place }) => `${file} imports ${place}`);
}

/** All that is loaded with `file`: files and packages. A type is not loaded; neither is a worker, which has its own bundle. */
function reachable(file: string, sources: Sources): string[] {
  const found = new Set([file]);
  for (const place of found) {
    const imports = importsOf(place, sources.get(place) ?? "");
    for (const { place } of imports.filter(({ typeOnly }) => !typeOnly)) found.add(place);
  }
  return [...found];
}

function unintroduced(sources: Sources): string[] {
  const introduced = (file: string, source: string) =>
    file.endsWith(".svelte")
      ? /^(<script[^>]*>\s*\/\/ \S|<!--\s*\S)/.test(source)
      : /\.\)?$/m.test(/^(\/\/ .*\n)+/.exec(source)?.[0] ?? ""); // a comment in which some line ends a sentence
  return [...sources].filter(([file, source]) => !introduced(file, source)).map(([file]) => file);
}

/** What a file imports or re-exports, statically or not: paths from the root, or names of packages. */
function importsOf(file: string, source: string): { place: string; typeOnly: boolean }[] {
  const script = file.endsWith(".svelte")
    ? [...source.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, code]) => code).join("\n")
    : source;
  const imports: { place: string; typeOnly: boolean }[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    const relative = specifier.text.startsWith(".");
    const place = relative ? path.posix.join(path.posix.dirname(file), specifier.text) : specifier.text;
    imports.push({ place, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, script, ts.ScriptTarget.Latest));
  return imports;
}

/** Sources by path from the root, with forward slashes on every system. */
function readSources(...folders: string[]): Sources {
  const files = folders
    .filter((folder) => fs.existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      fs
        .readdirSync(path.join(root, folder), { recursive: true })
        .map((name) => path.join(folder, String(name))),
    )
    .map((file) => file.replaceAll(path.sep, "/"))
    .filter((file) => /\.(ts|mjs|svelte)$/.test(file) && !file.endsWith(".d.ts"));
  return new Map(files.map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")]));
}
