// The worker's half of the conversation with the page: carries out commands, and reports what became of them.

import { Trouble } from "../gan/errors.ts";
import { checkName } from "../store/runs/library.ts";
import { begin, type Begin, takeIn } from "./run/beginnings.ts";
import { createEnds } from "./run/ends.ts";
import { createHouse, type HostSupplies } from "./run/house.ts";
import { createInspector } from "./inspect/inspector.ts";
import type { Command } from "./protocol.ts";
import { goingOf, type Live, membersOf } from "./run/live.ts";
import { tie } from "./twins/pairs.ts";
import { createPump } from "./run/pump.ts";
import { lossBehind } from "./run/recovery.ts";
import { giveOut, save, type Saved } from "./keeping/saving.ts";
import { listed } from "./keeping/shelf.ts";
import type { Wanted } from "./run/stretch.ts";
import { endTwin, flip, fork } from "./twins/twins.ts";
import type { Send } from "./run/watch.ts";

type Of<T extends Command["type"]> = Extract<Command, { type: T }>;

/** Commands that change which runs are live. One waits for the other, and all others wait for them. */
const setting: readonly Command["type"][] = ["start", "open", "branch", "fork", "endTwin"];

/** Commands that need no run. */
const alone: readonly Command["type"][] = [
  ...(["start", "open", "branch"] as const),
  ...(["list", "takeIn", "tie", "rename", "remove"] as const),
  ...(["export", "inspect"] as const),
];

export interface Host {
  receive(command: Command): void;
  /** Frees the run that is live, once what is being done with it is done. */
  close(): Promise<void>;
}

