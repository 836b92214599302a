// The training worker of the page.

import { fetchPack } from "../data/fetchPack.ts";
import { openEngine } from "../gpu/engine.ts";
import { page } from "../gpu/page.ts";
import { createHost } from "./host.ts";
import type { Command } from "./protocol.ts";

const host = createHost((report, transfer = []) => self.postMessage(report, { transfer }), {
  openEngine: (choice) => openEngine(choice, page),
  readPack: fetchPack,
});

self.addEventListener("message", (event) => host.receive(event.data as Command));
