// Reads files of data sets in Node, wherever the bundled command lies within the project.

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = "pggan-playground";

/**
 * The bytes of a file of a data set.
 * @param path under datasets/, e.g. "digits/pack/images.idx3.gz"
 * @throws Error when it can't be read
 */
export async function readPack(path: string): Promise<Uint8Array> {
  const root = await findProject(dirname(fileURLToPath(import.meta.url)));
  return readFile(join(root, "datasets", path));
}

/** The nearest folder upwards whose package.json carries the project's name. */
async function findProject(folder: string): Promise<string> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
  if ((JSON.parse(text) as { name?: string }).name === project) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error(`no folder above this command is the ${project} project`);
  return findProject(above);
}
