// The runs that are kept, as the page asks for them.

import { createLibrary, type Library } from "../../store/runs/library.ts";
import { type Folder, memoryFolder } from "../../store/runs/folder.ts";
import type { Notice, Report, Storage } from "../protocol.ts";

/** Where runs are kept, and how much room there is. */
export interface Shelf {
  library: Library;
  storage(): Promise<Storage>;
}

/** What a shelf needs of the browser. */
export interface Disk {
  /** The folder of all runs. @throws where the browser gives none */
  open(): Promise<Folder>;
  /** Bytes in use and allowed. */
  estimate(): Promise<{ usage?: number; quota?: number }>;
}

/** Where the browser keeps nothing, runs are kept in memory, and that is said. */
export async function openShelf(disk: Disk): Promise<Shelf> {
  const opened = await disk.open().catch((error: unknown) => error as Error);
  const onDisk = !(opened instanceof Error);
  const why: Notice | undefined = onDisk
    ? undefined
    : {
        message: "This browser keeps nothing for this page, as in a private window.",
        remedy: "Runs are kept in memory until the page is closed. Export what should stay.",
      };
  return {
    library: createLibrary(onDisk ? opened : memoryFolder()),
    async storage() {
      const room = onDisk ? await disk.estimate().catch(() => ({})) : {};
      return { kind: onDisk ? "disk" : "memory", why, ...room };
    },
  };
}

/** The list of runs, as it is told. */
export async function listed({ library, storage }: Shelf): Promise<Extract<Report, { type: "library" }>> {
  return { type: "library", runs: await library.list(), storage: await storage() };
}
