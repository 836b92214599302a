// The worker's half of the conversation with the page: carries out commands, pulls the training stream, reports.

import { Trouble } from "../gan/errors.ts";
import type { Command, Report, StatName } from "./protocol.ts";
import { nextTask, save } from "./saving.ts";
import { failureOf, openSession, type Session, type Start, type Supplies } from "./session.ts";
import { type Send, watch, type Watch } from "./watch.ts";

/** Milliseconds of training before messages are let in: a pause takes effect within this and one step. */
const breath = 40;

type Step = Extract<Command, { type: "step" }>;

const nothing = () => {};

/** What the pump is to do: train on, or take so many steps. */
interface Wanted {
  steps: number;
  untilTick: boolean;
  only?: "D" | "G";
}

/** Carries out the page's commands. Never throws: what goes wrong is reported as `failed`. */
export function createHost(send: Send, supplies: Supplies): { receive(command: Command): void } {
  let live: { session: Session; watch: Watch } | undefined;
  let wanted: Wanted | undefined;
  let pump: Promise<void> | undefined;
  /** A look at the run while it stands still. Statistics must not be read while steps are taken. */
  let look: Promise<unknown> = Promise.resolve();
  let starting: Promise<void> = Promise.resolve();
  let newest: Start | undefined;
  const jobs = new Map<number, AbortController>();

  const fail = (during: Extract<Report, { type: "failed" }>["during"], error: unknown, id?: number) =>
    send({ type: "failed", during, error: failureOf(error), id });

  const needRun = () => {
    if (live) return live;
    throw new Trouble("There is no run.", "Start one first.");
  };

  const close = async () => {
    wanted = undefined;
    for (const job of jobs.values()) job.abort();
    await Promise.all([pump, look]);
    live?.session.close();
    live = undefined;
  };

  const start = async (command: Start) => {
    newest = command;
    await starting;
    if (newest !== command) return; // a later start has taken its place
    await close();
    let session: Session | undefined;
    try {
      session = await openSession(command, supplies);
      if (newest !== command) return session.close();
      live = { session, watch: watch(session, send) };
      const { name, device, software, notice } = session.engine;
      send({ type: "engine", engine: { name, device, software, notice } });
      const { config, channels } = session.run;
      send({ type: "started", config, channels, columns: session.gallery.columns });
      await live.watch.report(true);
      void reportLoss(session);
    } catch (error) {
      const cause = session ? await causeOf(error, session) : error;
      await close();
      fail("start", cause);
    }
  };

  const reportLoss = async (session: Session) => {
    const loss = await session.engine.lost;
    if (!loss || live?.session !== session || loss.reason === "destroyed") return;
    wanted = undefined;
    fail("training", lossTrouble(loss.message, session.run.step));
  };

  /** Trains for as long as that is wanted. There is one at a time, however often it is asked for. */
  const pull = async (current: NonNullable<typeof live>) => {
    const { session, watch } = current;
    let because: Extract<Report, { type: "paused" }>["because"] = "asked";
    send({ type: "training" });
    try {
      await look;
      let began = performance.now();
      while (wanted) {
        const taken = takeStep(current, wanted);
        because = taken.because;
        if (wanted.steps <= 0 || because === "finished") wanted = undefined;
        if (wanted && !taken.lookNow && performance.now() - began < breath) continue;
        // Reading waits for the engine to catch up, which bounds how far commands run ahead of it.
        const broken = await watch.report();
        if (broken) return await diverged(session, broken);
        await nextTask();
        began = performance.now();
      }
      await watch.report(true);
      send({ type: "paused", because });
    } catch (error) {
      wanted = undefined;
      fail("training", await causeOf(error, session));
    }
  };

  /** Names what the number came from: a tensor, or only the statistic where all tensors are still finite. */
  const diverged = async ({ run }: Session, statistic: StatName) => {
    wanted = undefined;
    const tensor = (await run.firstNonFinite()) ?? statistic;
    send({ type: "diverged", step: run.step, tensor });
  };

  const go = (next: Wanted) => {
    const current = needRun();
    wanted = next;
    pump ??= pull(current).finally(() => (pump = undefined));
  };

  const step = ({ count, only }: Step) => {
    if (wanted) throw new Trouble("The run is training already.", "Pause it before taking single steps.");
    go({ steps: count === "tick" ? Infinity : count, untilTick: count === "tick", only });
  };

  const exportFile = async ({ id, what }: Extract<Command, { type: "export" }>) => {
    const { session, watch } = needRun();
    const job = new AbortController();
    jobs.set(id, job);
    try {
      const progress = (done: number, total: number) => send({ type: "exporting", id, done, total });
      const saved = await save(what, session, watch, progress, job.signal);
      send({ type: "exported", id, ...saved });
    } catch (error) {
      if (!job.signal.aborted) throw error;
      send({ type: "cancelled", id });
    } finally {
      jobs.delete(id);
    }
  };

  /** While training, the next report shows it. */
  const showChange = async (watch: Watch) => {
    if (pump) return;
    const looked = look.then(() => watch.report(true));
    look = looked.then(nothing, nothing); // its failure is told here, and must not end what comes after
    await looked;
  };

  const carryOut = (command: Command): void | Promise<void> => {
    switch (command.type) {
      case "start":
        return (starting = start(command));
      case "train":
        return go({ steps: Infinity, untilTick: false });
      case "pause":
        wanted = undefined;
        return;
      case "step":
        return step(command);
      case "flip": {
        const { session, watch } = needRun();
        const event = session.run.flip(command.key, command.value);
        if (event) watch.flipped(event);
        return showChange(watch);
      }
      case "show": {
        const { watch } = needRun();
        watch.weights = command.weights;
        return showChange(watch);
      }
      case "export":
        return exportFile(command);
      case "cancel":
        return jobs.get(command.id)?.abort();
      default:
        command satisfies never;
    }
  };

  return {
    async receive(command) {
      if (command.type !== "start") {
        await starting; // it is meant for the run that is being set up
        // Where that failed it has been said. Only who asked for a file still waits to hear of it.
        if (newest && !live && command.type !== "export") return;
      }
      try {
        await carryOut(command);
      } catch (error) {
        const cause = live ? await causeOf(error, live.session) : error;
        fail(command.type, cause, "id" in command ? command.id : undefined);
      }
    },
  };
}

