// The page's half of the conversation with the training worker.

import { type Command, type Report, runsFolder } from "./protocol.ts";

/** As much of a Worker as the page needs. */
export type WorkerPort = Pick<Worker, "postMessage" | "addEventListener">;

export interface Client {
  send(command: Command): void;
}

/**
 * Starts the training worker and passes on what it reports.
 * A worker that can't be loaded, or that throws outside of any command, is reported as `failed`.
 */
export function connect(onReport: (report: Report) => void, worker: WorkerPort = spawn()): Client {
  worker.addEventListener("message", (event) => onReport(event.data as Report));
  worker.addEventListener("messageerror", () =>
    onReport(broken("A message of the training worker could not be read.")),
  );
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    onReport(broken(event.message || "The training worker could not be loaded."));
  });
  return { send: (command) => worker.postMessage(command) };
}

/** Whether runs are kept from earlier visits. Asks the disk, and wakes no worker. */
export async function keepsRuns(): Promise<boolean> {
  try {
    const root = await navigator.storage.getDirectory();
    for await (const { kind } of (await root.getDirectoryHandle(runsFolder)).values())
      if (kind === "directory") return true;
  } catch {
    // No such folder, or a browser that keeps nothing for pages.
  }
  return false;
}

function spawn(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "training" });
}

function broken(message: string): Report {
  const remedy = "Reload the page. If it happens again, the browser's console says more.";
  return { type: "failed", during: "training", error: { name: "Error", message, remedy }, live: false };
}