/** Carries out the page's commands. Never throws: what goes wrong is reported as `failed`. */
export function createHost(send: Send, supplies: HostSupplies): Host {
  const house = createHouse(send, supplies);
  const pump = createPump(send, { ...createEnds(house), fork: (live) => forkAsPlanned(live) });
  const inspector = createInspector(house);
  const jobs = new Map<number, { controller: AbortController; done: Promise<void> }>();
  let starting: Promise<void> = Promise.resolve();
  let newest: Begin | undefined;

  const abort = async () => {
    for (const { controller } of jobs.values()) controller.abort();
    await Promise.all([...jobs.values()].map(({ done }) => done));
  };

  const close = async () => {
    await Promise.all([pump.rest(), abort(), inspector.rest()]);
    if (house.live) await house.drop(house.live);
  };

  /** Makes another run live, once the one before is set up. Where a later one is asked for meanwhile, that one counts. */
  const beginWith = async (command: Begin, before: Promise<void>) => {
    newest = command;
    await before;
    const wanted = () => newest === command;
    try {
      if (wanted()) await begin(command, house, pump, close, wanted);
    } catch (error) {
      house.fail(command.type, error);
    }
  };

  const go = (wanted: Wanted) => {
    const live = house.needRun();
    if (live.ended && goingOf(live).length === 0) throw live.ended;
    pump.go(live, wanted);
  };

  const look = () => pump.look(house.needRun());

  /** Forks a twin off now. A pair that is there, and lost its engine while it was saved, is mended at the next look. */
  const forkNow = async ({ changes }: Of<"fork">) => {
    const { library } = await supplies.shelf;
    const live = house.needRun();
    const { session } = live;
    try {
      await (live.checked = fork({ changes }, house, library)); // a loss meanwhile is mended after it
    } catch (error) {
      if (!live.twin || !(await lossBehind(error, session))) throw error;
    }
  };

  /** Makes a pair of the run that is live, or one run of a pair. */
  const pairUp = async (command: Of<"fork"> | Of<"endTwin">, before: Promise<void>) => {
    await before;
    const [wanted] = await Promise.all([pump.rest(), inspector.rest()]);
    try {
      if (command.type === "fork") await forkNow(command);
      else {
        if (command.keep === "B") await abort();
        await endTwin(command.keep, house, pump, command.anyway);
      }
    } catch (error) {
      house.fail(command.type, error);
    }
    if (!house.live) return;
    if (wanted && command.type === "fork") pump.go(house.live, wanted);
    else look();
  };

  /** Forks the twin off that is due, between two steps. Commands that come meanwhile are meant for the pair. */
  const forkAsPlanned = (live: Live): Promise<boolean> => {
    const forking = (async () => {
      try {
        await fork({ changes: [], planned: live.twinToCome!.planned }, house, (await supplies.shelf).library);
        return true;
      } catch (error) {
        // Once the run is mended it is forked; or it is there already, and mended with the run.
        if (await lossBehind(error, live.session)) throw error;
        live.twinToCome = undefined;
        house.fail("fork", error);
        return false;
      }
    })();
    starting = Promise.all([starting, forking]).then(
      () => {},
      () => {},
    );
    return forking;
  };

  const step = ({ count, only }: Of<"step">) => {
    if (pump.training) return; // it is training: another step will come without being asked for
    if (count === "tick" && only === "G")
      throw new Trouble(
        "A tick is counted in images, and steps of G alone show none.",
        "Take a number of steps.",
      );
    if (count !== "tick" && !(Number.isInteger(count) && count > 0))
      throw new Trouble(`A run can't take ${count} steps.`, "Take a whole number from 1.");
    go({ steps: count === "tick" ? Infinity : count, untilTick: count === "tick", only });
  };

  const exportFile = async ({ id, what }: Of<"export">) => {
    const controller = new AbortController();
    let ended = () => {};
    const done = new Promise<void>((resolve) => (ended = resolve));
    jobs.set(id, { controller, done });
    try {
      send({ type: "exported", id, ...(await made(what, id, controller.signal)) });
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      send({ type: "cancelled", id });
    } finally {
      jobs.delete(id);
      ended();
    }
  };

  const made = async (what: Of<"export">["what"], id: number, signal: AbortSignal): Promise<Saved> => {
    if (what.type === "run") return giveOut(what.id, (await supplies.shelf).library);
    const live = house.needRun();
    const { session, watch, keeper, ended } =
      (what.type === "checkpoint" && what.of === "B" && live.twin?.live) || live;
    const progress = (done: number, total: number) => send({ type: "exporting", id, done, total });
    const saved = save(what, session, watch, keeper, progress, signal);
    if (what.type === "checkpoint" && !ended) pump.look(live);
    return saved;
  };

  /** Does something with runs that are open nowhere. @throws Trouble where one is */
  const whileIdle = async (ids: readonly string[], work: () => Promise<void>) => {
    const locks: (() => void)[] = [];
    try {
      for (const id of new Set(ids)) {
        const isLive = house.live && membersOf(house.live).some(({ card }) => card.id === id);
        const release = isLive ? undefined : await supplies.lock(id);
        if (!release)
          throw new Trouble(
            "That run is open, here or in another tab.",
            "Start or continue another one first.",
          );
        locks.push(release);
      }
      await work();
    } finally {
      locks.forEach((release) => release());
    }
  };

  const tidyUp = async (command: Of<"takeIn"> | Of<"tie"> | Of<"rename"> | Of<"remove">) => {
    const shelf = await supplies.shelf;
    const { library } = shelf;
    if (command.type === "takeIn") for (const file of command.files) await takeIn(file, library, house);
    else if (command.type === "tie") await whileIdle(command.ids, () => tie(command.ids, library));
    else if (command.type === "rename") {
      const live = house.live && goingOf(house.live).find(({ card }) => card.id === command.id);
      if (live) {
        live.card.name = checkName(command.name); // it may not be kept yet
        const kept = live.keeper.ask();
        look();
        await kept;
      } else await library.rename(command.id, command.name);
    } else await whileIdle([command.id], () => library.remove(command.id));
    send(await listed(shelf));
  };

  const carryOut = (command: Command): void | Promise<void> => {
    switch (command.type) {
      case "start":
      case "open":
      case "branch":
        return (starting = beginWith(command, starting));
      case "fork":
      case "endTwin":
        return (starting = pairUp(command, starting));
      case "train":
        return go({ steps: Infinity, untilTick: false });
      case "pause":
        return pump.pause();
      case "step":
        return step(command);
      case "flip": {
        const { key, value, of = "A" } = command;
        const live = house.needRun();
        if (of !== "B") flip(live, key, value);
        if (of !== "A" && live.twin) flip(live.twin.live, key, value);
        return look();
      }
      case "plan":
        house.needRun().twinToCome = undefined;
        for (const { session, keeper } of membersOf(house.needRun())) {
          session.run.plan(command.planned);
          keeper.changed();
        }
        return look();
      case "show":
        for (const { watch } of membersOf(house.needRun())) watch.weights = command.weights;
        return look();
      case "measure":
        for (const { counting } of goingOf(house.needRun())) counting.measure(command.again);
        return look();
      case "keep": {
        const going = house.live ? goingOf(house.live) : [];
        for (const { keeper } of going) void keeper.ask();
        if (going.length > 0) look();
        return;
      }
      case "list":
        return supplies.shelf.then(listed).then(send);
      case "takeIn":
      case "tie":
      case "rename":
      case "remove":
        return tidyUp(command);
      case "inspect":
        return inspector.ask(command);
      case "export":
        return exportFile(command);
      case "cancel":
        return jobs.get(command.id)?.controller.abort();
      default:
        command satisfies never;
    }
  };

  return {
    async receive(command) {
      if (command.type !== "list" && !setting.includes(command.type)) {
        await starting; // it is meant for the run that is being set up
        if (newest && !house.live && !alone.includes(command.type)) return; // where that failed it has been said
      }
      try {
        await carryOut(command);
      } catch (error) {
        const id = "id" in command && typeof command.id === "number" ? command.id : undefined;
        house.fail(command.type, error, { id });
      }
    },
    async close() {
      await starting;
      await close();
    },
  };
}