interface Taken {
  because: "asked" | "finished";
  /** Something is to be seen at this very step. */
  lookNow: boolean;
}

/** Pulls the stream until a step was taken. */
function takeStep({ session, watch }: { session: Session; watch: Watch }, wanted: Wanted): Taken {
  const began = performance.now();
  for (;;) {
    const { value: event, done } = session.stream.next({ only: wanted.only });
    if (done) return { because: "finished", lookNow: true };
    switch (event.type) {
      case "grown":
        watch.grown();
        break;
      case "flipped":
        watch.flipped(event.event);
        break;
      case "step":
        wanted.steps = wanted.untilTick && event.tick ? 0 : wanted.steps - 1;
        return { because: "asked", lookNow: watch.stepped(event.tick, (performance.now() - began) / 1000) };
      case "finished":
        return { because: "finished", lookNow: true };
      default:
        event satisfies never;
    }
  }
}

/** Milliseconds in which a device that is lost says so, after what was asked of it has failed. */
const grace = 500;

/** Why something failed: where the device is lost, that, and not the words in which the browser gave up. */
async function causeOf(error: unknown, { engine, run }: Session): Promise<unknown> {
  if (error instanceof Trouble || !engine.lost) return error;
  const waited = new Promise<undefined>((resolve) => setTimeout(resolve, grace));
  const loss = await Promise.race([engine.lost, waited]);
  return loss && loss.reason !== "destroyed" ? lossTrouble(loss.message, run.step) : error;
}

function lossTrouble(message: string, step: number): Trouble {
  return new Trouble(
    `The GPU was reset at step ${step}: ${message.replace(/\.$/, "") || "no reason was given"}.`,
    "Start a new run; a smaller batch or smaller networks ask less of the GPU.",
  );
}
