// Where runs are kept: folders of files, in the browser's private file system or in memory.

/** A folder. Names are single words of ours, never paths. */
export interface Folder {
  list(): Promise<Entry[]>;
  /** The bytes of a file; undefined where there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * Writes a file whole: whatever happens, it is as it was before, or as it is now.
   * @throws QuotaExceededError where there is no more room
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file, or a folder with all in it. There may be none. */
  remove(name: string): Promise<void>;
  /** Removes what a writer that was killed has left half done. Nobody may be writing here. */
  sweep(): Promise<void>;
  /** The folder of that name in this one, made where it is missing. */
  folder(name: string): Promise<Folder>;
}

export interface Entry {
  name: string;
  kind: "file" | "folder";
  /** 0 for a folder. */
  bytes: number;
}

/** Bytes of all files in a folder and below. */
export async function bytesIn(folder: Folder): Promise<number> {
  let total = 0;
  for (const { name, kind, bytes } of await folder.list())
    total += kind === "file" ? bytes : await bytesIn(await folder.folder(name));
  return total;
}

/** A folder that is gone with the page. */
export function memoryFolder(): Folder {
  const files = new Map<string, Uint8Array>();
  const folders = new Map<string, Folder>();
  return {
    list: async () => [
      ...[...files].map(([name, { length }]): Entry => ({ name, kind: "file", bytes: length })),
      ...[...folders.keys()].map((name): Entry => ({ name, kind: "folder", bytes: 0 })),
    ],
    read: async (name) => files.get(name)?.slice(),
    write: async (name, bytes) => void files.set(name, bytes.slice()),
    async remove(name) {
      files.delete(name);
      folders.delete(name);
    },
    sweep: async () => {},
    async folder(name) {
      const folder = folders.get(name) ?? memoryFolder();
      folders.set(name, folder);
      return folder;
    },
  };
}
