// The page's end of the conversation, for tests: real training on WASM behind a real MessageChannel.

import { readFile } from "node:fs/promises";
import { openEngine } from "../../src/gpu/openEngine.ts";
import { node } from "../../src/gpu/node.ts";
import { type Folder, memoryFolder } from "../../src/store/runs/folder.ts";
import { openShelf } from "../../src/worker/keeping/shelf.ts";
import { createHost } from "../../src/worker/host.ts";
import type { HostSupplies } from "../../src/worker/run/house.ts";
import {
  type Command,
  type Config,
  type EngineName,
  presets,
  type Report,
  type RunReport,
} from "../../src/worker/protocol.ts";

/** A run that grows from 4 to 8 px in twenty steps. */
export const tiny: Config = {
  ...presets.quick!,
  images: 4_000,
  tickImages: 80,
  from: 4,
  to: 8,
  imagesPerPhase: 160,
  imagesPerFade: 160,
  channelsMax: 4,
  latent: 8,
};

/**
 * The page's end of a channel whose other end is the host.
 * @param folder of the runs that are kept
 * @param denied whether the browser keeps nothing
 */
export function connect(
  folder: Folder = memoryFolder(),
  { denied = false, ...supplies }: { denied?: boolean } & Partial<HostSupplies> = {},
) {
  const { port1, port2 } = new MessageChannel();
  const host = createHost((report, transfer = []) => port2.postMessage(report, transfer), {
    openEngine: (choice) => openEngine(choice, node),
    readPack: (path) => readFile(`datasets/${path}`),
    shelf: openShelf({
      open: async () => (denied ? Promise.reject(new Error("denied")) : folder),
      estimate: async () => ({}),
    }),
    lock: async () => () => {},
    ...supplies,
  });
  port2.onmessage = ({ data }) => host.receive(data as Command);
  const reports: Report[] = [];
  let awaited = 0; // reports before this one have been waited for
  let wake = () => {};
  let heard: (report: Report) => void = () => {};
  port1.onmessage = ({ data }) => {
    reports.push(data as Report);
    heard(data as Report);
    wake();
  };
  type Of<T extends Report["type"]> = Extract<Report, { type: T }>;
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const seen = <T extends Report["type"]>(type: T) =>
    reports.filter((report): report is Of<T> => report.type === type);
  const seenOfB = <T extends RunReport["type"]>(type: T) =>
    seen("twin")
      .map(({ report }) => report)
      .filter((report): report is Extract<RunReport, { type: T }> => report.type === type);
  const next = async <T extends Report["type"]>(type: T): Promise<Of<T>> => {
    const find = () => reports.findIndex((report, i) => i >= awaited && report.type === type);
    await until(() => find() >= 0);
    awaited = find() + 1;
    return reports[awaited - 1] as Of<T>;
  };
  const send = (command: Command) => port1.postMessage(command);
  return {
    send,
    until,
    /** Calls back at each report from here on. */
    hear: (listener: typeof heard) => (heard = listener),
    seen,
    /** What was told of the twin, of one kind. */
    seenOfB,
    next,
    last: <T extends Report["type"]>(type: T) => seen(type).at(-1)!,
    /** Takes so many steps, and waits for them. */
    async step(count: number, only?: "D" | "G") {
      send({ type: "step", count, only });
      await next("paused");
    },
    /** Waits until the newest state that is saved is that of a step. */
    isSafe: (at: number) => until(() => seen("saved").at(-1)?.step === at),
    async start(config: Config, engine: EngineName = "wasm") {
      send({ type: "start", config, planned: [], engine });
      await next("started");
      await next("reals");
    },
    async close() {
      await host.close(); // else it would go on in the engine of the next test
      port1.close();
      port2.close();
    },
  };
}
