// Which Python has PyTorch, if any.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/** The first python3 that can import torch: the one named in PYTHON, else those on the PATH. */
export function findPython(): string | undefined {
  const named = process.env.PYTHON;
  const onPath = (process.env.PATH ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, process.platform === "win32" ? "python.exe" : "python3"))
    .filter((file) => fs.existsSync(file));
  return (named === undefined ? onPath : [named]).find(
    (file) => spawnSync(file, ["-c", "import torch"], { timeout: 120_000 }).status === 0,
  );
}
