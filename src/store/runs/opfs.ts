// The browser's private file system (OPFS) as folders. For a worker: only there files can be written at once.

import type { Entry, Folder } from "./folder.ts";

/** Files being written end so. A browser that was killed may leave some. */
const part = ".part";
/** Bytes handed to the file system at a time. */
const chunk = 4 * 2 ** 20;

/**
 * The folder `name` at the root.
 * @throws where the browser gives pages no such file system, as in some private windows
 */
export async function openOpfs(name: string): Promise<Folder> {
  const root = await navigator.storage.getDirectory();
  return opfsFolder(await root.getDirectoryHandle(name, { create: true }));
}

function opfsFolder(handle: FileSystemDirectoryHandle): Folder {
  return {
    async list() {
      const entries: Entry[] = [];
      for await (const entry of handle.values()) {
        if (entry.kind === "directory") entries.push({ name: entry.name, kind: "folder", bytes: 0 });
        else if (!entry.name.endsWith(part)) {
          const file = await ifThere(() => (entry as FileSystemFileHandle).getFile());
          if (file) entries.push({ name: entry.name, kind: "file", bytes: file.size });
        }
      }
      return entries;
    },
    async read(name) {
      const file = await ifThere(async () => (await handle.getFileHandle(name)).getFile());
      return file && new Uint8Array(await file.arrayBuffer());
    },
    async write(name, bytes) {
      const draft = await handle.getFileHandle(`${name}${part}`, { create: true });
      try {
        await fill(draft, bytes);
        await rename(handle, draft, name);
      } catch (error) {
        await ifThere(() => handle.removeEntry(draft.name)); // half a file takes room that the next try needs
        throw error;
      }
    },
    async sweep() {
      for await (const { name } of handle.values())
        if (name.endsWith(part)) await ifThere(() => handle.removeEntry(name));
    },
    async remove(name) {
      await ifThere(() => handle.removeEntry(name, { recursive: true }));
    },
    folder: async (name) => opfsFolder(await handle.getDirectoryHandle(name, { create: true })),
  };
}

/** What workers alone can do with a file; TypeScript tells pages and workers apart only by project. */
interface WorkersFile {
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

async function fill(file: FileSystemFileHandle, bytes: Uint8Array): Promise<void> {
  const access = await (file as FileSystemFileHandle & WorkersFile).createSyncAccessHandle();
  try {
    access.truncate(0);
    for (let at = 0; at < bytes.length;) {
      const written = access.write(bytes.subarray(at, at + chunk), { at });
      if (written === 0) throw new DOMException("The disk takes no more.", "QuotaExceededError");
      at += written;
    }
    access.flush();
  } finally {
    access.close();
  }
}

/** Puts `draft` in the place of `name`, at once where the browser can rename. */
async function rename(
  folder: FileSystemDirectoryHandle,
  draft: FileSystemFileHandle,
  name: string,
): Promise<void> {
  const renamable = draft as FileSystemFileHandle & { move?: (name: string) => Promise<void> };
  if (renamable.move) return renamable.move(name);
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable(); // swapped in on close
  await writable.write(await draft.getFile());
  await writable.close();
  await folder.removeEntry(draft.name);
}

/** What `action` gives; undefined where the file or folder is not there. */
async function ifThere<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
    throw error;
  }
}
