// The training worker of the page.

import { fetchPack } from "../data/fetchPack.ts";
import { openEngine } from "../gpu/openEngine.ts";
import { page } from "../gpu/page.ts";
import { openOpfs } from "../store/runs/opfs.ts";
import { createCounter } from "./counting/counter.ts";
import { createHost } from "./host.ts";
import { lockRun } from "./keeping/lock.ts";
import { type Command, runsFolder } from "./protocol.ts";
import { openShelf } from "./keeping/shelf.ts";

const host = createHost((report, transfer = []) => self.postMessage(report, { transfer }), {
  openEngine: (choice) => openEngine(choice, page),
  readPack: fetchPack,
  shelf: openShelf({ open: () => openOpfs(runsFolder), estimate: () => navigator.storage.estimate() }),
  lock: lockRun,
  counter: createCounter(),
});

self.addEventListener("message", (event) => host.receive(event.data as Command));
